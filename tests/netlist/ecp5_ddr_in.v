// ecp5_ddr_in: ECP5's pad register for both edges, IDDRX1F: both samples come out at the second rising edge.
// SPDX-License-Identifier: MIT
`default_nettype none
module ecp5_ddr_in (
    input  wire clk, pin,
    output reg  q0, q1
);
    reg rise, fall;

    always @(posedge clk) rise <= pin;
    always @(negedge clk) fall <= pin;
    always @(posedge clk) {q0, q1} <= {rise, fall};
endmodule
`default_nettype wire
