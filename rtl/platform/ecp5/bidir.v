// bidir: join a pin's two directions with ECP5's bidirectional buffer.
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
    genvar i;
    generate
        for (i = 0; i < WIDTH; i = i + 1) begin : pin
            BB buffer (.I(out[i]), .T(!drive), .O(in[i]), .B(pins[i]));
        end
    endgenerate
endmodule
`default_nettype wire
