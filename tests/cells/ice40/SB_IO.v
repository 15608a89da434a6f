// SB_IO: iCE40's I/O cell without registers, with the pins that are used here, as Yosys' description is for Verilator no input.
// SPDX-License-Identifier: MIT
`default_nettype none
module SB_IO #(
    parameter [5:0] PIN_TYPE = 6'b000000
) (
    inout  wire PACKAGE_PIN,
    input  wire OUTPUT_ENABLE, D_OUT_0,
    output wire D_IN_0
);
    assign PACKAGE_PIN = OUTPUT_ENABLE && PIN_TYPE[5] ? D_OUT_0 : 1'bz;
    assign D_IN_0      = PACKAGE_PIN;
    wire unused = ^PIN_TYPE;
endmodule
`default_nettype wire
