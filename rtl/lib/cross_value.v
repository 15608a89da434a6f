// cross_value: keep a copy of a value in another clock.
// SPDX-License-Identifier: MIT
//
// Sends itself when it differs from what was sent last, so it costs nothing while it rests. The copy skips values that
// did not last long enough, and always ends at the newest. Both sides are 0 after reset.
`default_nettype none
module cross_value #(
    parameter WIDTH = 8
) (
    input  wire             in_clk,
    input  wire             in_rst,
    input  wire [WIDTH-1:0] in,
    output wire             in_settled,        // the other side has this value
    input  wire             out_clk,
    input  wire             out_rst,
    output reg  [WIDTH-1:0] out
);
    reg  [WIDTH-1:0] held;                     // sent last; rests while it crosses
    wire             ready, out_take;
    wire             differs = in != held;

    initial held = {WIDTH{1'b0}};
    initial out  = {WIDTH{1'b0}};

    assign in_settled = ready && !differs;

    always @(posedge in_clk)
        if (in_rst)                held <= {WIDTH{1'b0}};
        else if (ready && differs) held <= in;

    always @(posedge out_clk)
        if (out_rst)       out <= {WIDTH{1'b0}};
        else if (out_take) out <= held;

    cross_pulse changed (
        .in_clk(in_clk), .in_rst(in_rst), .in_valid(differs), .in_ready(ready),
        .out_clk(out_clk), .out_rst(out_rst), .out_valid(out_take)
    );

`ifdef FORMAL
    // Both clocks are free: any edge may come at any time. Resets are constant 0 here.
    (* gclk *) wire any_time;

    always @(posedge any_time) assume (!in_rst && !out_rst);

    // The copy is 0 or a value that was there: one that never was does not arrive. Settled, it is the newest.
    (* anyconst *) wire [WIDTH-1:0] foreign;

    always @(posedge any_time) begin
        assume (foreign != {WIDTH{1'b0}} && in != foreign);
        assert (out != foreign);
        assert (!in_settled || out == in);
    end

    // To be reached, or the rest says nothing.
    (* keep *) wire follows = in_settled && out != {WIDTH{1'b0}};
`endif
endmodule
`default_nettype wire
