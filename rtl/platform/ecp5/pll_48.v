// pll_48: make the 48 MHz of full-speed USB from an oscillator of 25 MHz with ECP5's PLL.
// SPDX-License-Identifier: MIT
//
// Phase detector 25 MHz, oscillator 25 * 23 = 575 MHz (400 to 800 are allowed), output 575 / 12 = 47.917: 1,736 parts per
// million below 48, of the 2,500 that a device may be off (USB 2.0, 7.1.11). No one PLL makes 48 of 25 with a phase detector
// at 10 MHz or more.
`default_nettype none
module pll_48 (
    input  wire clk_25,
    output wire clk_48,
    output wire locked
);
    wire       feedback;
    wire [4:0] unused;

    (* FREQUENCY_PIN_CLKI = "25", FREQUENCY_PIN_CLKOP = "25", FREQUENCY_PIN_CLKOS = "47.916667" *)
    EHXPLLL #(
        .PLLRST_ENA("DISABLED"), .INTFB_WAKE("DISABLED"), .STDBY_ENABLE("DISABLED"), .DPHASE_SOURCE("DISABLED"),
        .OUTDIVIDER_MUXA("DIVA"), .OUTDIVIDER_MUXB("DIVB"), .OUTDIVIDER_MUXC("DIVC"), .OUTDIVIDER_MUXD("DIVD"),
        .CLKI_DIV(1), .CLKFB_DIV(1), .FEEDBK_PATH("CLKOP"),
        .CLKOP_ENABLE("ENABLED"), .CLKOP_DIV(23), .CLKOP_CPHASE(11), .CLKOP_FPHASE(0),
        .CLKOS_ENABLE("ENABLED"), .CLKOS_DIV(12), .CLKOS_CPHASE(0), .CLKOS_FPHASE(0)
    ) pll (
        .CLKI(clk_25), .CLKFB(feedback), .CLKOP(feedback), .CLKOS(clk_48), .LOCK(locked),
        .CLKOS2(unused[0]), .CLKOS3(unused[1]), .INTLOCK(unused[2]), .CLKINTFB(unused[3]), .REFCLK(unused[4]),
        .RST(1'b0), .STDBY(1'b0), .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0), .ENCLKOS(1'b0), .ENCLKOS2(1'b0), .ENCLKOS3(1'b0),
        .PHASESEL0(1'b0), .PHASESEL1(1'b0), .PHASEDIR(1'b1), .PHASESTEP(1'b1), .PHASELOADREG(1'b1)
    );
endmodule
`default_nettype wire
