// board_ecpix5: the ECPIX-5 as a test holds it: the PLL's output and lock and both halves of its pins are ports.
// SPDX-License-Identifier: MIT
`default_nettype none
module board_ecpix5 (
    input  wire       oscillator,               // 100 MHz
    input  wire       button_n,
    input  wire       tx_clk,                   // the PLL's
    input  wire       locked,
    input  wire       clk,                      // the USB PHY's
    input  wire       rx_clk,

    output wire       ulpi_rst,
    input  wire [7:0] ulpi_data_in,
    output wire [7:0] ulpi_data_out,
    output wire       ulpi_data_drive,
    input  wire       ulpi_dir,
    input  wire       ulpi_nxt,
    output wire       ulpi_stp,

    output wire       eth_rst_n,
    input  wire [3:0] rgmii_rxd,
    input  wire       rgmii_rx_ctl,
    output wire [3:0] rgmii_txd,
    output wire       rgmii_tx_ctl,
    output wire       rgmii_tx_clk,
    input  wire       mdio_in,

    output wire       in_reset,                 // the LEDs
    output wire       configured,
    output wire       high_speed,
    output wire       link,
    output wire       active,
    output wire       idle
);
    wire       unused_mdc;
    wire [2:0] led0_n, led1_n, unused_led2_n, led3_n;
    wire [7:0] ulpi_pins = ulpi_data_in;
    wire       mdio_pin = mdio_in;
    wire       unused = &{led1_n[2], led3_n[2:1]};

    assign {in_reset, configured, high_speed} = ~led0_n;
    assign {link, active}  = ~led1_n[1:0];
    assign idle            = !led3_n[0];
    assign ulpi_data_out   = board.ulpi_data_out;
    assign ulpi_data_drive = board.ulpi_data_drive;

    ecpix5 board (
        .clk100(oscillator), .button_n(button_n),
        .ulpi_clk(clk), .ulpi_rst(ulpi_rst), .ulpi_data(ulpi_pins), .ulpi_dir(ulpi_dir), .ulpi_nxt(ulpi_nxt),
        .ulpi_stp(ulpi_stp),
        .eth_rst_n(eth_rst_n), .rgmii_rx_clk(rx_clk), .rgmii_rxd(rgmii_rxd), .rgmii_rx_ctl(rgmii_rx_ctl),
        .rgmii_tx_clk(rgmii_tx_clk), .rgmii_txd(rgmii_txd), .rgmii_tx_ctl(rgmii_tx_ctl),
        .eth_mdc(unused_mdc), .eth_mdio(mdio_pin),
        .led0_n(led0_n), .led1_n(led1_n), .led2_n(unused_led2_n), .led3_n(led3_n)
    );
endmodule
`default_nettype wire
