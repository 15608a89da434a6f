// nic_fs_rmii: join USB device, DMA and MAC to an adapter from USB pins to RMII pins.
// SPDX-License-Identifier: MIT
//
// The shape of small boards: full-speed USB at the FPGA's own pins, 10/100 Mbit/s Ethernet behind an RMII PHY. A board's
// top module gives clocks and resets and turns the halves of pins that go both ways into real ones. The core's clock may
// be the pins' 48 MHz, or a slower one where the FPGA is slow.
`default_nettype none

module nic_fs_rmii #(
    parameter [127:0] SERIAL   = "00000001",            // 1 to 16 ASCII characters
    parameter [255:0] BOARD    = "board",               // 1 to 32 ASCII characters
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001,   // until a host sets another
    parameter         CLOCK_HZ = 48000000,              // of clk, 24 to 48 MHz
    parameter         TX_BYTES = 4096,                  // of the transmit buffer; a power of two
    parameter         RX_BYTES = 8192,                  // of the receive buffer; a power of two
    parameter         OFFLOAD  = 1,                     // checksums and segmentation of frames to send; 0 leaves them out
    parameter         VERIFY   = 1,                     // check checksums of received frames; 0 leaves that out
    parameter         ECM      = 1,                     // a second configuration as network adapter; 0 leaves that out
    parameter         MDIO     = 1                      // 0: no MDIO pins: a link of 100 Mbit/s, full duplex, is assumed
) (
    input  wire       clk,                              // the core's
    input  wire       rst,                              // on clk
    input  wire       usb_clk,                          // 48 MHz
    input  wire       rmii_clk,                         // 50 MHz, the PHY's reference

    input  wire       usb_dp_in,
    input  wire       usb_dn_in,
    output wire       usb_dp_out,
    output wire       usb_dn_out,
    output wire       usb_drive,                        // 1: both pins are driven
    output wire       usb_pull_up,                      // of 1.5 kOhm at D+: 1 on, 0 off (let the pin float)

    input  wire [1:0] rmii_rxd,
    input  wire       rmii_crs_dv,
    output wire [1:0] rmii_txd,
    output wire       rmii_tx_en,
    output wire       mdc,
    output wire       mdio_out,
    output wire       mdio_drive,
    input  wire       mdio_in,

    output wire       idle,                             // nothing buffered or under way anywhere, polls of the PHY aside
    output wire       configured,                       // by the USB host
    output wire       suspended,
    output wire       link,
    output wire       fast,                             // 100 Mbit/s, else 10
    output wire       activity                          // pulse: a frame came or went
);
    localparam MAX_FRAME = 1518;

    wire [7:0]  out_data, in_data, tx_data, rx_data;
    wire        out_end, out_valid, out_ready, in_last, in_valid, in_ready;
    wire        tx_last, tx_drop, tx_patch, tx_valid, tx_ready, rx_last, rx_valid, rx_ready, rx_verified;
    wire [15:0] rx_length, tx_patch_at, tx_patch_data;

    wire [15:0] reg_address;
    wire        reg_write, reg_read;
    wire [31:0] reg_write_data, reg_read_data, status;

    wire        network;
    wire [1:0]  filter;
    wire        mac_rst, enable, loopback, promiscuous, all_multicast, full_duplex;
    wire [63:0] multicast_hash;
    wire [47:0] mac_address;
    wire [1:0]  speed;
    wire        mdio_start, mdio_write, mdio_busy;
    wire [4:0]  mdio_phy, mdio_register;
    wire [15:0] mdio_write_data, mdio_read_data;
    wire        rx_done, tx_done, tx_done_pause;
    wire [15:0] rx_done_length, tx_done_length;
    wire [9:0]  rx_done_flags;

    reg restart;                                        // rst from a register near all that it resets
    initial restart = 1'b1;
    always @(posedge clk) restart <= rst;

    wire [1:0] unused_txd;                              // RGMII has them
    wire       unused_tx_clk;

    assign fast = speed[0];

    wire usb_idle, dma_idle, mac_idle;
    assign idle     = usb_idle && (!configured || (dma_idle && mac_idle));  // they are held in reset until then
    assign activity = rx_done || tx_done;

    usb_device_full_speed #(.SERIAL(SERIAL), .ECM(ECM), .MAC_ADDRESS(MAC_ADDRESS), .CLOCK_HZ(CLOCK_HZ)) usb (
        .clk(clk), .rst(restart), .usb_clk(usb_clk),
        .usb_in({usb_dn_in, usb_dp_in}), .usb_out({usb_dn_out, usb_dp_out}), .usb_drive(usb_drive),
        .usb_pull_up(usb_pull_up), .configured(configured), .network(network), .filter(filter),
        .suspended(suspended),
        .out_data(out_data), .out_end(out_end), .out_valid(out_valid), .out_ready(out_ready),
        .in_data(in_data), .in_last(in_last), .in_valid(in_valid), .in_ready(in_ready), .status(status),
        .reg_address(reg_address), .reg_write(reg_write), .reg_read(reg_read),
        .reg_write_data(reg_write_data), .reg_read_data(reg_read_data),
        .idle(usb_idle)
    );

    dma #(
        .BOARD(BOARD), .CLOCK_HZ(CLOCK_HZ), .MAX_FRAME(MAX_FRAME), .OFFLOAD(OFFLOAD), .VERIFY(VERIFY),
        .ECM(ECM), .MAC_ADDRESS(MAC_ADDRESS)
    ) dma (
        .clk(clk), .rst(restart), .configured(configured), .network(network), .filter(filter),
        .out_data(out_data), .out_end(out_end), .out_valid(out_valid), .out_ready(out_ready),
        .in_data(in_data), .in_last(in_last), .in_valid(in_valid), .in_ready(in_ready),
        .reg_address(reg_address), .reg_write(reg_write), .reg_read(reg_read),
        .reg_write_data(reg_write_data), .reg_read_data(reg_read_data), .status(status),
        .tx_data(tx_data), .tx_last(tx_last), .tx_drop(tx_drop), .tx_valid(tx_valid), .tx_ready(tx_ready),
        .tx_patch(tx_patch), .tx_patch_at(tx_patch_at), .tx_patch_data(tx_patch_data),
        .rx_data(rx_data), .rx_last(rx_last), .rx_valid(rx_valid), .rx_ready(rx_ready), .rx_length(rx_length),
        .rx_verified(rx_verified),
        .mac_rst(mac_rst), .enable(enable), .loopback(loopback), .promiscuous(promiscuous), .all_multicast(all_multicast),
        .multicast_hash(multicast_hash), .mac_address(mac_address), .link(link), .full_duplex(full_duplex), .speed(speed),
        .mdio_start(mdio_start), .mdio_write(mdio_write), .mdio_phy(mdio_phy), .mdio_register(mdio_register),
        .mdio_write_data(mdio_write_data), .mdio_busy(mdio_busy), .mdio_read_data(mdio_read_data),
        .rx_done(rx_done), .rx_done_length(rx_done_length), .rx_done_flags(rx_done_flags),
        .tx_done(tx_done), .tx_done_length(tx_done_length), .tx_done_pause(tx_done_pause),
        .idle(dma_idle)
    );

    eth_mac #(
        .TX_BYTES(TX_BYTES), .RX_BYTES(RX_BYTES), .MAX_FRAME(MAX_FRAME), .VERIFY(VERIFY), .CLOCK_HZ(CLOCK_HZ), .RMII(1),
        .MDIO(MDIO)
    ) mac (
        .clk(clk), .rst(mac_rst), .tx_clk(rmii_clk), .rx_clk(rmii_clk),
        .tx_data(tx_data), .tx_last(tx_last), .tx_drop(tx_drop), .tx_valid(tx_valid), .tx_ready(tx_ready),
        .tx_patch(tx_patch), .tx_patch_at(tx_patch_at), .tx_patch_data(tx_patch_data),
        .rx_data(rx_data), .rx_last(rx_last), .rx_valid(rx_valid), .rx_ready(rx_ready), .rx_length(rx_length),
        .rx_verified(rx_verified),
        .enable(enable), .loopback(loopback), .promiscuous(promiscuous), .all_multicast(all_multicast),
        .multicast_hash(multicast_hash), .mac_address(mac_address),
        .link(link), .full_duplex(full_duplex), .speed(speed),
        .mdio_start(mdio_start), .mdio_write(mdio_write), .mdio_phy(mdio_phy), .mdio_register(mdio_register),
        .mdio_write_data(mdio_write_data), .mdio_busy(mdio_busy), .mdio_read_data(mdio_read_data),
        .rx_done(rx_done), .rx_done_length(rx_done_length), .rx_done_flags(rx_done_flags),
        .tx_done(tx_done), .tx_done_length(tx_done_length), .tx_done_pause(tx_done_pause),
        .phy_rxd({2'b00, rmii_rxd}), .phy_rx_ctl(rmii_crs_dv),
        .phy_txd({unused_txd, rmii_txd}), .phy_tx_ctl(rmii_tx_en), .phy_tx_clk(unused_tx_clk),
        .mdc(mdc), .mdio_out(mdio_out), .mdio_drive(mdio_drive), .mdio_in(mdio_in),
        .idle(mac_idle)
    );
endmodule
`default_nettype wire
