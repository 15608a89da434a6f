// pll_125: make the 125 MHz of gigabit Ethernet from an oscillator of 100 MHz with ECP5's PLL.
// SPDX-License-Identifier: MIT
//
// Phase detector 100 / 4 = 25 MHz, oscillator 25 * 5 * 5 = 625 MHz (400 to 800 are allowed), output 625 / 5.
`default_nettype none
module pll_125 (
    input  wire clk_100,
    output wire clk_125,
    output wire locked
);
    wire [5:0] unused;

    (* FREQUENCY_PIN_CLKI = "100", FREQUENCY_PIN_CLKOP = "125" *)
    EHXPLLL #(
        .PLLRST_ENA("DISABLED"), .INTFB_WAKE("DISABLED"), .STDBY_ENABLE("DISABLED"), .DPHASE_SOURCE("DISABLED"),
        .OUTDIVIDER_MUXA("DIVA"), .OUTDIVIDER_MUXB("DIVB"), .OUTDIVIDER_MUXC("DIVC"), .OUTDIVIDER_MUXD("DIVD"),
        .CLKI_DIV(4), .CLKFB_DIV(5), .FEEDBK_PATH("CLKOP"),
        .CLKOP_ENABLE("ENABLED"), .CLKOP_DIV(5), .CLKOP_CPHASE(2), .CLKOP_FPHASE(0)
    ) pll (
        .CLKI(clk_100), .CLKFB(clk_125), .CLKOP(clk_125), .LOCK(locked),
        .CLKOS(unused[0]), .CLKOS2(unused[1]), .CLKOS3(unused[2]), .INTLOCK(unused[3]), .CLKINTFB(unused[4]), .REFCLK(unused[5]),
        .RST(1'b0), .STDBY(1'b0), .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0), .ENCLKOS(1'b0), .ENCLKOS2(1'b0), .ENCLKOS3(1'b0),
        .PHASESEL0(1'b0), .PHASESEL1(1'b0), .PHASEDIR(1'b1), .PHASESTEP(1'b1), .PHASELOADREG(1'b1)
    );
endmodule
`default_nettype wire
