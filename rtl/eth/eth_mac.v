// eth_mac: carry frames between the board's core and an Ethernet PHY with RGMII or RMII pins.
// SPDX-License-Identifier: MIT
//
// Three clocks meet here, and this module only joins: frames to send cross in a frame FIFO to eth_tx, received ones come
// from eth_rx through another; settings, reports and pauses cross beside them.
`default_nettype none
module eth_mac #(
    parameter TX_BYTES  = 4096,                // of the transmit buffer; a power of two, up to 65536
    parameter RX_BYTES  = 65536,               // of the receive buffer; the same
    parameter MAX_FRAME = 1518,                // bytes without FCS, a VLAN tag included
    parameter VERIFY    = 1,                   // check TCP and UDP checksums of received frames; 0 leaves that out
    parameter CLOCK_HZ  = 60000000,            // of clk, 10 to 150 MHz
    parameter RMII      = 0,                   // 1: the PHY has RMII pins, else RGMII
    parameter MDIO      = 1                    // 0: its registers are out of reach; RMII: 100 Mbit/s, full duplex then
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        tx_clk,                 // 125 MHz at every speed; RMII: 50
    input  wire        rx_clk,                 // from the PHY; RMII: the same 50 MHz

    input  wire [7:0]  tx_data,
    input  wire        tx_last,
    input  wire        tx_drop,
    input  wire        tx_patch,               // beside tx_last: two bytes of the frame follow (cross_frame_fifo)
    input  wire [15:0] tx_patch_at,
    input  wire [15:0] tx_patch_data,
    input  wire        tx_valid,
    output wire        tx_ready,
    output wire [7:0]  rx_data,
    output wire        rx_last,
    output wire        rx_valid,
    input  wire        rx_ready,
    output wire [15:0] rx_length,
    output wire        rx_verified,            // the TCP or UDP packet in it is intact; constant through the frame

    input  wire        enable,
    input  wire        loopback,               // frames come back before the pins; change it while enable is low
    input  wire        promiscuous,
    input  wire        all_multicast,
    input  wire [63:0] multicast_hash,         // of the other groups, those whose bucket is set (eth_hash): registers
    input  wire [47:0] mac_address,            // [47:40] is the first byte on the wire
    output wire        link,
    output wire        full_duplex,
    output wire [1:0]  speed,                  // 0: 10 Mbit/s, 1: 100, 2: 1000
    input  wire        mdio_start,
    input  wire        mdio_write,
    input  wire [4:0]  mdio_phy,
    input  wire [4:0]  mdio_register,
    input  wire [15:0] mdio_write_data,
    output wire        mdio_busy,
    output wire [15:0] mdio_read_data,
    output wire        rx_done,
    output wire [15:0] rx_done_length,         // without FCS
    output wire [9:0]  rx_done_flags,
    output wire        tx_done,
    output wire [15:0] tx_done_length,         // without padding and FCS
    output wire        tx_done_pause,

    input  wire [3:0]  phy_rxd,                // RMII: the low two
    input  wire        phy_rx_ctl,             // RMII: CRS_DV
    output wire [3:0]  phy_txd,                // RMII: the low two
    output wire        phy_tx_ctl,             // RMII: TX_EN
    output wire        phy_tx_clk,             // RGMII alone
    output wire        mdc,
    output wire        mdio_out,
    output wire        mdio_drive,
    input  wire        mdio_in,
    output wire        idle
);
    // A frame that finds no room in an empty buffer would wait for ever.
    generate
        if (TX_BYTES < MAX_FRAME + 10 || RX_BYTES < MAX_FRAME + 10) begin : illegal
            TX_BYTES_and_RX_BYTES_must_hold_a_frame_of_MAX_FRAME_and_10_bytes stop ();
        end
    endgenerate

    // ---- resets: this side stays in reset while one of the others does
    wire tx_rst, rx_rst, tx_resetting, rx_resetting;
    wire core_rst = rst || tx_resetting || rx_resetting;

    cross_reset reset_tx (.in_clk(clk), .in_rst(rst), .busy(tx_resetting), .out_clk(tx_clk), .out_rst(tx_rst));
    cross_reset reset_rx (.in_clk(clk), .in_rst(rst), .busy(rx_resetting), .out_clk(rx_clk), .out_rst(rx_rst));

    // ---- settings and the link's state: no reset touches these crossings, the values themselves rule
    wire [51:0] tx_settings;
    wire [50:0] rx_settings;
    wire [3:0]  rx_status;
    wire        tx_settings_settled, rx_settings_settled, status_settled, rmii_fast, rmii_full_duplex;

    cross_value #(.WIDTH(52)) settings_to_tx (
        .in_clk(clk), .in_rst(1'b0), .in({loopback, enable, speed, mac_address}), .in_settled(tx_settings_settled),
        .out_clk(tx_clk), .out_rst(1'b0), .out(tx_settings)
    );
    cross_value #(.WIDTH(51)) settings_to_rx (
        .in_clk(clk), .in_rst(1'b0), .in({enable && !loopback, promiscuous, all_multicast, mac_address}),
        .in_settled(rx_settings_settled), .out_clk(rx_clk), .out_rst(1'b0), .out(rx_settings)
    );

    // ---- transmit
    wire [7:0]  send_data;
    wire        send_last, send_valid, send_ready, sent, sent_pause, sent_ready, sender_quiet;
    wire [15:0] send_length, sent_length, pause_quanta;
    wire [7:0]  loop_data;
    wire        loop_end, loop_valid, loop_ready;
    wire        stop_partner, pause_load, tx_fifo_ready, tx_fifo_empty, unused_tx_room, unused_tx_flag;
    wire [$clog2(TX_BYTES)-1:0] unused_tx_fill;

    assign tx_ready = tx_fifo_ready && !core_rst;

    cross_frame_fifo #(.BYTES(TX_BYTES)) tx_fifo (
        .in_clk(clk), .in_rst(core_rst), .in_data(tx_data), .in_last(tx_last), .in_drop(tx_drop),
        .in_patch(tx_patch), .in_patch_at(tx_patch_at), .in_patch_data(tx_patch_data), .in_flag(1'b0),
        .in_valid(tx_valid && !core_rst), .in_ready(tx_fifo_ready), .in_room(unused_tx_room),
        .in_fill(unused_tx_fill), .in_empty(tx_fifo_empty),
        .out_clk(tx_clk), .out_rst(tx_rst), .out_data(send_data), .out_last(send_last), .out_valid(send_valid),
        .out_ready(send_ready), .out_length(send_length), .out_flag(unused_tx_flag)
    );
    eth_tx #(.RMII(RMII)) transmitter (
        .clk(tx_clk), .rst(tx_rst), .loopback(tx_settings[51]), .enable(tx_settings[50]), .speed(tx_settings[49:48]),
        .mac_address(tx_settings[47:0]), .stop_partner(stop_partner), .pause_load(pause_load),
        .pause_quanta(pause_quanta), .in_data(send_data), .in_last(send_last), .in_valid(send_valid),
        .in_ready(send_ready), .in_length(send_length), .done(sent), .done_length(sent_length),
        .done_pause(sent_pause), .loop_data(loop_data), .loop_end(loop_end), .loop_valid(loop_valid),
        .loop_ready(loop_ready), .phy_txd(phy_txd), .phy_tx_ctl(phy_tx_ctl), .phy_tx_clk(phy_tx_clk),
        .quiet(sender_quiet)
    );
    // A report crosses faster than the shortest frame with preamble and gap passes, so none finds the way taken.
    cross_bus #(.WIDTH(17)) report_sent (
        .in_clk(tx_clk), .in_rst(tx_rst), .in_data({sent_pause, sent_length}), .in_valid(sent), .in_ready(sent_ready),
        .out_clk(clk), .out_rst(core_rst), .out_data({tx_done_pause, tx_done_length}), .out_valid(tx_done)
    );

    // ---- receive
    wire [7:0]  kept_data;
    wire        kept_last, kept_drop, kept_verified, kept_valid, kept_room, received, received_ready, receiver_quiet;
    wire [7:0]  back_data;
    wire        back_end, back_valid;
    wire [15:0] received_length, asked_quanta;
    wire [9:0]  received_flags;
    wire        asked, asked_ready, backlog, rx_fifo_empty, unused_rx_ready;
    wire [$clog2(RX_BYTES)-1:0] rx_fill;

    eth_rx #(.RX_BYTES(RX_BYTES), .MAX_FRAME(MAX_FRAME), .VERIFY(VERIFY), .RMII(RMII)) receiver (
        .clk(rx_clk), .rst(rx_rst), .enable(rx_settings[50]), .promiscuous(rx_settings[49]),
        .all_multicast(rx_settings[48]), .multicast_hash(multicast_hash), .mac_address(rx_settings[47:0]),
        .phy_rxd(phy_rxd), .phy_rx_ctl(phy_rx_ctl), .rmii_fast(rmii_fast), .rmii_full_duplex(rmii_full_duplex),
        .loop_data(back_data), .loop_end(back_end), .loop_valid(back_valid),
        .link(rx_status[0]), .speed(rx_status[2:1]), .full_duplex(rx_status[3]),
        .out_data(kept_data), .out_last(kept_last), .out_drop(kept_drop), .out_verified(kept_verified),
        .out_valid(kept_valid), .out_room(kept_room), .out_fill(rx_fill), .done(received), .done_length(received_length),
        .done_flags(received_flags), .pause(asked), .pause_quanta(asked_quanta), .stop_partner(backlog),
        .quiet(receiver_quiet)
    );
    cross_frame_fifo #(.BYTES(RX_BYTES)) rx_fifo (
        .in_clk(rx_clk), .in_rst(rx_rst), .in_data(kept_data), .in_last(kept_last), .in_drop(kept_drop),
        .in_patch(1'b0), .in_patch_at(16'd0), .in_patch_data(16'd0), .in_flag(kept_verified),
        .in_valid(kept_valid), .in_ready(unused_rx_ready), .in_room(kept_room), .in_fill(rx_fill),
        .in_empty(rx_fifo_empty),
        .out_clk(clk), .out_rst(core_rst), .out_data(rx_data), .out_last(rx_last), .out_valid(rx_valid),
        .out_ready(rx_ready), .out_length(rx_length), .out_flag(rx_verified)
    );
    cross_bus #(.WIDTH(26)) report_received (
        .in_clk(rx_clk), .in_rst(rx_rst), .in_data({received_flags, received_length}), .in_valid(received),
        .in_ready(received_ready),
        .out_clk(clk), .out_rst(core_rst), .out_data({rx_done_flags, rx_done_length}), .out_valid(rx_done)
    );

    // ---- frames round the pins, and pauses both ways: the two resets need not overlap, so these crossings have none. A
    // byte that crosses while they come finds the receiver in reset, which lasts as long as the byte takes and longer.
    cross_bus #(.WIDTH(9)) loop_to_rx (
        .in_clk(tx_clk), .in_rst(1'b0), .in_data({loop_end, loop_data}), .in_valid(loop_valid), .in_ready(loop_ready),
        .out_clk(rx_clk), .out_rst(1'b0), .out_data({back_end, back_data}), .out_valid(back_valid)
    );
    cross_sync backlog_to_tx (.clk(tx_clk), .in(backlog), .out(stop_partner));
    cross_bus #(.WIDTH(16)) pause_to_tx (
        .in_clk(rx_clk), .in_rst(1'b0), .in_data(asked_quanta), .in_valid(asked), .in_ready(asked_ready),
        .out_clk(tx_clk), .out_rst(1'b0), .out_data(pause_quanta), .out_valid(pause_load)
    );

    // ---- the PHY's registers, and the link's state: RGMII tells it in-band, RMII does not
    localparam MDC_CLOCKS = 2 * ((CLOCK_HZ + 4999999) / 5000000);  // at most 2.5 MHz

    wire        port_start, port_write, port_busy;
    wire [4:0]  port_phy, port_register;
    wire [15:0] port_read_data;

    generate
        if (MDIO != 0) begin : registers
            mdio #(.CLOCKS(MDC_CLOCKS)) port (
                .clk(clk), .rst(rst && RMII == 0), .start(port_start), .write(port_write), .phy(port_phy),
                .phy_register(port_register), .write_data(mdio_write_data), .busy(port_busy), .read_data(port_read_data),
                .mdc(mdc), .mdio_out(mdio_out), .mdio_drive(mdio_drive), .mdio_in(mdio_in)
            );
        end else begin : out_of_reach
            wire unused_port = ^{port_start, port_write, port_phy, port_register, mdio_write_data, mdio_in};
            assign {port_busy, port_read_data}   = {1'b0, 16'hFFFF};
            assign {mdc, mdio_out, mdio_drive} = 3'b010;
        end
        if (RMII == 0) begin : in_band
            cross_value #(.WIDTH(4)) status_from_rx (
                .in_clk(rx_clk), .in_rst(1'b0), .in(rx_status), .in_settled(status_settled),
                .out_clk(clk), .out_rst(1'b0), .out({full_duplex, speed, link})
            );
        end else if (MDIO != 0) begin : by_mdio
            mdio_link asker (
                .clk(clk), .link(link), .fast(speed[0]), .full_duplex(full_duplex),
                .start(mdio_start), .write(mdio_write), .phy(mdio_phy), .phy_register(mdio_register),
                .busy(mdio_busy), .read_data(mdio_read_data),
                .port_start(port_start), .port_write(port_write), .port_phy(port_phy), .port_register(port_register),
                .port_busy(port_busy), .port_read_data(port_read_data)
            );
            assign speed[1] = 1'b0;
        end else begin : assumed
            assign {full_duplex, speed, link} = 4'b1011;
        end
        if (RMII == 0 || MDIO == 0) begin : direct
            assign {port_start, port_write, port_phy, port_register} = {mdio_start, mdio_write, mdio_phy, mdio_register};
            assign {mdio_busy, mdio_read_data} = {port_busy, port_read_data};
        end
        if (RMII != 0) begin : told
            wire unused_status = ^rx_status;
            assign status_settled = 1'b1;
            cross_sync #(.WIDTH(2)) link_to_rx (
                .clk(rx_clk), .in({speed[0], full_duplex}), .out({rmii_fast, rmii_full_duplex})
            );
        end else begin : heard
            assign {rmii_fast, rmii_full_duplex} = 2'b00;
        end
    endgenerate

    // ---- idle: everything has been calm for a while, longer than one side's news takes to the other
    localparam [2:0] CALM = 3'd7;

    reg       tx_calm, rx_calm;                // as their own clocks see it
    reg [2:0] calm_clocks;
    wire      tx_calm_here, rx_calm_here;
    wire      calm = tx_calm_here && rx_calm_here && tx_fifo_empty && !tx_valid && !rx_valid && !mdio_busy &&
                     !mdio_start && !core_rst && tx_settings_settled && rx_settings_settled;

    initial tx_calm     = 1'b0;
    initial rx_calm     = 1'b0;
    initial calm_clocks = 3'd0;

    assign idle = calm && calm_clocks == CALM;

    always @(posedge tx_clk) tx_calm <= sender_quiet && sent_ready && loop_ready;
    always @(posedge rx_clk) rx_calm <= receiver_quiet && rx_fifo_empty && received_ready && asked_ready && status_settled;

    cross_sync #(.WIDTH(2)) calm_to_core (.clk(clk), .in({tx_calm, rx_calm}), .out({tx_calm_here, rx_calm_here}));

    always @(posedge clk)
        if (!calm)                    calm_clocks <= 3'd0;
        else if (calm_clocks != CALM) calm_clocks <= calm_clocks + 3'd1;
endmodule
`default_nettype wire
