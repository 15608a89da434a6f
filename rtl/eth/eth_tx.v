// eth_tx: everything that runs on the transmit clock, from frames to the PHY's pins.
// SPDX-License-Identifier: MIT
//
// Joins the framer, our pause frames, the partner's pause, the pins and the way round them.
`default_nettype none
module eth_tx #(
    parameter RMII = 0                         // 1: the PHY has RMII pins, else RGMII
) (
    input  wire        clk,                    // 125 MHz at every speed; RMII: 50
    input  wire        rst,
    input  wire        enable,
    input  wire        loopback,               // frames leave by loop_*, and the pins stay silent
    input  wire [1:0]  speed,                  // 0: 10 Mbit/s, 1: 100, 2: 1000
    input  wire [47:0] mac_address,            // sender of our pause frames
    input  wire        stop_partner,           // our receive buffer is nearly full
    input  wire        pause_load,             // the partner asks us to pause
    input  wire [15:0] pause_quanta,
    input  wire [7:0]  in_data,                // whole frames, without a break in them
    input  wire        in_last,
    input  wire        in_valid,
    output wire        in_ready,
    input  wire [15:0] in_length,              // constant through a frame
    output wire        done,                   // one clock: a frame is sent but for its last bytes
    output wire [15:0] done_length,            // without padding and FCS
    output wire        done_pause,             // it was a pause frame of ours
    output wire [7:0]  loop_data,
    output wire        loop_end,               // no byte: the frame is over
    output wire        loop_valid,
    input  wire        loop_ready,
    output wire [3:0]  phy_txd,                // RMII: the low two
    output wire        phy_tx_ctl,             // RMII: TX_EN
    output wire        phy_tx_clk,             // RGMII alone
    output wire        quiet                   // nothing under way or to be told, and no pause runs
);
    wire [7:0] pause_data, gmii_data;
    wire       pause_last, pause_valid, pause_ready, gmii_enable, tick, paused, framer_quiet, pause_quiet;
    wire       looping, loop_tick, pins_tick;

    assign tick  = looping ? loop_tick : pins_tick;
    assign quiet = framer_quiet && pause_quiet && !paused;

    eth_pause_tx pause_frames (
        .clk(clk), .rst(rst), .tick(tick), .enable(enable), .wanted(stop_partner), .mac_address(mac_address),
        .out_data(pause_data), .out_last(pause_last), .out_valid(pause_valid), .out_ready(pause_ready),
        .quiet(pause_quiet)
    );
    eth_pause_timer pause_timer (
        .clk(clk), .rst(rst), .tick(tick), .load(pause_load), .quanta(pause_quanta), .paused(paused)
    );
    eth_framer framer (
        .clk(clk), .rst(rst), .tick(tick), .enable(enable), .paused(paused),
        .in_data(in_data), .in_last(in_last), .in_valid(in_valid), .in_ready(in_ready), .in_length(in_length),
        .pause_data(pause_data), .pause_last(pause_last), .pause_valid(pause_valid), .pause_ready(pause_ready),
        .gmii_data(gmii_data), .gmii_enable(gmii_enable),
        .done(done), .done_length(done_length), .done_pause(done_pause), .quiet(framer_quiet)
    );
    eth_loopback loop (
        .clk(clk), .rst(rst), .wanted(loopback), .quiet(framer_quiet), .gmii_data(gmii_data), .gmii_enable(gmii_enable),
        .looping(looping), .tick(loop_tick), .out_data(loop_data), .out_end(loop_end), .out_valid(loop_valid),
        .out_ready(loop_ready)
    );
    wire [7:0] pins_data   = looping ? 8'h00 : gmii_data;
    wire       pins_enable = gmii_enable && !looping;

    generate
        if (RMII != 0) begin : rmii
            wire unused_speed = speed[1];
            rmii_tx rmii_out (
                .clk(clk), .fast(speed[0]), .tick(pins_tick), .gmii_data(pins_data), .gmii_enable(pins_enable),
                .rmii_txd(phy_txd[1:0]), .rmii_tx_en(phy_tx_ctl)
            );
            assign {phy_txd[3:2], phy_tx_clk} = 3'd0;
        end else begin : rgmii
            rgmii_tx rgmii_out (
                .clk(clk), .speed(speed), .tick(pins_tick), .gmii_data(pins_data), .gmii_enable(pins_enable),
                .rgmii_txd(phy_txd), .rgmii_tx_ctl(phy_tx_ctl), .rgmii_tx_clk(phy_tx_clk)
            );
        end
    endgenerate
endmodule
`default_nettype wire
