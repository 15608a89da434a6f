// ddr_out: drive pins that change at both edges of the clock.
// SPDX-License-Identifier: MIT
//
// Behaves like ECP5's ODDRX1F. A simulation by clock edges has no time in between, so DELAY is only checked here.
`default_nettype none
module ddr_out #(
    parameter WIDTH = 1,
    parameter DELAY = 0                        // of the pins, in steps of 25 ps, 0 to 127
) (
    input  wire             clk,
    input  wire [WIDTH-1:0] rise,              // driven from the next rising edge on
    input  wire [WIDTH-1:0] fall,              // driven from the falling edge after it on
    output wire [WIDTH-1:0] pins
);
    generate
        if (DELAY < 0 || DELAY > 127) begin : illegal
            DELAY_must_be_from_0_to_127 stop ();
        end
    endgenerate

    reg [WIDTH-1:0] high, low;

    assign pins = clk ? high : low;

    always @(posedge clk) high <= rise;
    always @(posedge clk) low  <= fall;
endmodule
`default_nettype wire
