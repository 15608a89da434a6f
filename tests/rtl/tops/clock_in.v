// clock_in: a clock from its pad.
// SPDX-License-Identifier: MIT
`default_nettype none
module clock_in (
    input  wire pin,
    output wire clk
);
    assign clk = pin;
endmodule
`default_nettype wire
