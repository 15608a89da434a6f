// pll_48: a PLL that is a wire, whose lock is the test's.
// SPDX-License-Identifier: MIT
`default_nettype none
module pll_48 (
    input  wire clk_25,
    output wire clk_48,
    output wire locked
);
    assign clk_48 = clk_25;
    assign locked = board_leds.locked;
endmodule
`default_nettype wire
