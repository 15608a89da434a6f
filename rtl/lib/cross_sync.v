// cross_sync: bring single bits into a clock, each by itself, two clocks late.
// SPDX-License-Identifier: MIT
//
// Bits that belong together may arrive a clock apart; values of several bits go through cross_value or cross_bus.
// No reset: after two clocks the output is what the input is.
`default_nettype none
module cross_sync #(
    parameter WIDTH = 1
) (
    input  wire             clk,
    input  wire [WIDTH-1:0] in,                // registers of another clock, not logic
    output reg  [WIDTH-1:0] out
);
    reg [WIDTH-1:0] caught;                    // may be metastable for a part of the clock

    initial caught = {WIDTH{1'b0}};
    initial out    = {WIDTH{1'b0}};

    always @(posedge clk) caught <= in;
    always @(posedge clk) out    <= caught;

`ifdef FORMAL
    // A clock of its own for the input; the output shows nothing but what the input was two and one clocks ago.
    reg [WIDTH-1:0] one_ago, two_ago;

    initial {one_ago, two_ago} = {2*WIDTH{1'b0}};
    always @(posedge clk) {two_ago, one_ago} <= {one_ago, in};
    always @(posedge clk) assert (out == two_ago);

    // To be reached, or the rest says nothing.
    (* keep *) wire shown = &out;
`endif
endmodule
`default_nettype wire
