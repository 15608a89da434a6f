// cross_pulse: tell another clock that something happened, once for each time.
// SPDX-License-Identifier: MIT
//
// A toggle goes over and comes back: in_ready is low until the other side has seen the event, so none is lost at any
// ratio of the clocks. One event takes two to three clocks of each side. The resets must overlap (cross_reset), or
// both be constant 0.
`default_nettype none
module cross_pulse (
    input  wire in_clk,
    input  wire in_rst,
    input  wire in_valid,                      // the event, if in_ready
    output wire in_ready,                      // nothing is on its way
    input  wire out_clk,
    input  wire out_rst,
    output wire out_valid                      // one clock
);
    reg  sent;                                 // toggles with each event
    reg  seen;                                 // follows it in the other clock
    wire arrived, returned;

    initial sent = 1'b0;
    initial seen = 1'b0;

    assign in_ready  = sent == returned;
    assign out_valid = seen != arrived && !out_rst;

    always @(posedge in_clk)
        if (in_rst) sent <= 1'b0;
        else        sent <= sent ^ (in_valid && in_ready);

    always @(posedge out_clk)
        if (out_rst) seen <= 1'b0;
        else         seen <= arrived;

    cross_sync there (.clk(out_clk), .in(sent), .out(arrived));
    cross_sync back  (.clk(in_clk),  .in(seen), .out(returned));

`ifdef FORMAL
    // Both clocks are free: any edge may come at any time. Resets are constant 0 here.
    (* gclk *) wire any_time;

    always @(posedge any_time) assume (!in_rst && !out_rst);

    // Each event arrives once: those sent are those seen, or one more while one is on its way.
    reg [3:0] sent_events, seen_events;

    initial {sent_events, seen_events} = 8'd0;
    always @(posedge in_clk)  if (in_valid && in_ready) sent_events <= sent_events + 4'd1;
    always @(posedge out_clk) if (out_valid)            seen_events <= seen_events + 4'd1;

    wire [3:0] under_way = sent_events - seen_events;

    always @(posedge any_time) begin
        assert (under_way <= 4'd1);
        assert (!in_ready || under_way == 4'd0);
        assert (!out_valid || under_way == 4'd1);
    end

    // To be reached, or the rest says nothing.
    (* keep *) wire twice = seen_events == 4'd2;
`endif
endmodule
`default_nettype wire
