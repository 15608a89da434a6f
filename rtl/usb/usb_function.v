// usb_function: a USB 2.0 device behind a link to the line: bulk bytes, an interrupt word, registers; a network adapter.
// SPDX-License-Identifier: MIT
//
// From the link inwards: usb_packet_in and usb_packet_out, usb_transaction, the endpoints. usb_reset stands beside them
// and watches the line. The link is ulpi_link or full_speed_link. rtl/README.md states the ports.
`default_nettype none
module usb_function #(
    parameter [127:0] SERIAL     = "00000001", // 1 to 16 ASCII characters
    parameter [247:0] PRODUCT    = "Ferrite",  // 1 to 31 ASCII characters
    parameter         ECM        = 1,       // 1: with configuration 2, a network adapter of no driver's own (CDC ECM)
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001,   // of that, [47:40] is the first byte on the wire
    parameter         HIGH_SPEED = 1,       // 0: full speed alone, and nothing is kept for the other
    parameter         CLOCK_HZ   = 60000000 // of clk: 60 MHz at high speed, else 24 to 60
) (
    input  wire        clk, rst,
    output wire [1:0]  transceiver, mode,   // as ulpi_link has them
    output wire        terminate,
    input  wire [1:0]  line_state,
    input  wire        unplugged,
    input  wire        rx_active, rx_error, rx_valid,
    input  wire [7:0]  rx_data,
    output wire        link_tx_valid,
    output wire [7:0]  link_tx_data,
    input  wire        link_tx_ready, link_tx_busy, link_tx_lost, link_idle,
    output wire        configured, high_speed, suspended,   // configured: data may flow
    output wire        network,             // … a frame a transfer, without a record
    output wire [1:0]  filter,              // of its frames: all multicast ones, all
    output wire [7:0]  out_data,
    output wire        out_end, out_valid,
    input  wire        out_ready,
    input  wire [7:0]  in_data,
    input  wire        in_last, in_valid,
    output wire        in_ready,
    input  wire [31:0] status,
    output wire [15:0] reg_address,
    output wire        reg_write, reg_read,
    output wire [31:0] reg_write_data,
    input  wire [31:0] reg_read_data,
    output wire        idle
);
    // ---- the line ----
    wire [1:0] line_mode;
    wire       chirp, bus_reset, line_idle;
    wire       tx_valid, test_start, testing, test_raw, test_busy, test_tx_valid;
    wire [7:0] tx_data, test_tx_data;
    wire [2:0] test_selector;
    wire       reset = rst || bus_reset;

    assign mode          = test_raw ? 2'd2 : line_mode;
    assign link_tx_valid = chirp || tx_valid || test_tx_valid;
    assign link_tx_data  = chirp ? 8'h00 : testing ? test_tx_data : tx_data;

    usb_reset #(.HIGH_SPEED(HIGH_SPEED), .CLOCK_HZ(CLOCK_HZ)) line (
        .clk(clk), .rst(rst), .line_state(line_state), .rx_active(rx_active), .unplugged(unplugged),
        .testing(testing), .transceiver(transceiver), .terminate(terminate), .mode(line_mode), .chirp(chirp),
        .bus_reset(bus_reset), .high_speed(high_speed), .suspended(suspended), .idle(line_idle));

    // ---- packets ----
    wire       packet_end, token_good, data_good, ack_good, data_valid;
    wire [3:0] pid, token_endpoint;
    wire [7:0] data;
    wire [6:0] device_address;

    usb_packet_in packet_in (
        .clk(clk), .rst(reset), .rx_active(rx_active), .rx_error(rx_error), .rx_valid(rx_valid), .rx_data(rx_data),
        .address(device_address), .any_address(testing), .packet_end(packet_end), .token_good(token_good),
        .data_good(data_good), .ack_good(ack_good), .pid(pid), .endpoint(token_endpoint),
        .data_valid(data_valid), .data(data));

    wire       start, start_payload, payload_take, tx_busy;
    wire [3:0] start_pid;
    wire [1:0] endpoint;
    wire [7:0] control_data, bulk_data, interrupt_data, report_data, notice_data;
    wire       control_valid, bulk_valid, interrupt_valid, report_valid, notice_valid;

    usb_packet_out packet_out (
        .clk(clk), .rst(reset || testing), .start(start), .start_pid(start_pid), .start_payload(start_payload),
        .payload_data(endpoint[1] ? interrupt_data : endpoint[0] ? bulk_data : control_data),
        .payload_valid(endpoint[1] ? interrupt_valid : endpoint[0] ? bulk_valid : control_valid),
        .payload_take(payload_take), .busy(tx_busy), .tx_valid(tx_valid), .tx_data(tx_data), .tx_ready(link_tx_ready));

    // ---- transactions ----
    // Clocks before an answer at full speed, so that it begins 2 to 6.5 bit times behind the end of the packet before
    // (USB 2.0, 7.1.18); measured with full_speed_link: 3.6 to 4.4 at 24 MHz, 2.8 to 3.5 at 48.
    localparam FULL_GAP  = HIGH_SPEED != 0 ? 8 : 1 + (CLOCK_HZ - 24000000) / 6000000;
    localparam FULL_WAIT = HIGH_SPEED != 0 ? 250 : CLOCK_HZ / 240000;   // 50 bit times
    localparam LARGE     = HIGH_SPEED != 0 ? 512 : 64;       // bytes of the largest bulk packet

    wire       setup_start, setup, setup_commit, overlong, transaction_idle;
    wire [1:0] out_open, out_commit;
    wire [2:0] in_start, in_taken, halted, toggle_clear;
    wire       control_room, control_out_stall, control_ready, control_in_stall;
    wire       bulk_room, bulk_ready, interrupt_ready, interrupt_changed, chosen;
    wire       report_ready, report_changed, notice_ready, notice_changed;

    usb_transaction #(.FULL_GAP(FULL_GAP), .FULL_WAIT(FULL_WAIT)) transaction (
        .clk(clk), .rst(reset || testing), .high_speed(high_speed), .configured(chosen), .flowing(configured),
        .rx_active(rx_active), .packet_end(packet_end), .token_good(token_good), .data_good(data_good),
        .ack_good(ack_good), .pid(pid),
        .token_endpoint(token_endpoint), .start(start), .start_pid(start_pid), .start_payload(start_payload),
        .tx_busy(tx_busy || link_tx_busy), .endpoint(endpoint), .setup_start(setup_start), .setup(setup),
        .setup_commit(setup_commit), .out_open(out_open), .out_commit(out_commit), .out_room({bulk_room, control_room}),
        .out_stall({halted[0], control_out_stall}), .out_overlong(overlong), .in_start(in_start), .in_taken(in_taken),
        .in_ready({interrupt_ready, bulk_ready, control_ready}), .in_stall({halted[2:1], control_in_stall}),
        .toggle_clear(toggle_clear), .idle(transaction_idle));

    // ---- endpoints ----
    wire control_idle, bulk_out_idle, bulk_in_idle;

    usb_control #(
        .SERIAL(SERIAL), .PRODUCT(PRODUCT), .ECM(ECM), .MAC_ADDRESS(MAC_ADDRESS), .HIGH_SPEED(HIGH_SPEED)
    ) control (
        .clk(clk), .rst(reset), .high_speed(high_speed), .setup_start(setup_start), .setup(setup),
        .setup_commit(setup_commit), .out_open(out_open[0]), .out_commit(out_commit[0]), .out_room(control_room),
        .out_stall(control_out_stall), .data_valid(data_valid), .data(data), .in_start(in_start[0]),
        .in_taken(in_taken[0]), .in_ready(control_ready), .in_stall(control_in_stall), .payload_data(control_data),
        .payload_valid(control_valid), .payload_take(payload_take && endpoint == 2'd0),
        .device_address(device_address), .configured(chosen), .network(network), .flowing(configured), .filter(filter),
        .halted(halted), .toggle_clear(toggle_clear),
        .test_start(test_start), .test_selector(test_selector), .reg_address(reg_address), .reg_write(reg_write),
        .reg_read(reg_read), .reg_write_data(reg_write_data), .reg_read_data(reg_read_data), .idle(control_idle));

    usb_bulk_out #(.LARGE(LARGE)) bulk_out (
        .clk(clk), .rst(!configured), .high_speed(high_speed), .open(out_open[1]), .data_valid(data_valid), .data(data),
        .commit(out_commit[1]), .room(bulk_room), .overlong(overlong), .out_data(out_data), .out_end(out_end),
        .out_valid(out_valid), .out_ready(out_ready), .idle(bulk_out_idle));

    usb_bulk_in #(.BYTES(2 * LARGE)) bulk_in (
        .clk(clk), .rst(!configured), .high_speed(high_speed), .in_data(in_data), .in_last(in_last),
        .in_valid(in_valid), .in_ready(in_ready), .packet_ready(bulk_ready), .start(in_start[1]), .taken(in_taken[1]),
        .payload_data(bulk_data), .payload_valid(bulk_valid), .payload_take(payload_take && endpoint[0]),
        .idle(bulk_in_idle));

    usb_interrupt interrupt (
        .clk(clk), .rst(!chosen || network), .status(status), .packet_ready(report_ready),
        .changed(report_changed), .start(in_start[2]), .taken(in_taken[2]), .payload_data(report_data),
        .payload_valid(report_valid), .payload_take(payload_take && endpoint[1]));

    generate
        if (ECM != 0) begin : notices
            usb_notify notify (
                .clk(clk), .rst(!network), .silent(!configured), .link(status[0]), .speed(status[2:1]),
                .packet_ready(notice_ready), .changed(notice_changed), .start(in_start[2]), .taken(in_taken[2]),
                .payload_data(notice_data), .payload_valid(notice_valid), .payload_take(payload_take && endpoint[1]));
        end else begin : none
            assign {notice_ready, notice_changed, notice_data, notice_valid} = 11'd0;
        end
    endgenerate

    assign interrupt_ready   = network ? notice_ready : report_ready;
    assign interrupt_changed = network ? notice_changed : report_changed;
    assign interrupt_data    = network ? notice_data : report_data;
    assign interrupt_valid   = network ? notice_valid : report_valid;

    // ---- test modes, which silence all that is above but the pins and packet_in ----
    generate
        if (HIGH_SPEED != 0) begin : test_modes
            localparam [3:0] PID_IN = 4'h9;
            usb_test_mode test_mode (
                .clk(clk), .rst(rst), .start(test_start), .selector(test_selector), .testing(testing), .raw(test_raw),
                .busy(test_busy), .in_token(token_good && pid == PID_IN), .tx_valid(test_tx_valid),
                .tx_data(test_tx_data), .tx_ready(link_tx_ready), .tx_lost(link_tx_lost));
        end else begin : no_test_modes
            wire unused_test = ^{test_start, test_selector, link_tx_lost};
            assign {testing, test_raw, test_busy, test_tx_valid, test_tx_data} = 12'd0;
        end
        if (HIGH_SPEED != 0 ? CLOCK_HZ != 60000000 : CLOCK_HZ < 24000000 || CLOCK_HZ > 60000000) begin : illegal
            CLOCK_HZ_must_be_60_MHz_at_high_speed_and_24_to_60_at_full_speed stop ();
        end
    endgenerate

    // ---- idle: nothing has been under way for eight clocks. A first report waits for whoever asks. ----
    reg [3:0] quiet;
    wire      still = link_idle && line_idle && transaction_idle && control_idle && bulk_out_idle && bulk_in_idle
                      && !tx_busy && !interrupt_changed && !test_busy;

    always @(posedge clk)
        if (rst || !still)  quiet <= 4'd0;
        else if (!quiet[3]) quiet <= quiet + 4'd1;

    assign idle = quiet[3] && still;
endmodule
`default_nettype wire
