// pll_125_of_30: make the 125 MHz of gigabit Ethernet from an oscillator of 30 MHz with ECP5's PLL.
// SPDX-License-Identifier: MIT
//
// Phase detector 30 MHz, oscillator 30 * 25 = 750 MHz (400 to 800 are allowed), output 750 / 6. No one PLL makes this and 60.
`default_nettype none
module pll_125_of_30 (
    input  wire clk_30,
    output wire clk_125,
    output wire locked
);
    wire       feedback;
    wire [4:0] unused;

    (* FREQUENCY_PIN_CLKI = "30", FREQUENCY_PIN_CLKOP = "30", FREQUENCY_PIN_CLKOS = "125" *)
    EHXPLLL #(
        .PLLRST_ENA("DISABLED"), .INTFB_WAKE("DISABLED"), .STDBY_ENABLE("DISABLED"), .DPHASE_SOURCE("DISABLED"),
        .OUTDIVIDER_MUXA("DIVA"), .OUTDIVIDER_MUXB("DIVB"), .OUTDIVIDER_MUXC("DIVC"), .OUTDIVIDER_MUXD("DIVD"),
        .CLKI_DIV(1), .CLKFB_DIV(1), .FEEDBK_PATH("CLKOP"),
        .CLKOP_ENABLE("ENABLED"), .CLKOP_DIV(25), .CLKOP_CPHASE(12), .CLKOP_FPHASE(0),
        .CLKOS_ENABLE("ENABLED"), .CLKOS_DIV(6), .CLKOS_CPHASE(0), .CLKOS_FPHASE(0)
    ) pll (
        .CLKI(clk_30), .CLKFB(feedback), .CLKOP(feedback), .CLKOS(clk_125), .LOCK(locked),
        .CLKOS2(unused[0]), .CLKOS3(unused[1]), .INTLOCK(unused[2]), .CLKINTFB(unused[3]), .REFCLK(unused[4]),
        .RST(1'b0), .STDBY(1'b0), .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0), .ENCLKOS(1'b0), .ENCLKOS2(1'b0), .ENCLKOS3(1'b0),
        .PHASESEL0(1'b0), .PHASESEL1(1'b0), .PHASEDIR(1'b1), .PHASESTEP(1'b1), .PHASELOADREG(1'b1)
    );
endmodule
`default_nettype wire
