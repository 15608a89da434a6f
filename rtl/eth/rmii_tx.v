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

`ifdef FORMAL
    reg begun, was_fast, was_enable, was_tick;
    reg [7:0] was_data;
    initial begun = 1'b0;
    always @(posedge clk) {begun, was_fast, was_tick, was_enable, was_data} <= {1'b1, fast, tick, gmii_enable, gmii_data};

    // As eth_framer has it: a byte is on offer until its tick. The speed does not change under way.
    always @*
        if (begun) begin
            assume (fast == was_fast);
            if (!was_tick) assume ({gmii_enable, gmii_data} == {was_enable, was_data});
        end

    // A clock behind a tick the next byte's first pair begins; each pair stays for one clock or ten.
    reg       known;                           // there was a tick
    reg [3:0] clocks;                          // of the pair
    reg [1:0] pairs;                           // of the byte
    wire      pair_ends = fast || clocks == 4'd9;
    initial known = 1'b0;
    always @(posedge clk) known <= known || tick;
    always @(posedge clk)
        if (tick)                   {pairs, clocks} <= 6'd0;
        else if (known && pair_ends) {pairs, clocks} <= {pairs + 2'd1, 4'd0};
        else                        clocks <= clocks + 4'd1;
    reg       shown;                           // the pins show what was due a clock ago
    reg [2:0] due;
    initial shown = 1'b0;
    always @(posedge clk) shown <= known;
    always @(posedge clk) due <= {gmii_enable, gmii_enable ? gmii_data[{pairs, 1'b0} +: 2] : 2'b00};
    always @*
        if (begun) begin
            if (known) assert (tick == (pairs == 2'd3 && pair_ends));
            if (shown) assert ({rmii_tx_en, rmii_txd} == due);
        end

    // The way there.
    always @*
        if (begun && known) assert (clocks <= 4'd9 && (fast ? clocks == 4'd0 : clocks == phase) && pairs == pair && ends == pair_ends);

    // To be reached, or the rest says nothing.
    (* keep *) reg second;
    initial second = 1'b0;
    always @(posedge clk) second <= second || known && tick && !fast && rmii_tx_en;
`endif
endmodule
`default_nettype wire
