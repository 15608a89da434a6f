// pll_125: a PLL whose clock and lock are the test's.
// SPDX-License-Identifier: MIT
`default_nettype none
module pll_125 (
    input  wire clk_100,
    output wire clk_125,
    output wire locked
);
    wire unused = clk_100;

    assign clk_125 = board_ecpix5.tx_clk;
    assign locked  = board_ecpix5.locked;
endmodule
`default_nettype wire
