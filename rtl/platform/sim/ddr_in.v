// ddr_in: sample pins at both edges of the clock.
// SPDX-License-Identifier: MIT
//
// Behaves like ECP5's IDDRX1F: what the pins held at a rising edge and at the falling edge after it come together,
// one clock after that rising edge.
`default_nettype none
module ddr_in #(
    parameter WIDTH = 1
) (
    input  wire             clk,
    input  wire [WIDTH-1:0] pins,
    output reg  [WIDTH-1:0] rise,
    output reg  [WIDTH-1:0] fall
);
    reg [WIDTH-1:0] at_rise, at_fall;

    always @(negedge clk) at_fall <= pins;
    always @(posedge clk) at_rise <= pins;
    always @(posedge clk) rise    <= at_rise;
    always @(posedge clk) fall    <= at_fall;
endmodule
`default_nettype wire
