// butterstick: ButterStick r1.0, an ECP5 with a USB3343 on ULPI and a KSZ9031 on RGMII.
// SPDX-License-Identifier: MIT
//
// The USB PHY has neither a clock nor, on its pins, a voltage of its own: the core's 60 MHz from the PLL go out to it, and
// rail_pdm makes the 1.8 V of that bank; it stays in reset until they stand. Pins: constraints/butterstick.lpf.
`default_nettype none
module butterstick #(
    parameter [127:0] SERIAL      = "00000001",
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001
) (
    input  wire       clk30,

    output wire [2:0] vccio_pdm,                // of the three supplies; [2] is ULPI's
    output wire       vccio_en,                 // of all three

    output wire       ulpi_clk,                 // the PHY's reference
    output wire       ulpi_rst_n,
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

    output wire [6:0] led_anode,                // 0: in reset, configured, at high speed; 1: -, link, frames come or go;
    output wire [2:0] led_gate                  // 2: -, -, idle; the rest is dark. Red, green, blue
);
    wire       clk, phy_clk, tx_clk, core_locked, tx_locked, phy_rst, core_run, runs, rst;
    wire       pdm, powered;
    wire [7:0] ulpi_data_in, ulpi_data_out;
    wire       ulpi_data_drive, mdio_in, mdio_out, mdio_drive;
    wire       configured, high_speed, suspended, link, activity, active, idle;

    assign rst        = !runs;
    assign ulpi_rst_n = !phy_rst;
    assign eth_rst_n  = !phy_rst;

    bidir #(.WIDTH(8)) ulpi_pins (.pins(ulpi_data), .out(ulpi_data_out), .drive(ulpi_data_drive), .in(ulpi_data_in));
    bidir #(.WIDTH(1)) mdio_pin (.pins(eth_mdio), .out(mdio_out), .drive(mdio_drive), .in(mdio_in));
    ddr_out ulpi_clk_pin (.clk(phy_clk), .rise(1'b1), .fall(1'b0), .pins(ulpi_clk));

    pll_60 core_pll (.clk_30(clk30), .clk_60(clk), .clk_60_early(phy_clk), .locked(core_locked));
    pll_125_of_30 tx_pll (.clk_30(clk30), .clk_125(tx_clk), .locked(tx_locked));

    assign vccio_pdm = {3{pdm}};
    rail_pdm rail (.clk(clk30), .pdm(pdm), .enable(vccio_en), .settled(powered));

    power_on #(.BITS(19)) power_on (
        .clk(clk30), .locked(core_locked && tx_locked && powered), .button_n(1'b1), .phy_rst(phy_rst), .core_run(core_run),
        .core_runs(runs)
    );
    cross_sync core_running (.clk(clk), .in(core_run), .out(runs));
    stretch blink (.clk(clk), .pulse(activity), .light(active));

    led_matrix leds (
        .clk(clk), .anodes(led_anode), .gates(led_gate),
        .red({6'd0, rst}), .green({5'd0, link, configured && !suspended}), .blue({4'd0, idle, active, high_speed})
    );

    nic_ulpi_rgmii #(.SERIAL(SERIAL), .BOARD("ButterStick"), .MAC_ADDRESS(MAC_ADDRESS)) nic (
        .clk(clk), .rst(rst), .tx_clk(tx_clk), .rx_clk(rgmii_rx_clk),
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
