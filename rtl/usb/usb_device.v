// usb_device: a USB 2.0 device at ULPI pins: bulk OUT and IN bytes, an interrupt word, registers; a network adapter.
// SPDX-License-Identifier: MIT
//
// ulpi_link and, behind it, usb_function. rtl/README.md states the ports.
`default_nettype none
module usb_device #(
    parameter [127:0] SERIAL  = "00000001", // 1 to 16 ASCII characters
    parameter [247:0] PRODUCT = "Ferrite",  // 1 to 31 ASCII characters
    parameter         ECM     = 1,          // 1: with configuration 2, a network adapter of no driver's own (CDC ECM)
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001    // of that, [47:40] is the first byte on the wire
) (
    input  wire        clk, rst,
    input  wire [7:0]  ulpi_data_in,
    output wire [7:0]  ulpi_data_out,
    output wire        ulpi_data_drive,
    input  wire        ulpi_dir, ulpi_nxt,
    output wire        ulpi_stp,
    output wire        configured, high_speed, suspended,   // configured: data may flow
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
    wire [1:0] transceiver, mode, line_state;
    wire       terminate, unplugged, link_idle, rx_active, rx_error, rx_valid, tx_valid, tx_ready, tx_busy, tx_lost;
    wire [7:0] rx_data, tx_data;

    ulpi_link link (
        .clk(clk), .rst(rst), .ulpi_data_in(ulpi_data_in), .ulpi_data_out(ulpi_data_out),
        .ulpi_data_drive(ulpi_data_drive), .ulpi_dir(ulpi_dir), .ulpi_nxt(ulpi_nxt), .ulpi_stp(ulpi_stp),
        .transceiver(transceiver), .terminate(terminate), .mode(mode), .line_state(line_state), .unplugged(unplugged),
        .rx_active(rx_active), .rx_error(rx_error), .rx_valid(rx_valid), .rx_data(rx_data),
        .tx_valid(tx_valid), .tx_data(tx_data), .tx_ready(tx_ready), .tx_busy(tx_busy), .tx_lost(tx_lost),
        .idle(link_idle));

    usb_function #(.SERIAL(SERIAL), .PRODUCT(PRODUCT), .ECM(ECM), .MAC_ADDRESS(MAC_ADDRESS)) behind (
        .clk(clk), .rst(rst), .transceiver(transceiver), .mode(mode), .terminate(terminate), .line_state(line_state),
        .unplugged(unplugged),
        .rx_active(rx_active), .rx_error(rx_error), .rx_valid(rx_valid), .rx_data(rx_data),
        .link_tx_valid(tx_valid), .link_tx_data(tx_data), .link_tx_ready(tx_ready), .link_tx_busy(tx_busy),
        .link_tx_lost(tx_lost), .link_idle(link_idle),
        .configured(configured), .network(network), .filter(filter), .high_speed(high_speed), .suspended(suspended),
        .out_data(out_data), .out_end(out_end), .out_valid(out_valid), .out_ready(out_ready),
        .in_data(in_data), .in_last(in_last), .in_valid(in_valid), .in_ready(in_ready), .status(status),
        .reg_address(reg_address), .reg_write(reg_write), .reg_read(reg_read), .reg_write_data(reg_write_data),
        .reg_read_data(reg_read_data), .idle(idle));
endmodule
`default_nettype wire
