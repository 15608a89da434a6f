// kopflos: Machdyne's Kopflos v0, an ECP5 with full-speed USB at its pins and a LAN8720 beside it.
// SPDX-License-Identifier: MIT
//
// Core and USB pins run on the board's 48 MHz, Ethernet on its 50 MHz. The PHY's registers are out of reach, for MDIO is not
// wired: a link of 100 Mbit/s, full duplex, is assumed. Pins: constraints/kopflos.lpf.
`default_nettype none
module kopflos #(
    parameter [127:0] SERIAL      = "00000001",
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001
) (
    input  wire       clk48,
    output wire [2:0] led_n,                    // red: in reset; green: configured; blue: frames come or go

    inout  wire       usb_dp,
    inout  wire       usb_dn,
    inout  wire       usb_pu,

    input  wire       rmii_ref_clk,
    input  wire [1:0] rmii_rxd,
    input  wire       rmii_crs_dv,
    output wire [1:0] rmii_txd,
    output wire       rmii_tx_en,
    output wire       eth_rst_n
);
    wire       phy_rst, core_run, runs, rst, unused_pull;
    wire [1:0] usb_in, usb_out;
    wire       usb_drive, pull_up, unused_mdc, unused_mdio, unused_mdio_drive;
    wire       configured, suspended, link, fast, activity, active, idle;
    wire       unused = link ^ fast ^ idle;

    assign rst       = !runs;
    assign led_n     = ~{rst, configured && !suspended, active};
    assign eth_rst_n = !phy_rst;

    bidir #(.WIDTH(2)) usb_pins (.pins({usb_dn, usb_dp}), .out(usb_out), .drive(usb_drive), .in(usb_in));
    bidir #(.WIDTH(1)) pull_dp (.pins(usb_pu), .out(1'b1), .drive(pull_up), .in(unused_pull));

    power_on #(.BITS(19)) power_on (
        .clk(clk48), .locked(1'b1), .button_n(1'b1), .phy_rst(phy_rst), .core_run(core_run), .core_runs(runs)
    );
    cross_sync core_running (.clk(clk48), .in(core_run), .out(runs));
    stretch blink (.clk(clk48), .pulse(activity), .light(active));

    nic_fs_rmii #(
        .SERIAL(SERIAL), .BOARD("Kopflos"), .MAC_ADDRESS(MAC_ADDRESS), .CLOCK_HZ(48000000), .RX_BYTES(32768), .MDIO(0)
    ) nic (
        .clk(clk48), .rst(rst), .usb_clk(clk48), .rmii_clk(rmii_ref_clk),
        .usb_dp_in(usb_in[0]), .usb_dn_in(usb_in[1]), .usb_dp_out(usb_out[0]), .usb_dn_out(usb_out[1]), .usb_drive(usb_drive),
        .usb_pull_up(pull_up), .rmii_rxd(rmii_rxd), .rmii_crs_dv(rmii_crs_dv), .rmii_txd(rmii_txd), .rmii_tx_en(rmii_tx_en),
        .mdc(unused_mdc), .mdio_out(unused_mdio), .mdio_drive(unused_mdio_drive), .mdio_in(1'b1),
        .idle(idle), .configured(configured), .suspended(suspended), .link(link), .fast(fast), .activity(activity)
    );
endmodule
`default_nettype wire
