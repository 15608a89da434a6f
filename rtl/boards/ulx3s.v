// ulx3s: Radiona's ULX3S, an ECP5 with full-speed USB at its pins, and a LAN8720 module on GP/GN 9 to 13.
// SPDX-License-Identifier: MIT
//
// Core and USB pins run on 48 MHz from the PLL, Ethernet on the module's 50 MHz. Pins: constraints/ulx3s.lpf.
`default_nettype none
module ulx3s #(
    parameter [127:0] SERIAL      = "00000001",
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001
) (
    input  wire       clk_25mhz,
    input  wire       button_n,                 // PWR: a reset
    output wire [7:0] led,                      // configured, link, 100 Mbit/s, frames come or go, 0, 0, idle, in reset
    output wire       wifi_en,                  // low: the ESP32 shares pins with the module

    inout  wire       usb_dp,
    inout  wire       usb_dn,
    inout  wire       usb_pu_dp,
    inout  wire       usb_pu_dn,

    input  wire       rmii_ref_clk,
    input  wire [1:0] rmii_rxd,
    input  wire       rmii_crs_dv,
    output wire [1:0] rmii_txd,
    output wire       rmii_tx_en,
    output wire       eth_mdc,
    inout  wire       eth_mdio
);
    wire       clk, locked, core_run, runs, rst, unused_phy_rst;
    wire [1:0] usb_in, usb_out, unused_pull;
    wire       usb_drive, pull_up, mdio_in, mdio_out, mdio_drive;
    wire       configured, suspended, link, fast, activity, active, idle;

    assign rst     = !runs;
    assign led     = {rst, idle, 2'b00, active, fast, link, configured && !suspended};
    assign wifi_en = 1'b0;

    bidir #(.WIDTH(2)) usb_pins (.pins({usb_dn, usb_dp}), .out(usb_out), .drive(usb_drive), .in(usb_in));
    // Driven high it pulls up, driven low it pulls down: it floats unless the device attaches; the other one always.
    bidir #(.WIDTH(1)) pull_dp (.pins(usb_pu_dp), .out(1'b1), .drive(pull_up), .in(unused_pull[0]));
    bidir #(.WIDTH(1)) pull_dn (.pins(usb_pu_dn), .out(1'b0), .drive(1'b0), .in(unused_pull[1]));
    bidir #(.WIDTH(1)) mdio_pin (.pins(eth_mdio), .out(mdio_out), .drive(mdio_drive), .in(mdio_in));

    pll_48 pll (.clk_25(clk_25mhz), .clk_48(clk), .locked(locked));

    power_on #(.BITS(18)) power_on (
        .clk(clk_25mhz), .locked(locked), .button_n(button_n), .phy_rst(unused_phy_rst), .core_run(core_run),
        .core_runs(runs)
    );
    cross_sync core_running (.clk(clk), .in(core_run), .out(runs));
    stretch blink (.clk(clk), .pulse(activity), .light(active));

    nic_fs_rmii #(
        .SERIAL(SERIAL), .BOARD("ULX3S"), .MAC_ADDRESS(MAC_ADDRESS), .CLOCK_HZ(47916667), .RX_BYTES(32768)
    ) nic (
        .clk(clk), .rst(rst), .usb_clk(clk), .rmii_clk(rmii_ref_clk),
        .usb_dp_in(usb_in[0]), .usb_dn_in(usb_in[1]), .usb_dp_out(usb_out[0]), .usb_dn_out(usb_out[1]), .usb_drive(usb_drive),
        .usb_pull_up(pull_up), .rmii_rxd(rmii_rxd), .rmii_crs_dv(rmii_crs_dv), .rmii_txd(rmii_txd), .rmii_tx_en(rmii_tx_en),
        .mdc(eth_mdc), .mdio_out(mdio_out), .mdio_drive(mdio_drive), .mdio_in(mdio_in),
        .idle(idle), .configured(configured), .suspended(suspended), .link(link), .fast(fast), .activity(activity)
    );
endmodule
`default_nettype wire
