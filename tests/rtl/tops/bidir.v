// bidir: a pin that a test drives or leaves; what we drive is seen behind the board's own wires.
// SPDX-License-Identifier: MIT
`default_nettype none
module bidir #(
    parameter WIDTH = 1
) (
    inout  wire [WIDTH-1:0] pins,
    input  wire [WIDTH-1:0] out,
    input  wire             drive,
    output wire [WIDTH-1:0] in
);
    wire unused = ^out ^ drive;

    assign in = pins;
endmodule
`default_nettype wire
