// cross_bus: carry an event with a payload into another clock.
// SPDX-License-Identifier: MIT
//
// The payload rests in a register of the sending side while the event crosses (cross_pulse), and is taken into one of the
// receiving side when it has: whoever uses out_data sees no other clock.
`default_nettype none
module cross_bus #(
    parameter WIDTH = 8
) (
    input  wire             in_clk,
    input  wire             in_rst,
    input  wire [WIDTH-1:0] in_data,
    input  wire             in_valid,
    output wire             in_ready,          // nothing is on its way
    input  wire             out_clk,
    input  wire             out_rst,
    output reg  [WIDTH-1:0] out_data,          // of the last event
    output reg              out_valid          // one clock
);
    reg [WIDTH-1:0] held;
    wire            take;

    initial out_valid = 1'b0;

    always @(posedge in_clk)
        if (in_valid && in_ready) held <= in_data;

    always @(posedge out_clk)
        if (take) out_data <= held;

    always @(posedge out_clk)
        if (out_rst) out_valid <= 1'b0;
        else         out_valid <= take;

    cross_pulse event_pulse (
        .in_clk(in_clk), .in_rst(in_rst), .in_valid(in_valid), .in_ready(in_ready),
        .out_clk(out_clk), .out_rst(out_rst), .out_valid(take)
    );

`ifdef FORMAL
    // Both clocks are free: any edge may come at any time. Resets are constant 0 here.
    (* gclk *) wire any_time;

    always @(posedge any_time) assume (!in_rst && !out_rst);

    // Each payload is taken once and whole, and then shown.
    reg             under_way;
    reg [WIDTH-1:0] given, due;
    reg             toggle_in, toggle_out;     // events sent and events taken
    reg             shown;                     // a payload was taken at the edge before

    initial {toggle_in, toggle_out, shown} = 3'b000;
    always @(posedge in_clk)  if (in_valid && in_ready) {toggle_in, given} <= {!toggle_in, in_data};
    always @(posedge out_clk) if (take)                 {toggle_out, due} <= {!toggle_out, given};
    always @(posedge out_clk) shown <= take;
    always @* under_way = toggle_in != toggle_out;

    always @(posedge any_time) begin
        assert (!in_ready || !under_way);
        assert (!take || (under_way && held == given));
        assert (out_valid == shown && (!out_valid || out_data == due));
    end

    // To be reached, or the rest says nothing.
    (* keep *) wire arrives = out_valid && out_data != {WIDTH{1'b0}};
`endif
endmodule
`default_nettype wire
