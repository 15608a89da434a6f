// usb_transaction: answers tokens: what is due after each packet, data toggles and time-outs (USB 2.0, 8.5).
// SPDX-License-Identifier: MIT
//
// An endpoint is a bit of the vectors: 0 control, 1 bulk, 2 interrupt. An OUT endpoint writes the data bytes that pass
// while its out_open is high, and keeps them if out_commit comes before its fall. An IN endpoint gives
// the same packet from its first byte at each in_start until in_taken.
`default_nettype none
module usb_transaction #(
    parameter FULL_GAP  = 8,                // 1 or more: clocks before an answer at full speed, besides those of the way
    parameter FULL_WAIT = 250               // 1 to 254: clocks for which data or an ACK are awaited at full speed
) (
    input  wire       clk, rst,             // a bus reset included
    input  wire       high_speed,
    input  wire       configured, flowing,  // the interrupt endpoint exists; the bulk ones do

    input  wire       rx_active,
    input  wire       packet_end, token_good, data_good, ack_good,
    input  wire [3:0] pid,
    input  wire [3:0] token_endpoint,

    output wire       start,                // to usb_packet_out
    output reg  [3:0] start_pid,
    output wire       start_payload,
    input  wire       tx_busy,              // a packet is on its way out, link included

    output reg  [1:0] endpoint,             // of the transaction
    output wire       setup_start,          // a SETUP token came,
    output reg        setup,                // and its data is due or came
    output wire       setup_commit,
    output wire [1:0] out_open,
    output wire [1:0] out_commit,
    input  wire [1:0] out_room, out_stall,  // room: for a packet behind the bytes written
    input  wire       out_overlong,         // the packet that ends was longer than allowed: no answer
    output wire [2:0] in_start,
    output wire [2:0] in_taken,
    input  wire [2:0] in_ready, in_stall,
    input  wire [2:0] toggle_clear,         // bulk OUT, bulk IN, interrupt IN
    output wire       idle
);
    localparam [3:0] PID_OUT = 4'h1, PID_IN = 4'h9, PID_SETUP = 4'hd, PID_PING = 4'h4,
                     PID_DATA0 = 4'h3, PID_DATA1 = 4'hb,
                     PID_ACK = 4'h2, PID_NAK = 4'ha, PID_STALL = 4'he, PID_NYET = 4'h6;

    localparam [2:0] IDLE   = 3'd0,
                     DATA   = 3'd1,         // OUT or SETUP came, its data is due
                     GAP    = 3'd2,         // the gap before our answer
                     ANSWER = 3'd3,         // our answer is going out
                     ACK    = 3'd4;         // we sent data, the host's ACK is due
    reg [2:0] state;

    // ---- tokens ----
    wire listening = state == IDLE || state == DATA || state == ACK;
    wire to_setup  = pid == PID_SETUP && token_endpoint == 4'd0;
    wire to_out    = pid == PID_OUT && token_endpoint[3:1] == 3'd0;
    wire to_ping   = pid == PID_PING && token_endpoint[3:1] == 3'd0 && high_speed;
    wire to_in     = pid == PID_IN && token_endpoint < 4'd3;
    wire here      = token_endpoint == 4'd0 || (token_endpoint[0] ? flowing : configured);

    wire token     = token_good && listening && here;
    wire open      = token && (to_setup || to_out);
    wire ask_out   = token && to_ping;
    wire ask_in    = token && to_in;

    reg room;                               // for the packet that is due

    always @(posedge clk)
        if (token) endpoint <= token_endpoint[1:0];

    always @(posedge clk)
        if (open) {setup, room} <= {to_setup, out_room[token_endpoint[0]]};

    assign setup_start = open && to_setup;
    assign out_open    = {2{state == DATA && (room || setup)}} & {endpoint[0], !endpoint[0]};

    // ---- data toggles ----
    reg [1:0] out_toggle;
    reg [2:0] in_toggle;

    wire expected = pid == (out_toggle[endpoint[0]] ? PID_DATA1 : PID_DATA0);
    wire arrived  = state == DATA && data_good && !out_overlong;
    wire stalled  = out_stall[endpoint[0]];
    wire commit   = arrived && !setup && expected && !stalled && room;
    wire taken    = state == ACK && ack_good;

    assign setup_commit = arrived && setup && pid == PID_DATA0;
    assign out_commit   = {2{commit}} & {endpoint[0], !endpoint[0]};
    assign in_taken     = {3{taken}} & {endpoint[1], endpoint[0], endpoint == 2'd0};

    always @(posedge clk)
        if (rst) {out_toggle, in_toggle} <= 5'b00000;
        else begin
            out_toggle <= (out_toggle ^ out_commit | {1'b0, setup_commit}) & {!toggle_clear[0], 1'b1};
            in_toggle  <= (in_toggle ^ in_taken | {2'b00, setup_commit}) & {!toggle_clear[2], !toggle_clear[1], 1'b1};
        end

    // ---- the answer ----
    wire in_go    = ask_in && in_ready[token_endpoint[1:0]] && !in_stall[token_endpoint[1:0]];
    wire due      = ask_in || ask_out || (arrived && (!setup || setup_commit));
    wire nyet     = high_speed && endpoint[0] && !out_room[1];
    wire halted   = endpoint[0] && stalled; // a halt comes before the toggle (8.4.6.3), endpoint 0 refuses behind it

    always @(posedge clk)
        if (ask_in)
            start_pid <= in_stall[token_endpoint[1:0]] ? PID_STALL : !in_ready[token_endpoint[1:0]] ? PID_NAK
                         : in_toggle[token_endpoint[1:0]] ? PID_DATA1 : PID_DATA0;
        else if (ask_out)
            start_pid <= out_stall[token_endpoint[0]] ? PID_STALL : out_room[token_endpoint[0]] ? PID_ACK : PID_NAK;
        else if (arrived)
            start_pid <= halted ? PID_STALL : setup || !expected ? PID_ACK : stalled ? PID_STALL : !room ? PID_NAK
                         : nyet ? PID_NYET : PID_ACK;

    assign in_start      = {3{in_go}} & {token_endpoint[1], token_endpoint[0], token_endpoint[1:0] == 2'd0};
    assign start_payload = start_pid[1:0] == 2'b11;

    // ---- time, in clocks: ULPI 1.1, table 8; counted from the end of the packet before ----
    // At full speed the PHY has up to two bytes and the end of the packet still to send when it has taken all from us.
    // Where data and the next token are lost, that token's data must not be taken for those awaited: they come 98
    // bit times behind the first token, or later, at high speed 1,000. An ACK may be awaited for longer.
    reg  [7:0] clocks;
    wire [7:0] gap_clocks   = high_speed ? 8'd0 : FULL_GAP[7:0];  // ULPI: 1 to 14; 7 to 18
    wire [7:0] reply_clocks = high_speed ? 8'd96 : FULL_WAIT[7:0];   // ULPI: 92 to 102; 80 to 90 behind what the PHY holds
    wire       gap_end      = clocks >= gap_clocks;
    wire       too_late     = clocks == reply_clocks;
    wire       begun_answer = state == ANSWER && clocks != 8'd0;
    wire       answered     = begun_answer && !tx_busy;

    always @(posedge clk)
        if (due || open || start || rx_active || answered) clocks <= 8'd0;
        else if (clocks != 8'hff)                          clocks <= clocks + 8'd1;

    assign start = state == GAP && gap_end;

    always @(posedge clk)
        if (rst)           state <= IDLE;
        else if (open)     state <= DATA;
        else if (due)      state <= GAP;
        else case (state)
            DATA, ACK:     if (packet_end || too_late) state <= IDLE;
            GAP:           if (gap_end) state <= ANSWER;
            ANSWER:        if (answered) state <= start_payload ? ACK : IDLE;
            default:       state <= IDLE;
        endcase

    assign idle = state == IDLE;

`ifdef FORMAL
    reg begun, was_rst, was_high, was_busy, was_start, was_rx;
    initial begun = 1'b0;
    always @(posedge clk) {begun, was_rst, was_high, was_busy, was_start, was_rx} <= {1'b1, rst, high_speed, tx_busy, start, rx_active};

    // As usb_packet_in and usb_packet_out have it: one verdict at most, with a packet's end; busy begins behind a start.
    always @* begin
        if (!begun) assume (rst);
        if (begun && !was_rst) assume (high_speed == was_high);
        assume (packet_end ? {2'd0, token_good} + {2'd0, data_good} + {2'd0, ack_good} <= 3'd1
                           : !token_good && !data_good && !ack_good);
        if (data_good) assume (pid == PID_DATA0 || pid == PID_DATA1);
        if (begun && !rst && !was_rst) assume (was_start ? tx_busy : was_busy || !tx_busy);
    end

    // What the host has asked, by the packets alone: it waits for an answer; data of its own are due; our data have gone.
    reg        owed, speaking, expecting, sent;
    reg        to_setup_0, had_room;           // of the data that are due
    reg  [1:0] place;                          // the endpoint's number
    reg  [1:0] host_out;                       // the toggles of both ends
    reg  [2:0] host_in;
    wire       heard = packet_end && !owed && !speaking;
    wire       asks  = heard && token_good && (token_endpoint == 4'd0 || token_endpoint == 4'd1 && flowing
                                               || token_endpoint == 4'd2 && configured);
    wire       gives_setup = asks && pid == PID_SETUP && token_endpoint == 4'd0;
    wire       gives = gives_setup || asks && pid == PID_OUT && !token_endpoint[1];
    wire       takes = asks && pid == PID_IN;
    wire       pings = asks && pid == PID_PING && !token_endpoint[1] && high_speed;
    wire       whole = heard && data_good && expecting && !out_overlong;
    wire       right = pid == (host_out[place[0]] ? PID_DATA1 : PID_DATA0);
    wire [2:0] there = {place[1], place[0], place == 2'd0};
    wire       silent = !was_start && !tx_busy && !was_rx;     // our packet is over, and none comes in

    always @(posedge clk)
        if (rst) {owed, speaking, expecting, sent} <= 4'd0;
        else begin
            owed      <= !start && (owed || takes || pings || whole && (!to_setup_0 || setup_commit));
            speaking  <= start || speaking && !silent;
            expecting <= gives || expecting && !heard && !too_late;
            sent      <= speaking && silent && start_payload || sent && !heard && !too_late;
        end
    always @(posedge clk) begin
        if (asks)  place <= token_endpoint[1:0];
        if (gives) {to_setup_0, had_room} <= {gives_setup, out_room[token_endpoint[0]]};
    end
    always @(posedge clk)
        if (rst) {host_out, host_in} <= 5'd0;
        else begin
            host_out <= (host_out ^ out_commit | {1'b0, setup_commit}) & ~{toggle_clear[0], 1'b0};
            host_in  <= (host_in ^ in_taken | {2'd0, setup_commit}) & ~{toggle_clear[2:1], 1'b0};
        end

    // USB 2.0, 8.5 and 8.6: it speaks when it was asked, once; data count once, by their toggle; nothing else does.
    always @*
        if (begun && !rst) begin
            if (start)        assert (owed && !tx_busy | was_busy);
            if (setup_start)  assert (gives_setup);
            if (setup_commit) assert (whole && to_setup_0 && pid == PID_DATA0 && out_open[0]);
            if (out_commit != 2'd0) assert (whole && !to_setup_0 && had_room && right && !out_stall[place[0]]
                                            && out_commit == (2'd1 << place[0]) && out_open == out_commit);
            if (in_start != 3'd0)   assert (takes && in_start == (3'd1 << token_endpoint[1:0])
                                            && |(in_start & in_ready & ~in_stall));
            if (in_taken != 3'd0)   assert (heard && sent && ack_good && in_taken == there);
        end

    // The answers, a clock behind what asks for them.
    reg        behind_in, behind_ping, behind_out;
    reg  [3:0] in_due, out_due;
    always @(posedge clk) {behind_in, behind_ping, behind_out} <= {takes, pings, whole && (!to_setup_0 || setup_commit)} & {3{!rst}};
    always @(posedge clk) begin
        in_due  <= in_stall[token_endpoint[1:0]] ? PID_STALL : !in_ready[token_endpoint[1:0]] ? PID_NAK
                   : host_in[token_endpoint[1:0]] ? PID_DATA1 : PID_DATA0;
        out_due <= to_setup_0 ? PID_ACK : place[0] && out_stall[1] ? PID_STALL : !right ? PID_ACK : out_stall[place[0]] ? PID_STALL
                   : !had_room ? PID_NAK : PID_ACK;
    end
    always @*
        if (begun && !rst) begin
            if (behind_in)   assert (start_pid == in_due);
            if (behind_ping) assert (start_pid == PID_ACK || start_pid == PID_NAK || start_pid == PID_STALL);
            if (behind_out)  assert (start_pid == out_due || out_due == PID_ACK && start_pid == PID_NYET && high_speed && place[0]);
        end

    // What the endpoints count on.
    reg  [1:0] was_open, was_room, was_commit;
    reg        was_in_start;
    always @(posedge clk) {was_open, was_room, was_commit, was_in_start} <= {out_open, out_room, out_commit, |in_start};
    always @*
        if (begun && !rst && !was_rst) begin
            assert (out_open != 2'd3);
            if (setup_start || out_open != 2'd0) assert (in_taken == 3'd0);
            if (setup_start || |out_commit)      assert (in_start == 3'd0);
            if (was_in_start)                    assert (out_open == 2'd0);
            if (setup_start)                     assert (out_open == 2'd0 || packet_end);
            if (out_open[1] && !was_open[1])     assert (was_room[1]);
            if (out_open[0] && !was_open[0])     assert (was_room[0] || setup);
            assert ((out_open & was_commit) == 2'd0);
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire given = begun && !rst && in_taken[1] && host_in[1];
`endif
endmodule
`default_nettype wire
