// dma: turn the byte streams of USB transfers into Ethernet frames and back, as the driver's registers say.
// SPDX-License-Identifier: MIT
//
// Between usb_device and eth_mac, on the core clock alone. As a network adapter a transfer is a frame, without a record. A reset by the host (CONTROL.RESET, or a new
// configuration) lasts RESET_CLOCKS, in which the MAC empties its buffers and nothing passes here.
`default_nettype none
`include "registers.vh"

module dma #(
    parameter [255:0] BOARD       = "board",            // its name, 1 to 32 ASCII characters
    parameter         CLOCK_HZ    = 60000000,           // of clk, 1000000 to 255000000
    parameter         MAX_FRAME   = 1518,               // largest frame to send, without FCS, 64 to 65535
    parameter         OFFLOAD     = 0,                  // 1: checksums and segmentation
    parameter         VERIFY      = 1,                  // 0: the MAC does not verify received checksums
    parameter         ECM         = 1,                  // 1: can be a network adapter
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001    // until the driver sets another
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        configured,                      // low: the host has let go of us
    input  wire        network,                         // we are a network adapter; changes while configured is low
    input  wire [1:0]  filter,                          // of that: all multicast frames, all

    input  wire [7:0]  out_data,
    input  wire        out_end,
    input  wire        out_valid,
    output wire        out_ready,
    output wire [7:0]  in_data,
    output wire        in_last,
    output wire        in_valid,
    input  wire        in_ready,

    input  wire [15:0] reg_address,
    input  wire        reg_write,
    input  wire        reg_read,
    input  wire [31:0] reg_write_data,
    output wire [31:0] reg_read_data,                   // in the clock after reg_read
    output wire [31:0] status,

    output wire [7:0]  tx_data,
    output wire        tx_last,
    output wire        tx_drop,
    output wire        tx_patch,                        // beside tx_last: two bytes follow (rtl/offload)
    output wire [15:0] tx_patch_at,
    output wire [15:0] tx_patch_data,
    output wire        tx_valid,
    input  wire        tx_ready,
    input  wire [7:0]  rx_data,
    input  wire        rx_last,
    input  wire        rx_valid,
    output wire        rx_ready,
    input  wire [15:0] rx_length,
    input  wire        rx_verified,

    output reg         mac_rst,
    output wire        enable,
    output wire        loopback,
    output wire        promiscuous,
    output wire        all_multicast,
    output wire [63:0] multicast_hash,
    output wire [47:0] mac_address,
    input  wire        link,
    input  wire        full_duplex,
    input  wire [1:0]  speed,

    output wire        mdio_start,
    output wire        mdio_write,
    output wire [4:0]  mdio_phy,
    output wire [4:0]  mdio_register,
    output wire [15:0] mdio_write_data,
    input  wire        mdio_busy,
    input  wire [15:0] mdio_read_data,

    input  wire        rx_done,
    input  wire [15:0] rx_done_length,
    input  wire [9:0]  rx_done_flags,
    input  wire        tx_done,
    input  wire [15:0] tx_done_length,
    input  wire        tx_done_pause,

    output wire        idle
);
    localparam [4:0]  RESET_CLOCKS = 5'd31;
    localparam        SUPER_FRAME  = 65593;             // IPv6, 65,535 bytes behind its header, one VLAN tag
    localparam        LIMITS       = OFFLOAD != 0 ? SUPER_FRAME : MAX_FRAME;
    localparam [31:0] SEND_WORK    = `REG_FEATURES_CSUM_SEND | `REG_FEATURES_TSO4 | `REG_FEATURES_TSO6 | `REG_FEATURES_USO;
    localparam [31:0] FEATURES     = (OFFLOAD != 0 ? SEND_WORK : 32'd0) | (VERIFY != 0 ? `REG_FEATURES_CSUM_RECEIVE : 32'd0)
                                   | `REG_FEATURES_MULTICAST_HASH;

    wire        reset, bad_record, bad_frame, disabled, counter_read, receive_idle, counters_idle;
    wire [31:0] counter_value;
    wire [15:0] batch_us;
    wire [19:0] batch_bytes;

    reg [4:0] flush_left;                               // clocks in which nothing passes yet
    wire gone  = rst || !configured;
    wire flush = flush_left != 5'd0;

    assign idle = !out_valid && receive_idle && counters_idle && !flush && !mac_rst && !reg_read && !reg_write;

    always @(posedge clk)
        if (gone || reset) flush_left <= RESET_CLOCKS;
        else if (flush)    flush_left <= flush_left - 5'd1;

    // A register, so that the MAC may take it into other clocks.
    always @(posedge clk) mac_rst <= gone || flush;

    wire [7:0]  send_data, gso_type;
    wire        send_last, send_drop, send_valid, send_ready, send_refuse, swallow, needs_csum;
    wire [23:0] send_length;
    wire [15:0] gso_size, csum_start, csum_offset;
    wire        take_valid, take_ready;                 // of what leaves, or would if it were not swallowed

    // Both ways of a transfer: as records, or as a frame.
    wire [7:0]  record_tx_data, frame_tx_data, record_in_data;
    wire        record_tx_last, record_tx_drop, record_tx_valid, frame_tx_last, frame_tx_drop, frame_tx_valid;
    wire        record_in_last, record_in_valid, record_rx_ready, record_out_ready, frame_out_ready;
    wire        bare = ECM != 0 && network;
    wire        away = gone || bare, frames = bare && configured && !flush;

    assign out_ready                  = bare ? frames && frame_out_ready : record_out_ready;
    assign {tx_data, tx_last, tx_drop} = bare ? {frame_tx_data, frame_tx_last, frame_tx_drop}
                                                 : {record_tx_data, record_tx_last, record_tx_drop};
    assign tx_valid                   = bare ? frames && frame_tx_valid : record_tx_valid;
    assign {in_data, in_last}         = bare ? {rx_data, rx_last} : {record_in_data, record_in_last};
    assign in_valid                   = bare ? frames && rx_valid : record_in_valid;
    assign rx_ready                   = bare ? frames && in_ready : record_rx_ready;

    // Frames that pass here, for the counters. A super-frame's last segment leaves with the last byte that came.
    wire segment   = OFFLOAD != 0 && gso_type != 8'h00 && record_tx_valid && tx_ready && tx_last && !tx_drop;
    wire segmented = segment && send_valid && send_ready && send_last;
    wire verified  = rx_valid && rx_ready && rx_last && rx_verified && !bare;

    assign record_tx_valid = take_valid && !swallow;
    assign take_ready      = tx_ready || swallow;

    record_send #(.LIMITS(LIMITS), .OFFLOAD(OFFLOAD)) send (
        .clk(clk), .rst(away), .flush(flush), .enable(enable),
        .out_data(out_data), .out_end(out_end), .out_valid(out_valid), .out_ready(record_out_ready),
        .tx_data(send_data), .tx_last(send_last), .tx_drop(send_drop), .tx_valid(send_valid), .tx_ready(send_ready),
        .tx_refuse(send_refuse), .swallow(swallow), .length(send_length), .needs_csum(needs_csum), .gso_type(gso_type),
        .gso_size(gso_size), .csum_start(csum_start), .csum_offset(csum_offset),
        .bad_record(bad_record), .disabled(disabled)
    );

    generate
        if (OFFLOAD != 0) begin : offloading
            wire unused_length = ^send_length;          // LIMITS leaves 17 bits of it
            offload_send #(.MAX_FRAME(MAX_FRAME)) offload (
                .clk(clk), .rst(away || flush), .in_length(send_length[16:0]), .in_needs_csum(needs_csum),
                .in_gso_type(gso_type), .in_gso_size(gso_size), .in_csum_start(csum_start), .in_csum_offset(csum_offset),
                .in_data(send_data), .in_last(send_last), .in_drop(send_drop), .in_valid(send_valid),
                .in_ready(send_ready), .in_refuse(send_refuse),
                .out_data(record_tx_data), .out_last(record_tx_last), .out_drop(record_tx_drop), .out_valid(take_valid),
                .out_ready(take_ready),
                .out_patch(tx_patch), .out_patch_at(tx_patch_at), .out_patch_data(tx_patch_data)
            );
        end else begin : plain
            wire unused_request = ^{send_length, needs_csum, gso_type, gso_size, csum_start, csum_offset};
            assign {record_tx_data, record_tx_last, record_tx_drop, take_valid} = {send_data, send_last, send_drop, send_valid};
            assign {tx_patch, tx_patch_at, tx_patch_data}  = 33'd0;
            assign {send_ready, send_refuse}               = {take_ready, 1'b0};
        end
    endgenerate

    record_receive #(.CLOCK_HZ(CLOCK_HZ)) receive (
        .clk(clk), .rst(away), .flush(flush), .batch_us(batch_us), .batch_bytes(batch_bytes),
        .rx_data(rx_data), .rx_last(rx_last), .rx_valid(rx_valid), .rx_ready(record_rx_ready), .rx_length(rx_length),
        .rx_verified(rx_verified), .in_data(record_in_data), .in_last(record_in_last), .in_valid(record_in_valid),
        .in_ready(in_ready), .idle(receive_idle)
    );

    generate
        if (ECM != 0) begin : ecm
            frame_send #(.MAX_FRAME(MAX_FRAME)) send (
                .clk(clk), .rst(!frames), .out_data(out_data), .out_end(out_end), .out_valid(out_valid),
                .out_ready(frame_out_ready), .tx_data(frame_tx_data), .tx_last(frame_tx_last), .tx_drop(frame_tx_drop),
                .tx_valid(frame_tx_valid), .tx_ready(tx_ready), .bad_frame(bad_frame)
            );
        end else begin : records_only
            assign {frame_out_ready, frame_tx_data, frame_tx_last, frame_tx_drop, frame_tx_valid, bad_frame} = 13'd0;
        end
    endgenerate

    registers #(.BOARD(BOARD), .CLOCK_HZ(CLOCK_HZ), .FEATURES(FEATURES), .LIMITS(LIMITS), .MAC_ADDRESS(MAC_ADDRESS)) map (
        .clk(clk), .rst(rst), .configured(configured), .network(bare), .filter(filter),
        .reg_address(reg_address), .reg_write(reg_write), .reg_read(reg_read),
        .reg_write_data(reg_write_data), .reg_read_data(reg_read_data),
        .counter_read(counter_read), .counter_value(counter_value),
        .reset(reset), .enable(enable), .loopback(loopback), .promiscuous(promiscuous), .all_multicast(all_multicast),
        .multicast_hash(multicast_hash), .mac_address(mac_address), .batch_us(batch_us), .batch_bytes(batch_bytes),
        .link(link), .full_duplex(full_duplex), .speed(speed), .status(status),
        .mdio_start(mdio_start), .mdio_write(mdio_write), .mdio_phy(mdio_phy), .mdio_register(mdio_register),
        .mdio_write_data(mdio_write_data), .mdio_busy(mdio_busy), .mdio_read_data(mdio_read_data)
    );

    counters counters (
        .clk(clk), .rst(rst || reset),
        .rx_done(rx_done), .rx_done_length(rx_done_length), .rx_done_flags(rx_done_flags),
        .tx_done(tx_done), .tx_done_length(tx_done_length), .tx_done_pause(tx_done_pause),
        .bad_record(bad_record || bad_frame), .disabled(disabled),
        .segmented(segmented), .segment(segment), .verified(verified),
        .read(counter_read), .index(reg_address[6:2]), .value(counter_value),
        .idle(counters_idle)
    );
endmodule
`default_nettype wire
