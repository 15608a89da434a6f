// pll_48_24: make the 48 MHz of full-speed USB and half of that from an oscillator of 16 MHz with iCE40's PLL.
// SPDX-License-Identifier: MIT
//
// Oscillator 16 * 48 = 768 MHz (533 to 1066 are allowed), output 768 / 2^4.
`default_nettype none
module pll_48_24 (
    input  wire clk_16,
    output wire clk_48,
    output wire clk_24,
    output wire locked
);
    SB_PLL40_2F_CORE #(
        .FEEDBACK_PATH("SIMPLE"), .PLLOUT_SELECT_PORTA("GENCLK"), .PLLOUT_SELECT_PORTB("GENCLK_HALF"),
        .DIVR(4'd0), .DIVF(7'd47), .DIVQ(3'd4), .FILTER_RANGE(3'd1)
    ) pll (
        .REFERENCECLK(clk_16), .PLLOUTGLOBALA(clk_48), .PLLOUTGLOBALB(clk_24), .LOCK(locked), .RESETB(1'b1), .BYPASS(1'b0)
    );
endmodule
`default_nettype wire
