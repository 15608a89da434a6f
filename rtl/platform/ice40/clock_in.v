// clock_in: take a clock from one of iCE40's pads beside a global buffer straight to that buffer.
// SPDX-License-Identifier: MIT
`default_nettype none
module clock_in (
    input  wire pin,
    output wire clk
);
    SB_GB_IO #(.PIN_TYPE(6'b000001)) buffer (.PACKAGE_PIN(pin), .GLOBAL_BUFFER_OUTPUT(clk));
endmodule
`default_nettype wire
