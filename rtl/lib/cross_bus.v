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
endmodule
`default_nettype wire
