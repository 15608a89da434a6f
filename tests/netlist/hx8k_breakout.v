// nic_fs_rmii: an iCE40-HX8K breakout from place and route, with the ports of the small shape that the simulated board has.
// SPDX-License-Identifier: MIT
//
// The oscillator, which only counts the time that the PHY's reset takes, runs at the rate of the USB pins. LEDs show that the
// board is at rest, and its link, so its clocks may stand still meanwhile.
`default_nettype none
module nic_fs_rmii (
    input  wire       clk,
    input  wire       rst,
    input  wire       usb_clk,
    input  wire       rmii_clk,

    input  wire       usb_dp_in,
    input  wire       usb_dn_in,
    output wire       usb_dp_out,
    output wire       usb_dn_out,
    output wire       usb_drive,
    output wire       usb_pull_up,

    input  wire [1:0] rmii_rxd,
    input  wire       rmii_crs_dv,
    output wire [1:0] rmii_txd,
    output wire       rmii_tx_en,
    output wire       mdc,
    output wire       mdio_out,
    output wire       mdio_drive,
    input  wire       mdio_in,

    output wire       idle,
    output wire       link,
    output wire       fast
);
    wire       drive_dn;
    wire [7:0] led;

    // In reset the board does nothing, but it is not at rest.
    assign idle         = led[6] && !led[7];
    assign {fast, link} = led[2:1];

    routed board (
        .clk12(usb_clk), .pll_a(usb_clk), .pll_b(clk), .pll_lock(!rst),
        .usb_dp_in(usb_dp_in), .usb_dp_out(usb_dp_out), .usb_dp_drive(usb_drive),
        .usb_dn_in(usb_dn_in), .usb_dn_out(usb_dn_out), .usb_dn_drive(drive_dn), .usb_pu_in(1'b0), .usb_pu_out(), .usb_pu_drive(usb_pull_up),
        .rmii_ref_clk(rmii_clk), .rmii_rxd(rmii_rxd), .rmii_crs_dv(rmii_crs_dv), .rmii_txd(rmii_txd),
        .rmii_tx_en(rmii_tx_en), .phy_rst_n(), .led(led),
        .eth_mdc(mdc), .eth_mdio_in(mdio_in), .eth_mdio_out(mdio_out), .eth_mdio_drive(mdio_drive)
    );
endmodule
`default_nettype wire
