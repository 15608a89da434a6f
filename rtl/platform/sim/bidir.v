// bidir: join a pin's two directions.
// SPDX-License-Identifier: MIT
`default_nettype none
module bidir #(
    parameter WIDTH = 1
) (
    inout  wire [WIDTH-1:0] pins,
    input  wire [WIDTH-1:0] out,
    input  wire             drive,              // 1: out goes to the pins
    output wire [WIDTH-1:0] in
);
    assign pins = drive ? out : {WIDTH{1'bz}};
    assign in   = pins;
endmodule
`default_nettype wire
