// pll_60: make the 60 MHz of ULPI from an oscillator of 30 MHz with ECP5's PLL, for the core and for a PHY that has no clock.
// SPDX-License-Identifier: MIT
//
// Phase detector 30 MHz, oscillator 30 * 2 * 10 = 600 MHz (400 to 800 are allowed), outputs 600 / 10. The PHY's is 90 degrees
// early, 2.5 of the oscillator's periods: so much sooner are its answers here, and so much longer are our data held.
`default_nettype none
module pll_60 (
    input  wire clk_30,
    output wire clk_60,
    output wire clk_60_early,
    output wire locked
);
    wire [4:0] unused;

    (* FREQUENCY_PIN_CLKI = "30", FREQUENCY_PIN_CLKOP = "60", FREQUENCY_PIN_CLKOS = "60" *)
    EHXPLLL #(
        .PLLRST_ENA("DISABLED"), .INTFB_WAKE("DISABLED"), .STDBY_ENABLE("DISABLED"), .DPHASE_SOURCE("DISABLED"),
        .OUTDIVIDER_MUXA("DIVA"), .OUTDIVIDER_MUXB("DIVB"), .OUTDIVIDER_MUXC("DIVC"), .OUTDIVIDER_MUXD("DIVD"),
        .CLKI_DIV(1), .CLKFB_DIV(2), .FEEDBK_PATH("CLKOP"),
        .CLKOP_ENABLE("ENABLED"), .CLKOP_DIV(10), .CLKOP_CPHASE(5), .CLKOP_FPHASE(0),
        .CLKOS_ENABLE("ENABLED"), .CLKOS_DIV(10), .CLKOS_CPHASE(2), .CLKOS_FPHASE(4)
    ) pll (
        .CLKI(clk_30), .CLKFB(clk_60), .CLKOP(clk_60), .CLKOS(clk_60_early), .LOCK(locked),
        .CLKOS2(unused[0]), .CLKOS3(unused[1]), .INTLOCK(unused[2]), .CLKINTFB(unused[3]), .REFCLK(unused[4]),
        .RST(1'b0), .STDBY(1'b0), .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0), .ENCLKOS(1'b0), .ENCLKOS2(1'b0), .ENCLKOS3(1'b0),
        .PHASESEL0(1'b0), .PHASESEL1(1'b0), .PHASEDIR(1'b1), .PHASESTEP(1'b1), .PHASELOADREG(1'b1)
    );
endmodule
`default_nettype wire
