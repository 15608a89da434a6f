// ddr_in: sample pins at both edges of the clock with ECP5's input registers.
// SPDX-License-Identifier: MIT
//
// The clock is to arrive in the middle of the data; for RGMII the PHY delays it (RGMII-ID).
`default_nettype none
module ddr_in #(
    parameter WIDTH = 1
) (
    input  wire             clk,
    input  wire [WIDTH-1:0] pins,
    output wire [WIDTH-1:0] rise,
    output wire [WIDTH-1:0] fall
);
    genvar i;
    generate
        for (i = 0; i < WIDTH; i = i + 1) begin : pin
            IDDRX1F cell_in (.D(pins[i]), .SCLK(clk), .RST(1'b0), .Q0(rise[i]), .Q1(fall[i]));
        end
    endgenerate
endmodule
`default_nettype wire
