// full_speed_link: speaks USB at D+ and D- themselves and shows it to the packet layer as a plain byte interface.
// SPDX-License-Identifier: MIT
//
// Takes ulpi_link's place where there is no PHY: the ports behind it mean the same. The pins live on 48 MHz, the packet
// layer on a clock of its own, 24 to 48 MHz; the two may be one. No byte waits for the other side: one takes 32 clocks
// of 48 MHz at least. What is told in levels (activity, error) is shown a clock later than the bytes before it.
`default_nettype none
module full_speed_link (
    input  wire       clk, rst,
    input  wire       usb_clk,              // 48 MHz
    input  wire [1:0] pins_in,              // D-, D+
    output wire [1:0] pins_out,
    output wire       drive,                // 1: pins_out go to the pins
    output wire [1:0] line_state,           // D-, D+

    output reg        rx_active,
    output wire       rx_error, rx_valid,
    output wire [7:0] rx_data,
    input  wire       tx_valid,
    input  wire [7:0] tx_data,
    output wire       tx_ready,
    output reg        tx_busy,              // until the packet's end is on the line
    output wire       idle
);
    wire usb_rst;
    cross_sync reset (.clk(usb_clk), .in(rst), .out(usb_rst));

    // ---- from the line ----
    wire [1:0] line;
    wire       active, error, byte_valid, active_here, unused_ready;
    wire [7:0] byte_data;

    full_speed_rx receiver (
        .clk(usb_clk), .rst(usb_rst), .pins(pins_in), .mute(drive), .line(line), .active(active), .error(error),
        .byte_valid(byte_valid), .byte_data(byte_data));

    // No reset: one event or none is on its way, and both sides forget it.
    cross_bus #(.WIDTH(8)) bytes_in (
        .in_clk(usb_clk), .in_rst(1'b0), .in_data(byte_data), .in_valid(byte_valid), .in_ready(unused_ready),
        .out_clk(clk), .out_rst(1'b0), .out_data(rx_data), .out_valid(rx_valid));
    cross_sync #(.WIDTH(4)) levels_in (
        .clk(clk), .in({line, error, active}), .out({line_state, rx_error, active_here}));

    always @(posedge clk) rx_active <= active_here && !rst;

    // ---- to the line ----
    wire [7:0] send_data;
    wire       send_valid, loaded, done, told, told_done, tell_ready, cross_ready;
    reg        waiting;                     // a byte is on its way to the line, which has not begun it
    wire       tx_take = tx_valid && tx_ready;

    assign tx_ready = cross_ready && !waiting;

    cross_bus #(.WIDTH(8)) bytes_out (
        .in_clk(clk), .in_rst(1'b0), .in_data(tx_data), .in_valid(tx_take), .in_ready(cross_ready),
        .out_clk(usb_clk), .out_rst(1'b0), .out_data(send_data), .out_valid(send_valid));
    full_speed_tx transmitter (
        .clk(usb_clk), .rst(usb_rst), .in_data(send_data), .in_valid(send_valid), .loaded(loaded), .done(done),
        .drive(drive), .dp(pins_out[0]), .dn(pins_out[1]));
    cross_bus #(.WIDTH(1)) progress (
        .in_clk(usb_clk), .in_rst(1'b0), .in_data(done), .in_valid(loaded || done), .in_ready(tell_ready),
        .out_clk(clk), .out_rst(1'b0), .out_data(told_done), .out_valid(told));

    always @(posedge clk)
        if (rst)          waiting <= 1'b0;
        else if (tx_take) waiting <= 1'b1;
        else if (told)    waiting <= 1'b0;

    always @(posedge clk)
        if (rst)                    tx_busy <= 1'b0;
        else if (tx_take)           tx_busy <= 1'b1;
        else if (told && told_done) tx_busy <= 1'b0;

    wire unused_tell = tell_ready;

    assign idle = !tx_valid && !tx_busy && !active_here && !rx_active;
endmodule
`default_nettype wire
