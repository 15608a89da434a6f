// ecp5_ddr_out: ECP5's pad register for both edges, ODDRX1F: d0 while the clock is high, then d1.
// SPDX-License-Identifier: MIT
`default_nettype none
module ecp5_ddr_out (
    input  wire clk, d0, d1,
    output wire pin
);
    reg high, low;

    assign pin = clk ? high : low;

    always @(posedge clk) {high, low} <= {d0, d1};
endmodule
`default_nettype wire
