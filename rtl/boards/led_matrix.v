// led_matrix: show the colours of LEDs that share a wire for each colour, one colour after the other.
// SPDX-License-Identifier: MIT
//
// All is dark for the first quarter of each turn, while the transistors of the turn before switch off.
`default_nettype none
module led_matrix #(
    parameter COUNT = 7,                        // of LEDs
    parameter BITS  = 16                        // 2^BITS clocks a turn: 1 ms at 60 MHz; at least 2
) (
    input  wire             clk,
    input  wire [COUNT-1:0] red,
    input  wire [COUNT-1:0] green,
    input  wire [COUNT-1:0] blue,
    output reg  [COUNT-1:0] anodes,             // high: this LED, in the colour whose gate is on
    output reg  [2:0]       gates               // high: red, green, blue
);
    reg [BITS-1:0] time_in_turn;
    reg [2:0]      turn;                        // one of the three

    initial time_in_turn = 0;
    initial turn         = 3'b001;
    initial gates        = 3'b000;
    initial anodes       = 0;

    wire dark = time_in_turn[BITS-1 -: 2] == 2'b00;

    always @(posedge clk) time_in_turn <= time_in_turn + 1'b1;

    always @(posedge clk)
        if (&time_in_turn) turn <= {turn[1:0], turn[2]};

    always @(posedge clk) gates <= dark ? 3'b000 : turn;

    always @(posedge clk)
        anodes <= dark ? {COUNT{1'b0}} : (red & {COUNT{turn[0]}}) | (green & {COUNT{turn[1]}}) | (blue & {COUNT{turn[2]}});
endmodule
`default_nettype wire
