// rmii_tx: drive the RMII transmit pins, and tell when the next byte is due (RMII 1.2).
// SPDX-License-Identifier: MIT
//
// Two bits leave in each 50 MHz clock, the lowest first; at 10 Mbit/s each pair stays for ten clocks.
`default_nettype none
module rmii_tx (
    input  wire       clk,                     // 50 MHz, the PHY's reference
    input  wire       fast,                    // 100 Mbit/s, else 10
    output wire       tick,                    // the byte on offer leaves, the next is due
    input  wire [7:0] gmii_data,
    input  wire       gmii_enable,
    output reg  [1:0] rmii_txd,
    output reg        rmii_tx_en
);
    localparam [3:0] LAST = 4'd9;

    reg [3:0] phase;                           // of the pair, in clocks
    reg [1:0] pair;                            // of the byte

    initial phase      = 4'd0;
    initial pair       = 2'd0;
    initial rmii_tx_en = 1'b0;

    wire ends = fast || phase == LAST;

    assign tick = ends && pair == 2'd3;

    always @(posedge clk)
        if (ends) phase <= 4'd0;
        else      phase <= phase + 4'd1;

    always @(posedge clk)
        if (ends) pair <= pair + 2'd1;

    always @(posedge clk)
        rmii_txd <= gmii_data[{pair, 1'b0} +: 2] & {2{gmii_enable}};

    always @(posedge clk)
        rmii_tx_en <= gmii_enable;
endmodule
`default_nettype wire
