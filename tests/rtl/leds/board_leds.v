// board_leds: all boards' top modules side by side, on one clock; what their adapters tell the LEDs is the test's.
// SPDX-License-Identifier: MIT
//
// nic_ulpi_rgmii.vh and nic_fs_rmii.vh beside this file stand in for the adapters' insides; everything else of a board is its
// own, but for pads, registers in them, and PLLs.
`default_nettype none
module board_leds (
    input  wire       clk,
    input  wire       locked,                   // the PLLs run
    input  wire       button_n,

    input  wire       configured,               // what the adapters say
    input  wire       suspended,
    input  wire       high_speed,
    input  wire       link,
    input  wire       fast,
    input  wire       activity,
    input  wire       idle,

    output wire [2:0] ecpix5_led0_n,            // the pins
    output wire [2:0] ecpix5_led1_n,
    output wire [2:0] ecpix5_led2_n,
    output wire [2:0] ecpix5_led3_n,
    output wire [6:0] butterstick_led_anode,
    output wire [2:0] butterstick_led_gate,
    output wire [7:0] ulx3s_led,
    output wire       tinyfpga_bx_led,
    output wire [2:0] kopflos_led_n,
    output wire [7:0] hx8k_breakout_led
);
    ecpix5 ecpix5 (
        .clk100(clk), .button_n(button_n), .ulpi_clk(clk), .rgmii_rx_clk(clk),
        .led0_n(ecpix5_led0_n), .led1_n(ecpix5_led1_n), .led2_n(ecpix5_led2_n), .led3_n(ecpix5_led3_n)
    );
    butterstick butterstick (
        .clk30(clk), .rgmii_rx_clk(clk), .led_anode(butterstick_led_anode), .led_gate(butterstick_led_gate)
    );
    ulx3s ulx3s (.clk_25mhz(clk), .button_n(button_n), .rmii_ref_clk(clk), .led(ulx3s_led));
    tinyfpga_bx tinyfpga_bx (.clk16(clk), .rmii_ref_clk(clk), .led(tinyfpga_bx_led));
    kopflos kopflos (.clk48(clk), .rmii_ref_clk(clk), .led_n(kopflos_led_n));
    hx8k_breakout hx8k_breakout (.clk12(clk), .rmii_ref_clk(clk), .led(hx8k_breakout_led));
endmodule
`default_nettype wire
