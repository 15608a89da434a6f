// eth_rx: everything that runs on the receive clock, from the PHY's pins to judged frames.
// SPDX-License-Identifier: MIT
//
// Joins the pins or the way round them, the deframer, the check of checksums and the watch over the buffer behind.
`default_nettype none
module eth_rx #(
    parameter RX_BYTES  = 65536,               // of the frame FIFO behind; a power of two
    parameter MAX_FRAME = 1518,                // bytes without FCS
    parameter VERIFY    = 1,                   // check TCP and UDP checksums; 0 leaves that out
    parameter RMII      = 0                    // 1: the PHY has RMII pins, else RGMII
) (
    input  wire        clk,                    // 125, 25 or 2.5 MHz; RMII: 50
    input  wire        rst,
    input  wire        enable,
    input  wire        promiscuous,
    input  wire        all_multicast,
    input  wire [63:0] multicast_hash,         // registers of another clock (eth_hash)
    input  wire [47:0] mac_address,
    input  wire [3:0]  phy_rxd,                // RMII: the low two
    input  wire        phy_rx_ctl,             // RMII: CRS_DV
    input  wire        rmii_fast,              // what RMII does not tell in-band: 100 Mbit/s, else 10
    input  wire        rmii_full_duplex,
    input  wire [7:0]  loop_data,              // our own frames, as eth_loopback gives them; none come from the pins then
    input  wire        loop_end,
    input  wire        loop_valid,
    output wire        link,                   // RGMII alone
    output wire [1:0]  speed,                  // 0: 10 Mbit/s, 1: 100, 2: 1000
    output wire        full_duplex,
    output wire [7:0]  out_data,               // into the frame FIFO; taken at once or lost
    output wire        out_last,
    output wire        out_drop,
    output wire        out_verified,           // beside out_last: every checksum of the packet in it is right
    output wire        out_valid,
    input  wire        out_room,               // a byte that is to stay will be taken
    input  wire [$clog2(RX_BYTES)-1:0] out_fill, // bytes in the frame FIFO
    output wire        done,                   // one clock: a frame is over
    output wire [15:0] done_length,            // without FCS
    output wire [9:0]  done_flags,             // eth_deframer lists them
    output wire        pause,                  // one clock: the partner asks us to pause
    output wire [15:0] pause_quanta,
    output reg         stop_partner,           // the frame FIFO is nearly full
    output wire        quiet                   // no frame comes in, and the link's state has settled
);
    wire [7:0] pins_data;
    wire       pins_valid, pins_ended, pins_error, pins_quiet, deframer_quiet, backlog;

    reg  [7:0] byte_data;                      // a clock on the way, since what looks at them is deep
    reg        byte_valid, ended, error;

    initial stop_partner = 1'b0;

    assign quiet = pins_quiet && deframer_quiet && !byte_valid && !ended;

    always @(posedge clk) byte_data <= loop_valid ? loop_data : pins_data;

    always @(posedge clk)
        if (rst) {byte_valid, ended} <= 2'b00;
        else     {byte_valid, ended} <= loop_valid ? {!loop_end, loop_end} : {pins_valid, pins_ended};

    always @(posedge clk) error <= pins_error && !loop_valid;

    generate
        if (RMII != 0) begin : rmii
            wire unused_pins = ^phy_rxd[3:2];
            rmii_rx rmii_in (
                .clk(clk), .rst(rst), .enable(enable), .fast(rmii_fast), .rmii_rxd(phy_rxd[1:0]), .rmii_crs_dv(phy_rx_ctl),
                .byte_data(pins_data), .byte_valid(pins_valid), .ended(pins_ended), .quiet(pins_quiet)
            );
            assign {pins_error, link, speed, full_duplex} = {1'b0, 1'b0, 1'b0, rmii_fast, rmii_full_duplex};
        end else begin : rgmii
            wire unused_settings = rmii_fast ^ rmii_full_duplex;
            rgmii_rx rgmii_in (
                .clk(clk), .rst(rst), .enable(enable), .rgmii_rxd(phy_rxd), .rgmii_rx_ctl(phy_rx_ctl),
                .byte_data(pins_data), .byte_valid(pins_valid), .ended(pins_ended), .error(pins_error),
                .link(link), .speed(speed), .full_duplex(full_duplex), .quiet(pins_quiet)
            );
        end
    endgenerate
    eth_deframer #(.MAX_FRAME(MAX_FRAME)) deframer (
        .clk(clk), .rst(rst), .promiscuous(promiscuous), .all_multicast(all_multicast), .multicast_hash(multicast_hash),
        .mac_address(mac_address),
        .full_duplex(full_duplex), .byte_data(byte_data), .byte_valid(byte_valid), .ended(ended), .error(error),
        .out_data(out_data), .out_last(out_last), .out_drop(out_drop), .out_valid(out_valid), .out_room(out_room),
        .done(done), .done_length(done_length), .done_flags(done_flags),
        .pause(pause), .pause_quanta(pause_quanta), .quiet(deframer_quiet)
    );
    generate
        if (VERIFY != 0) begin : offload
            offload_verify verify (
                .clk(clk), .rst(rst), .byte_data(byte_data), .byte_valid(byte_valid), .ended(ended),
                .verified(out_verified)
            );
        end else begin : plain
            assign out_verified = 1'b0;
        end
    endgenerate
    eth_backlog #(.BYTES(RX_BYTES)) backlog_watch (.clk(clk), .rst(rst), .fill(out_fill), .wanted(backlog));

    always @(posedge clk) stop_partner <= backlog && full_duplex; // half duplex knows no pause
endmodule
`default_nettype wire
