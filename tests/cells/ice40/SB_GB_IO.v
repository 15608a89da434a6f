// SB_GB_IO: iCE40's pad with a global buffer, with the pins that are used here.
// SPDX-License-Identifier: MIT
`default_nettype none
module SB_GB_IO #(
    parameter [5:0] PIN_TYPE = 6'b000000
) (
    input  wire PACKAGE_PIN,
    output wire GLOBAL_BUFFER_OUTPUT
);
    assign GLOBAL_BUFFER_OUTPUT = PACKAGE_PIN;
    wire unused = ^PIN_TYPE;
endmodule
`default_nettype wire
