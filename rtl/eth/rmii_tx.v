// rmii_tx: drive the RMII transmit pins, and tell when the next byte is due (RMII 1.2).
// SPDX-License-Identifier: MIT
//
// Two bits leave in each 50 MHz clock, the lowest first; at 10 Mbit/s each pair stays for ten clocks.
`default_nettype none
module rmii_tx (
    input  wire       clk,                     // 50 MHz, the PHY's reference
    input  wire       fast,                    // 100 Mbit/s, else 10
    output reg        tick,                    // the byte on offer leaves, the next is due
    input  wire [7:0] gmii_data,
    input  wire       gmii_enable,
    output reg  [1:0] rmii_txd,
    output reg        rmii_tx_en
);
    localparam [3:0] LAST = 4'd9;

    reg [3:0] phase;                           // of the pair, in clocks
    reg [1:0] pair;                            // of the byte
    reg       ends;                            // this is the pair's last clock

    initial phase      = 4'd0;
    initial pair       = 2'd0;
    initial ends       = 1'b0;
    initial tick       = 1'b0;
    initial rmii_tx_en = 1'b0;

    wire [3:0] next_phase = ends ? 4'd0 : phase + 4'd1;
    wire [1:0] next_pair  = pair + {1'b0, ends};
    wire       next_ends  = fast || next_phase == LAST;

    always @(posedge clk) phase <= next_phase;

    always @(posedge clk) pair <= next_pair;

    always @(posedge clk) ends <= next_ends;

    always @(posedge clk) tick <= next_ends && next_pair == 2'd3; // the whole transmitter waits for it

    always @(posedge clk)
        rmii_txd <= gmii_data[{pair, 1'b0} +: 2] & {2{gmii_enable}};

    always @(posedge clk)
        rmii_tx_en <= gmii_enable;
endmodule
`default_nettype wire
