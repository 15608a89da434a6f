// bidir: join a pin's two directions with iCE40's I/O cell, without registers.
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
            SB_IO #(.PIN_TYPE(6'b101001)) buffer (
                .PACKAGE_PIN(pins[i]), .OUTPUT_ENABLE(drive), .D_OUT_0(out[i]), .D_IN_0(in[i])
            );
        end
    endgenerate
endmodule
`default_nettype wire
