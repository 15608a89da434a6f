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
endmodule
`default_nettype wire
