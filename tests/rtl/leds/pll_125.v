// pll_125: a PLL that is a wire, whose lock is the test's.
// SPDX-License-Identifier: MIT
`default_nettype none
module pll_125 (
    input  wire clk_100,
    output wire clk_125,
    output wire locked
);
    assign clk_125 = clk_100;
    assign locked  = board_leds.locked;
endmodule
`default_nettype wire
