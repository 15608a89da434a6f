// pll_48_24: make the 48 MHz of full-speed USB and half of that from an oscillator with iCE40's PLL.
// SPDX-License-Identifier: MIT
//
// Oscillator 768 MHz (533 to 1066 are allowed), output 768 / 2^4; both rates below have the same filter.
`default_nettype none
module pll_48_24 #(
    parameter MHZ_IN = 16                       // 12 or 16
) (
    input  wire clk_in,
    output wire clk_48,
    output wire clk_24,
    output wire locked
);
    localparam [6:0] DIVIDER = MHZ_IN == 12 ? 7'd63 : 7'd47;    // of the feedback, less 1

    generate
        if (MHZ_IN != 12 && MHZ_IN != 16) begin : illegal
            MHZ_IN_must_be_12_or_16 stop ();
        end
    endgenerate

    SB_PLL40_2F_CORE #(
        .FEEDBACK_PATH("SIMPLE"), .PLLOUT_SELECT_PORTA("GENCLK"), .PLLOUT_SELECT_PORTB("GENCLK_HALF"),
        .DIVR(4'd0), .DIVF(DIVIDER), .DIVQ(3'd4), .FILTER_RANGE(3'd1)
    ) pll (
        .REFERENCECLK(clk_in), .PLLOUTGLOBALA(clk_48), .PLLOUTGLOBALB(clk_24), .LOCK(locked), .RESETB(1'b1), .BYPASS(1'b0)
    );
endmodule
`default_nettype wire
