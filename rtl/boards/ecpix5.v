// ecpix5: LambdaConcept's ECPIX-5, an ECP5 with a USB3300 on ULPI and a KSZ9031 on RGMII.
// SPDX-License-Identifier: MIT
//
// The core runs on the USB PHY's 60 MHz, Ethernet transmit on 125 MHz from the PLL. Pins: constraints/ecpix5.lpf.
`default_nettype none
module ecpix5 #(
    parameter [127:0] SERIAL      = "00000001",
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001
) (
    input  wire       clk100,
    input  wire       button_n,                 // the reset button

    input  wire       ulpi_clk,
    output wire       ulpi_rst,                 // active high on this board
    inout  wire [7:0] ulpi_data,
    input  wire       ulpi_dir,
    input  wire       ulpi_nxt,
    output wire       ulpi_stp,

    output wire       eth_rst_n,
    input  wire       rgmii_rx_clk,
    input  wire [3:0] rgmii_rxd,
    input  wire       rgmii_rx_ctl,
    output wire       rgmii_tx_clk,
    output wire [3:0] rgmii_txd,
    output wire       rgmii_tx_ctl,
    output wire       eth_mdc,
    inout  wire       eth_mdio,

    output wire [2:0] led0_n,                   // red, green, blue: in reset, configured, at high speed
    output wire [2:0] led1_n,                   // -, link, frames come or go
    output wire [2:0] led2_n,                   // dark
    output wire [2:0] led3_n                    // -, -, idle
);
    wire       tx_clk, locked, phy_rst, core_run, runs, rst;
    wire [7:0] ulpi_data_in, ulpi_data_out;
    wire       ulpi_data_drive, mdio_in, mdio_out, mdio_drive;
    wire       configured, high_speed, suspended, link, activity, active, idle;

    assign rst       = !runs;
    assign ulpi_rst  = phy_rst;
    assign eth_rst_n = !phy_rst;

    assign led0_n = ~{rst, configured && !suspended, high_speed};
    assign led1_n = ~{1'b0, link, active};
    assign led2_n = 3'b111;
    assign led3_n = ~{2'b00, idle};

    bidir #(.WIDTH(8)) ulpi_pins (.pins(ulpi_data), .out(ulpi_data_out), .drive(ulpi_data_drive), .in(ulpi_data_in));
    bidir #(.WIDTH(1)) mdio_pin (.pins(eth_mdio), .out(mdio_out), .drive(mdio_drive), .in(mdio_in));

    pll_125 pll (.clk_100(clk100), .clk_125(tx_clk), .locked(locked));

    power_on power_on (
        .clk(clk100), .locked(locked), .button_n(button_n), .phy_rst(phy_rst), .core_run(core_run), .core_runs(runs)
    );
    cross_sync core_running (.clk(ulpi_clk), .in(core_run), .out(runs));
    stretch blink (.clk(ulpi_clk), .pulse(activity), .light(active));

    nic_ulpi_rgmii #(.SERIAL(SERIAL), .BOARD("ECPIX-5"), .MAC_ADDRESS(MAC_ADDRESS)) nic (
        .clk(ulpi_clk), .rst(rst), .tx_clk(tx_clk), .rx_clk(rgmii_rx_clk),
        .ulpi_data_in(ulpi_data_in), .ulpi_data_out(ulpi_data_out), .ulpi_data_drive(ulpi_data_drive),
        .ulpi_dir(ulpi_dir), .ulpi_nxt(ulpi_nxt), .ulpi_stp(ulpi_stp),
        .rgmii_rxd(rgmii_rxd), .rgmii_rx_ctl(rgmii_rx_ctl),
        .rgmii_txd(rgmii_txd), .rgmii_tx_ctl(rgmii_tx_ctl), .rgmii_tx_clk(rgmii_tx_clk),
        .mdc(eth_mdc), .mdio_out(mdio_out), .mdio_drive(mdio_drive), .mdio_in(mdio_in),
        .idle(idle), .configured(configured), .high_speed(high_speed), .suspended(suspended),
        .link(link), .activity(activity)
    );
endmodule
`default_nettype wire
