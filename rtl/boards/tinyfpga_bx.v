// tinyfpga_bx: TinyFPGA's BX, an iCE40 LP8K with full-speed USB at its pins, and a LAN8720 module on pins 14 to 24.
// SPDX-License-Identifier: MIT
//
// USB pins run on 48 MHz from the PLL, the core on half of it, Ethernet on the module's 50 MHz. Pins:
// constraints/tinyfpga_bx.pcf.
`default_nettype none
module tinyfpga_bx #(
    parameter [127:0] SERIAL      = "00000001",
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001
) (
    input  wire       clk16,
    output wire       led,                      // a link; dark for a moment when a frame comes or goes

    inout  wire       usb_dp,
    inout  wire       usb_dn,
    output wire       usb_pu,

    input  wire       rmii_ref_clk,
    input  wire [1:0] rmii_rxd,
    input  wire       rmii_crs_dv,
    output wire [1:0] rmii_txd,
    output wire       rmii_tx_en,
    output wire       phy_rst_n,
    output wire       eth_mdc,
    inout  wire       eth_mdio
);
    wire       clk, usb_clk, rmii_clk, locked, phy_rst, core_run, runs, rst;
    wire [1:0] usb_in, usb_out;
    wire       usb_drive, pull_up, mdio_in, mdio_out, mdio_drive;
    wire       configured, suspended, link, fast, activity, active, idle;
    wire       unused = configured ^ suspended ^ fast ^ idle;

    assign rst       = !runs;
    assign led       = link && !active;
    assign usb_pu    = pull_up;
    assign phy_rst_n = !phy_rst;

    bidir #(.WIDTH(2)) usb_pins (.pins({usb_dn, usb_dp}), .out(usb_out), .drive(usb_drive), .in(usb_in));
    bidir #(.WIDTH(1)) mdio_pin (.pins(eth_mdio), .out(mdio_out), .drive(mdio_drive), .in(mdio_in));

    pll_48_24 pll (.clk_in(clk16), .clk_48(usb_clk), .clk_24(clk), .locked(locked));
    clock_in ref_clk (.pin(rmii_ref_clk), .clk(rmii_clk));

    power_on #(.BITS(18)) power_on (
        .clk(clk16), .locked(locked), .button_n(1'b1), .phy_rst(phy_rst), .core_run(core_run), .core_runs(runs)
    );
    cross_sync core_running (.clk(clk), .in(core_run), .out(runs));
    stretch #(.BITS(20)) blink (.clk(clk), .pulse(activity), .light(active));

    nic_fs_rmii #(
        .SERIAL(SERIAL), .BOARD("TinyFPGA BX"), .MAC_ADDRESS(MAC_ADDRESS), .CLOCK_HZ(24000000), .TX_BYTES(2048), .RX_BYTES(4096)
    ) nic (
        .clk(clk), .rst(rst), .usb_clk(usb_clk), .rmii_clk(rmii_clk),
        .usb_dp_in(usb_in[0]), .usb_dn_in(usb_in[1]), .usb_dp_out(usb_out[0]), .usb_dn_out(usb_out[1]), .usb_drive(usb_drive),
        .usb_pull_up(pull_up), .rmii_rxd(rmii_rxd), .rmii_crs_dv(rmii_crs_dv), .rmii_txd(rmii_txd), .rmii_tx_en(rmii_tx_en),
        .mdc(eth_mdc), .mdio_out(mdio_out), .mdio_drive(mdio_drive), .mdio_in(mdio_in),
        .idle(idle), .configured(configured), .suspended(suspended), .link(link), .fast(fast), .activity(activity)
    );
endmodule
`default_nettype wire
