// mdio: read and write the Ethernet PHY's registers (IEEE 802.3, clause 22).
// SPDX-License-Identifier: MIT
//
// Each bit takes CLOCKS clocks, mdc low in the first half. We change mdio when mdc falls and sample it just before mdc
// rises, when the PHY's answer to the rising edge before has been stable for a long time; so it needs no synchronizer.
// Where no PHY answers, the pin's pull-up reads as 0xFFFF.
`default_nettype none
module mdio #(
    parameter CLOCKS = 24                      // of clk in one of mdc; even, 4 to 62; mdc at most 2.5 MHz
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        start,                  // ignored while busy
    input  wire        write,
    input  wire [4:0]  phy,
    input  wire [4:0]  phy_register,
    input  wire [15:0] write_data,
    output reg         busy,
    output wire [15:0] read_data,              // of the last read, once busy is low
    output wire        mdc,
    output wire        mdio_out,
    output wire        mdio_drive,             // 1: we drive the pin
    input  wire        mdio_in
);
    localparam [5:0] LAST_CLOCK = CLOCKS[5:0] - 6'd1;
    localparam [5:0] HALF       = CLOCKS[5:0] / 6'd2;
    // Bits on the wire: 32 of preamble, start 01, operation, two addresses, turnaround, 16 of data, one to let go.
    localparam [6:0] HEADER_BITS = 7'd46, LAST_BIT = 7'd64, PREAMBLE_BITS = 7'd32;

    generate
        if (CLOCKS < 4 || CLOCKS > 62 || CLOCKS % 2 != 0) begin : illegal
            CLOCKS_must_be_even_and_from_4_to_62 stop ();
        end
    endgenerate

    reg  [5:0]  phase;                         // clock of the bit
    reg  [6:0]  index;                         // of the bit
    reg  [31:0] shift;                         // bit 31 goes out, what comes in goes to bit 0
    reg         writing;

    initial busy = 1'b0;

    wire begins   = start && !busy;
    wire bit_ends = phase == LAST_CLOCK;
    wire sample   = phase == HALF - 6'd1;
    wire [31:0] frame = {2'b01, write ? 2'b01 : 2'b10, phy, phy_register, 2'b10, write_data};
    wire preamble = index < PREAMBLE_BITS;

    assign read_data  = shift[15:0];
    assign mdc        = busy && phase >= HALF;
    assign mdio_out   = preamble || shift[31];
    assign mdio_drive = busy && index != LAST_BIT && (writing || index < HEADER_BITS);

    reg sampled;                               // the pin, when mdc rose

    always @(posedge clk)
        if (rst)                                busy <= 1'b0;
        else if (begins)                        busy <= 1'b1;
        else if (bit_ends && index == LAST_BIT) busy <= 1'b0;

    always @(posedge clk)
        if (!busy || bit_ends) phase <= 6'd0;
        else                   phase <= phase + 6'd1;

    always @(posedge clk)
        if (!busy)         index <= 7'd0;
        else if (bit_ends) index <= index + 7'd1;

    always @(posedge clk)
        if (begins) writing <= write;

    always @(posedge clk)
        if (busy && sample) sampled <= mdio_in;

    always @(posedge clk)
        if (begins)                                               shift <= frame;
        else if (busy && bit_ends && !preamble && index != LAST_BIT) shift <= {shift[30:0], sampled};
endmodule
`default_nettype wire
