// SB_PLL40_2F_CORE: iCE40's PLL with two outputs, with the pins that are used here; it makes no clock.
// SPDX-License-Identifier: MIT
`default_nettype none
module SB_PLL40_2F_CORE #(
    parameter FEEDBACK_PATH       = "SIMPLE",
    parameter PLLOUT_SELECT_PORTA = "GENCLK",
    parameter PLLOUT_SELECT_PORTB = "GENCLK",
    parameter [3:0] DIVR          = 4'd0,
    parameter [6:0] DIVF          = 7'd0,
    parameter [2:0] DIVQ          = 3'd0,
    parameter [2:0] FILTER_RANGE  = 3'd0
) (
    input  wire REFERENCECLK, RESETB, BYPASS,
    output wire PLLOUTGLOBALA, PLLOUTGLOBALB, LOCK
);
    assign {PLLOUTGLOBALA, PLLOUTGLOBALB} = {2{REFERENCECLK && !BYPASS}};
    assign LOCK = RESETB;
    wire unused = ^{DIVR, DIVF, DIVQ, FILTER_RANGE} ^ (FEEDBACK_PATH == "SIMPLE") ^ (PLLOUT_SELECT_PORTA == "GENCLK") ^ (PLLOUT_SELECT_PORTB == "GENCLK_HALF");
endmodule
`default_nettype wire
