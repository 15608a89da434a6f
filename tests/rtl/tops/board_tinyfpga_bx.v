// board_tinyfpga_bx: the TinyFPGA BX as a test holds it: the PLL's outputs and lock and both halves of its pins are ports.
// SPDX-License-Identifier: MIT
`default_nettype none
module board_tinyfpga_bx (
    input  wire       oscillator,               // 16 MHz
    input  wire       clk,                      // the PLL's
    input  wire       usb_clk,                  // the same
    input  wire       locked,
    input  wire       rmii_clk,

    input  wire       usb_dp_in,
    input  wire       usb_dn_in,
    output wire       usb_dp_out,
    output wire       usb_dn_out,
    output wire       usb_drive,
    output wire       usb_pull_up,

    output wire       phy_rst_n,
    input  wire [1:0] rmii_rxd,
    input  wire       rmii_crs_dv,
    output wire [1:0] rmii_txd,
    output wire       rmii_tx_en,
    output wire       mdc,
    output wire       mdio_out,
    output wire       mdio_drive,
    input  wire       mdio_in,
    output wire       led
);
    wire dp_pin   = usb_dp_in;
    wire dn_pin   = usb_dn_in;
    wire mdio_pin = mdio_in;

    assign {usb_dn_out, usb_dp_out} = board.usb_out;
    assign usb_drive  = board.usb_drive;
    assign mdio_out   = board.mdio_out;
    assign mdio_drive = board.mdio_drive;

    tinyfpga_bx board (
        .clk16(oscillator), .led(led), .usb_dp(dp_pin), .usb_dn(dn_pin), .usb_pu(usb_pull_up),
        .rmii_ref_clk(rmii_clk), .rmii_rxd(rmii_rxd), .rmii_crs_dv(rmii_crs_dv), .rmii_txd(rmii_txd),
        .rmii_tx_en(rmii_tx_en), .phy_rst_n(phy_rst_n), .eth_mdc(mdc), .eth_mdio(mdio_pin)
    );
endmodule
`default_nettype wire
