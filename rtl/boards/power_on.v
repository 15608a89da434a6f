// power_on: hold the PHYs in reset after power-on, and the core until their clocks run.
// SPDX-License-Identifier: MIT
//
// On the board's oscillator, for the ULPI clock stops while its PHY is in reset. Ethernet PHYs want 10 ms of reset.
`default_nettype none
module power_on #(
    parameter BITS = 20                         // 2^BITS clocks pass before each of the two steps
) (
    input  wire clk,
    input  wire locked,                         // the PLL runs
    input  wire button_n,                       // low: somebody wants a reset
    output reg  phy_rst,
    output reg  core_run                        // on clk; the core's reset ends when it has come into the core's clock
);
    reg  [BITS:0] age;
    wire          runs, released;

    initial age      = 0;
    initial phy_rst  = 1'b1;
    initial core_run = 1'b0;

    cross_sync #(.WIDTH(2)) here (.clk(clk), .in({locked, button_n}), .out({runs, released}));

    always @(posedge clk)
        if (!runs || !released)             age <= 0;
        else if (age != {(BITS + 1){1'b1}}) age <= age + 1'b1;

    always @(posedge clk) begin
        phy_rst  <= !age[BITS];
        core_run <= age == {(BITS + 1){1'b1}};
    end
endmodule
`default_nettype wire
