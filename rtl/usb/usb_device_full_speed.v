// usb_device_full_speed: a USB 2.0 full-speed device at the line itself; behind it all is as in usb_device.
// SPDX-License-Identifier: MIT
//
// full_speed_link and, behind it, usb_function, as usb_device has them with a ULPI PHY. The pull-up of 1.5 kOhm at D+
// is on once the reset is over.
`default_nettype none
module usb_device_full_speed #(
    parameter [127:0] SERIAL   = "00000001", // 1 to 16 ASCII characters
    parameter [247:0] PRODUCT  = "Ferrite",  // 1 to 31 ASCII characters
    parameter         ECM      = 1,         // 1: with configuration 2, a network adapter of no driver's own (CDC ECM)
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001,   // of that, [47:40] is the first byte on the wire
    parameter         CLOCK_HZ = 48000000   // of clk, 24 to 48 MHz
) (
    input  wire        clk, rst,            // rst: from a register
    input  wire        usb_clk,             // 48 MHz
    input  wire [1:0]  usb_in,              // D-, D+
    output wire [1:0]  usb_out,
    output wire        usb_drive,           // 1: usb_out go to the pins
    output reg         usb_pull_up,
    output wire        configured, suspended,   // configured: data may flow
    output wire        network,             // … a frame a transfer, without a record
    output wire [1:0]  filter,              // of its frames: all multicast ones, all
    output wire [7:0]  out_data,
    output wire        out_end, out_valid,
    input  wire        out_ready,
    input  wire [7:0]  in_data,
    input  wire        in_last, in_valid,
    output wire        in_ready,
    input  wire [31:0] status,
    output wire [15:0] reg_address,
    output wire        reg_write, reg_read,
    output wire [31:0] reg_write_data,
    input  wire [31:0] reg_read_data,
    output wire        idle
);
    wire [1:0] line_state, unused_transceiver, mode;
    wire       terminate, unused_high_speed, link_idle, rx_active, rx_error, rx_valid, tx_valid, tx_ready, tx_busy;
    wire [7:0] rx_data, tx_data;

    initial usb_pull_up = 1'b0;

    always @(posedge clk) usb_pull_up <= terminate && mode == 2'd0 && !rst;

    full_speed_link link (
        .clk(clk), .rst(rst), .usb_clk(usb_clk), .pins_in(usb_in), .pins_out(usb_out), .drive(usb_drive),
        .line_state(line_state),
        .rx_active(rx_active), .rx_error(rx_error), .rx_valid(rx_valid), .rx_data(rx_data),
        .tx_valid(tx_valid), .tx_data(tx_data), .tx_ready(tx_ready), .tx_busy(tx_busy), .idle(link_idle));

    usb_function #(
        .SERIAL(SERIAL), .PRODUCT(PRODUCT), .ECM(ECM), .MAC_ADDRESS(MAC_ADDRESS), .HIGH_SPEED(0), .CLOCK_HZ(CLOCK_HZ)
    ) behind (
        .clk(clk), .rst(rst), .transceiver(unused_transceiver), .mode(mode), .terminate(terminate),
        .line_state(line_state), .unplugged(1'b0),
        .rx_active(rx_active), .rx_error(rx_error), .rx_valid(rx_valid), .rx_data(rx_data),
        .link_tx_valid(tx_valid), .link_tx_data(tx_data), .link_tx_ready(tx_ready), .link_tx_busy(tx_busy),
        .link_tx_lost(1'b0), .link_idle(link_idle),
        .configured(configured), .network(network), .filter(filter), .high_speed(unused_high_speed), .suspended(suspended),
        .out_data(out_data), .out_end(out_end), .out_valid(out_valid), .out_ready(out_ready),
        .in_data(in_data), .in_last(in_last), .in_valid(in_valid), .in_ready(in_ready), .status(status),
        .reg_address(reg_address), .reg_write(reg_write), .reg_read(reg_read), .reg_write_data(reg_write_data),
        .reg_read_data(reg_read_data), .idle(idle));
endmodule
`default_nettype wire
