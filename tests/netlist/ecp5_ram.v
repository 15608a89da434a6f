// ecp5_ram: ECP5's block memory DP16KD: 1024 words of 18 bits, each port 1 to 36 wide, without output registers.
// SPDX-License-Identifier: MIT
//
// The nine-bit widths use all bits; at 1, 2 and 4 the ninth of each byte is left out. At 9 and more an address counts bits in
// fours of log2: its lowest two to four bits select bytes to write (18 and 36) or nothing. At 36, port A is the low half and
// port B the high one of a word that port A's pins write and port A's and B's pins read. Of two accesses to one place at the
// same time the write comes later.
`default_nettype none
module ecp5_ram #(
    parameter DATA_WIDTH_A = 18,
    parameter DATA_WIDTH_B = 18,
    parameter WRITEMODE_A  = "NORMAL",          // a write leaves the output as it was; READBEFOREWRITE: shows the old word
    parameter WRITEMODE_B  = "NORMAL",
    parameter [20479:0] CONTENT = 0             // 64 rows of 320 bits: 16 words of 18 in 20
) (
    input  wire DIA0, DIA1, DIA2, DIA3, DIA4, DIA5, DIA6, DIA7, DIA8, DIA9, DIA10, DIA11, DIA12, DIA13, DIA14, DIA15, DIA16, DIA17,
    input  wire ADA0, ADA1, ADA2, ADA3, ADA4, ADA5, ADA6, ADA7, ADA8, ADA9, ADA10, ADA11, ADA12, ADA13,
    input  wire CEA, WEA, RSTA, CLKA,
    input  wire DIB0, DIB1, DIB2, DIB3, DIB4, DIB5, DIB6, DIB7, DIB8, DIB9, DIB10, DIB11, DIB12, DIB13, DIB14, DIB15, DIB16, DIB17,
    input  wire ADB0, ADB1, ADB2, ADB3, ADB4, ADB5, ADB6, ADB7, ADB8, ADB9, ADB10, ADB11, ADB12, ADB13,
    input  wire CEB, WEB, RSTB, CLKB,
    output wire DOA0, DOA1, DOA2, DOA3, DOA4, DOA5, DOA6, DOA7, DOA8, DOA9, DOA10, DOA11, DOA12, DOA13, DOA14, DOA15, DOA16, DOA17,
    output wire DOB0, DOB1, DOB2, DOB3, DOB4, DOB5, DOB6, DOB7, DOB8, DOB9, DOB10, DOB11, DOB12, DOB13, DOB14, DOB15, DOB16, DOB17
);
    reg [17:0] cells [0:1023];
    integer i;
    initial for (i = 0; i < 1024; i = i + 1) cells[i] = CONTENT[20 * i +: 18];

    wire [35:0] data_a = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0,
                          DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
    wire [17:0] data_b = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
    wire [13:0] at_a   = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
    wire [13:0] at_b   = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
    reg  [17:0] out_a, out_b, out_high;
    initial {out_a, out_b, out_high} = 54'd0;

    assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0} = out_a;
    assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0} =
        DATA_WIDTH_A == 36 ? out_high : out_b;

    // A word of 18 bits with the bits of a narrower write put in.
    function [17:0] put (input [17:0] word, input [17:0] data, input [13:0] at, input integer width);
        begin
            put = word;
            case (width)
                1:       put[at[3] * 9 + at[2:0]]        = data[0];
                2:       put[at[3] * 9 + at[2:1] * 2 +: 2] = data[1:0];
                4:       put[at[3] * 9 + at[2] * 4 +: 4] = data[3:0];
                9:       put[at[3] * 9 +: 9]             = data[8:0];
                default: begin
                    if (at[0]) put[8:0]  = data[8:0];
                    if (at[1]) put[17:9] = data[17:9];
                end
            endcase
        end
    endfunction

    function [17:0] take (input [17:0] word, input [13:0] at, input integer width);
        case (width)
            1:       take = {17'd0, word[at[3] * 9 + at[2:0]]};
            2:       take = {16'd0, word[at[3] * 9 + at[2:1] * 2 +: 2]};
            4:       take = {14'd0, word[at[3] * 9 + at[2] * 4 +: 4]};
            9:       take = {9'd0, word[at[3] * 9 +: 9]};
            default: take = word;
        endcase
    endfunction

    wire [9:0] word_a = DATA_WIDTH_A == 36 ? {at_a[13:5], 1'b0} : at_a[13:4];
    wire [9:0] word_b = DATA_WIDTH_B == 36 ? {at_b[13:5], 1'b0} : at_b[13:4];

    generate
        if (DATA_WIDTH_A == 36) begin : whole_word
            // One port writes, the other reads.
            always @(posedge CLKA) if (CEA && WEA) begin
                cells[word_a]        <= put(cells[word_a], data_a[17:0], {12'd0, at_a[1:0]}, 18);
                cells[word_a | 10'd1] <= put(cells[word_a | 10'd1], data_a[35:18], {12'd0, at_a[3:2]}, 18);
            end
            always @(posedge CLKB) if (RSTB) {out_a, out_high} <= 36'd0;
                                   else if (CEB) {out_high, out_a} <= {cells[word_b | 10'd1], cells[word_b]};
        end else begin : two_ports
            always @(posedge CLKA) if (CEA && WEA) cells[word_a] <= put(cells[word_a], data_a[17:0], at_a, DATA_WIDTH_A);
            always @(posedge CLKB) if (CEB && WEB) cells[word_b] <= put(cells[word_b], data_b, at_b, DATA_WIDTH_B);
            always @(posedge CLKA)
                if (RSTA) out_a <= 18'd0;
                else if (CEA && !(WEA && WRITEMODE_A == "NORMAL")) out_a <= take(cells[word_a], at_a, DATA_WIDTH_A);
            always @(posedge CLKB)
                if (RSTB) out_b <= 18'd0;
                else if (CEB && !(WEB && WRITEMODE_B == "NORMAL")) out_b <= take(cells[word_b], at_b, DATA_WIDTH_B);
        end
    endgenerate
endmodule
`default_nettype wire
