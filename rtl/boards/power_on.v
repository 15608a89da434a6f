// power_on: hold the PHYs in reset after power-on, and the core until their clocks run.
// SPDX-License-Identifier: MIT
//
// On the board's oscillator, for the ULPI clock stops while its PHY is in reset. Ethernet PHYs want 10 ms of reset. The
// core's reset needs the core's clock, so it lasts until the core has been seen in it, however late that clock comes.
`default_nettype none
module power_on #(
    parameter BITS = 20                         // 2^BITS clocks pass before each of the two steps
) (
    input  wire clk,
    input  wire locked,                         // the PLL runs
    input  wire button_n,                       // low: somebody wants a reset
    output reg  phy_rst,
    output reg  core_run,                       // on clk; the core's reset ends when it has come into the core's clock
    input  wire core_runs                       // what has come there, from a register on that clock
);
    reg  [BITS:0] age;
    reg           held;                         // the core has been in reset since the PHYs were
    wire          runs, released, core_runs_here;
    wire          phys_run = age[BITS];

    initial age      = 0;
    initial held     = 1'b0;
    initial phy_rst  = 1'b1;
    initial core_run = 1'b0;

    cross_sync #(.WIDTH(3)) here (.clk(clk), .in({core_runs, locked, button_n}), .out({core_runs_here, runs, released}));

    always @(posedge clk)
        if (!runs || !released)             age <= 0;
        else if (age != {(BITS + 1){1'b1}}) age <= age + 1'b1;

    always @(posedge clk)
        if (!phys_run)            held <= 1'b0;
        else if (!core_runs_here) held <= 1'b1;

    always @(posedge clk) begin
        phy_rst  <= !phys_run;
        core_run <= held && age == {(BITS + 1){1'b1}};
    end
endmodule
`default_nettype wire
