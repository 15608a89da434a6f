// nic_ulpi_rgmii: an ECPIX-5 from place and route, with the ports of the shape that the simulated board has.
// SPDX-License-Identifier: MIT
//
// The board's PLL is a wire here, so its oscillator gets the rate that comes out of it.
`default_nettype none
module nic_ulpi_rgmii (
    input  wire       clk,
    input  wire       rst,
    input  wire       tx_clk,
    input  wire       rx_clk,

    input  wire [7:0] ulpi_data_in,
    output wire [7:0] ulpi_data_out,
    output wire       ulpi_data_drive,
    input  wire       ulpi_dir,
    input  wire       ulpi_nxt,
    output wire       ulpi_stp,

    input  wire [3:0] rgmii_rxd,
    input  wire       rgmii_rx_ctl,
    output wire [3:0] rgmii_txd,
    output wire       rgmii_tx_ctl,
    output wire       rgmii_tx_clk,
    output wire       mdc,
    output wire       mdio_out,
    output wire       mdio_drive,
    input  wire       mdio_in,

    output wire       idle
);
    wire [7:0] drive;
    wire [2:0] led0_n, led3_n;

    assign ulpi_data_drive = drive[0];
    // In reset the board does nothing, but it is not at rest.
    assign idle = !led3_n[0] && led0_n[2];

    routed board (
        .clk100(tx_clk), .button_n(!rst),
        .ulpi_clk(clk), .ulpi_rst(), .ulpi_data_in(ulpi_data_in), .ulpi_data_out(ulpi_data_out), .ulpi_data_drive(drive),
        .ulpi_dir(ulpi_dir), .ulpi_nxt(ulpi_nxt), .ulpi_stp(ulpi_stp),
        .eth_rst_n(), .rgmii_rx_clk(rx_clk), .rgmii_rxd(rgmii_rxd), .rgmii_rx_ctl(rgmii_rx_ctl),
        .rgmii_tx_clk(rgmii_tx_clk), .rgmii_txd(rgmii_txd), .rgmii_tx_ctl(rgmii_tx_ctl),
        .eth_mdc(mdc), .eth_mdio_in(mdio_in), .eth_mdio_out(mdio_out), .eth_mdio_drive(mdio_drive),
        .led0_n(led0_n), .led1_n(), .led2_n(), .led3_n(led3_n)
    );
endmodule
`default_nettype wire
