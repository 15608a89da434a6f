// cross_reset: carry a reset into another clock, however short it is.
// SPDX-License-Identifier: MIT
//
// The other side is held in reset until it has answered, and busy stays up until it has left again. A side that takes
// in_rst || busy as its own reset is therefore in reset whenever the other one is, which pointers and toggles between
// the two need. With out_clk stopped the reset waits for it.
`default_nettype none
module cross_reset (
    input  wire in_clk,
    input  wire in_rst,                        // at least one clock
    output wire busy,                          // on in_clk
    input  wire out_clk,
    output wire out_rst
);
    reg  wanted;                               // came, and did not begin yet
    reg  hold;                                 // the other side is to be in reset
    wire seen;                                 // it is

    initial wanted = 1'b0;
    initial hold   = 1'b0;

    assign busy = wanted || hold || seen;

    always @(posedge in_clk)
        if (in_rst)    wanted <= 1'b1;
        else if (hold) wanted <= 1'b0;

    always @(posedge in_clk)
        if (wanted && !seen)      hold <= 1'b1;
        else if (seen && !in_rst) hold <= 1'b0;

    cross_sync there (.clk(out_clk), .in(hold),    .out(out_rst));
    cross_sync back  (.clk(in_clk),  .in(out_rst), .out(seen));
endmodule
`default_nettype wire
