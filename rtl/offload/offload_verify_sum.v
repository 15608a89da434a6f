// offload_verify_sum: add 16-bit words in ones' complement, and say whether the sum is that of intact data.
// SPDX-License-Identifier: MIT
//
// The carry out of one addition goes into the next, so a clock holds one 16-bit addition and never two (RFC 1071, 2).
// Words of 0 change nothing. Data that hold their own checksum give 0xFFFF; 0 comes of nothing but zeros.
`default_nettype none
module offload_verify_sum (
    input  wire        clk,
    input  wire        clear,                  // forget all, and the word beside it
    input  wire [15:0] word,
    output reg         right                   // what came up to two clocks ago has the sum 0xFFFF
);
    reg [15:0] sum;
    reg        carry;                          // still to be added

    always @(posedge clk)
        if (clear) {carry, sum} <= 17'd0;
        else       {carry, sum} <= {1'b0, sum} + {1'b0, word} + {16'd0, carry};

    always @(posedge clk)
        right <= &sum[15:1] && (sum[0] ^ carry);

`ifdef FORMAL
    reg begun, whole;
    initial {begun, whole} = 2'b00;
    always @(posedge clk) {begun, whole} <= {1'b1, begun};
    always @(posedge clk) if (!begun) assume (clear);

    // Ones' complement is arithmetic modulo 65535 with two zeros: 0 for a sum of nothing but zeros, FFFF for any other.
    reg  [15:0] total;                         // of all words, modulo 65535
    reg         any;                           // one of them was not 0
    wire [16:0] next = {1'b0, total} + {1'b0, word};

    always @(posedge clk)
        if (clear) {any, total} <= 17'd0;
        else begin
            total <= next >= 17'd131070 ? next - 17'd131070 : next >= 17'd65535 ? next - 17'd65535 : next[15:0];
            any   <= any || word != 16'd0;
        end

    always @(posedge clk)
        if (whole) assert (right == $past(any && total == 16'd0));

    // The way there: what the module holds is the same sum, and a carry never waits beside FFFF.
    wire [16:0] held = {1'b0, sum} + {16'd0, carry};
    always @(posedge clk)
        if (begun) begin
            assert (held == (any && total == 16'd0 ? 17'h0FFFF : {1'b0, total}));
            assert (total < 16'd65535 && (any || total == 16'd0));
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire wrapped = whole && right && carry;
`endif
endmodule
`default_nettype wire
