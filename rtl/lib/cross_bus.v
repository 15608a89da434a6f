// cross_bus: carry an event with a payload into another clock.
// SPDX-License-Identifier: MIT
//
// The payload rests in a register of the sending side while the event crosses (cross_pulse), so out_data is stable
// in the clock in which out_valid is high, and only then.
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
    output wire [WIDTH-1:0] out_data,
    output wire             out_valid          // one clock
);
    reg [WIDTH-1:0] held;

    assign out_data = held;

    always @(posedge in_clk)
        if (in_valid && in_ready) held <= in_data;

    cross_pulse event_pulse (
        .in_clk(in_clk), .in_rst(in_rst), .in_valid(in_valid), .in_ready(in_ready),
        .out_clk(out_clk), .out_rst(out_rst), .out_valid(out_valid)
    );

`ifdef FORMAL
    // Both clocks are free: any edge may come at any time. Resets are constant 0 here.
    (* gclk *) wire any_time;

    always @(posedge any_time) assume (!in_rst && !out_rst);

    // Each payload arrives once and whole, and rests while it is shown.
    reg             under_way;
    reg [WIDTH-1:0] given;
    reg             toggle_in, toggle_out;     // events sent and events seen

    initial {toggle_in, toggle_out} = 2'b00;
    always @(posedge in_clk)  if (in_valid && in_ready) {toggle_in, given} <= {!toggle_in, in_data};
    always @(posedge out_clk) if (out_valid)            toggle_out <= !toggle_out;
    always @* under_way = toggle_in != toggle_out;

    always @(posedge any_time) begin
        assert (!in_ready || !under_way);
        assert (!out_valid || (under_way && out_data == given));
    end

    // To be reached, or the rest says nothing.
    (* keep *) wire arrives = out_valid && out_data != {WIDTH{1'b0}};
`endif
endmodule
`default_nettype wire
