// ulpi_link: speaks ULPI 1.1 to a USB PHY and shows it to the packet layer as a plain byte interface.
// SPDX-License-Identifier: MIT
//
// rx: rx_active spans a packet, rx_valid marks its bytes, PID first. tx: tx_valid spans a packet, PID first, and
// a byte moves when tx_ready is high; at high speed tx_valid must not pause, its fall ends the packet.
// The PHY's Function Control register follows transceiver, terminate and mode; that write goes before any packet.
// SuspendM stays 1: the board's clock is the PHY's, and nothing here could wake it.
`default_nettype none
module ulpi_link (
    input  wire       clk, rst,
    input  wire [7:0] ulpi_data_in,
    output reg  [7:0] ulpi_data_out,
    output wire       ulpi_data_drive,
    input  wire       ulpi_dir, ulpi_nxt,
    output reg        ulpi_stp,

    input  wire [1:0] transceiver,          // XcvrSelect: 0 high speed, 1 full speed
    input  wire       terminate,            // TermSelect: 1 full-speed pull-up, 0 high-speed termination
    input  wire [1:0] mode,                 // OpMode: 0 normal, 1 not driving, 2 no bit stuffing, no NRZI
    output reg  [1:0] line_state,           // D-, D+
    output wire       unplugged,            // VBUS was there and is gone

    output reg        rx_active, rx_error, rx_valid,
    output reg  [7:0] rx_data,
    input  wire       tx_valid,
    input  wire [7:0] tx_data,
    output wire       tx_ready,
    output wire       tx_busy,              // until the PHY has the packet's last byte
    output wire       tx_lost,              // the PHY took the bus: what is left of the packet is swallowed
    output wire       idle
);
    localparam [5:0] FUNCTION_CONTROL = 6'h04, OTG_CONTROL = 6'h0a;

    localparam [2:0] IDLE    = 3'd0,        // nothing to say (NOOP)
                     ADDRESS = 3'd1,        // register write command on the bus
                     VALUE   = 3'd2,        // the register's new value on the bus
                     SEND    = 3'd3,        // a packet's command or data on the bus
                     STOP    = 3'd4,        // stp on the bus
                     CONFIRM = 3'd5,        // stp on the bus, which ends a register write
                     ABANDON = 3'd6;        // the PHY took the bus: swallow the rest of the packet
    reg [2:0] state;

    // ---- whose bus it is, and what the PHY said one clock ago ----
    reg       dir_was, dir_before, nxt_was;
    reg [7:0] data_was;

    always @(posedge clk) begin
        dir_was    <= ulpi_dir;
        dir_before <= dir_was;
        nxt_was    <= ulpi_nxt;
        data_was   <= ulpi_data_in;
    end

    wire ours   = !ulpi_dir && !dir_was;    // neither the PHY's nor in turnaround
    wire accept = ours && ulpi_nxt;

    assign ulpi_data_drive = ours;

    // ---- registers: reset the PHY, drop its host pull-downs, then follow the wishes ----
    reg  [1:0] step;                        // 0 reset, 1 pull-downs, 2 the first wish, which the reset undid, 3 follow
    reg  [4:0] written;                     // what Function Control holds
    wire [4:0] wanted       = {mode, terminate, transceiver};
    reg        certain;                     // the last write was not disturbed
    wire       write_due    = !certain || step != 2'd3 || written != wanted;
    wire [5:0] write_to     = step == 2'd1 ? OTG_CONTROL : FUNCTION_CONTROL;
    wire [7:0] write_value  = step == 2'd1 ? 8'h00 : {1'b0, 1'b1, step == 2'd0, wanted};
    wire       write_accept = state == VALUE && accept;
    wire       write_end    = state == CONFIRM && !ulpi_dir;

    always @(posedge clk)
        if (rst)                            step <= 2'd0;
        else if (write_end && step != 2'd3) step <= step + 2'd1;

    always @(posedge clk)
        if (rst || write_accept) certain <= 1'b0;
        else if (write_end)      certain <= 1'b1;

    // The value on the bus, since the wish may have changed meanwhile.
    always @(posedge clk)
        if (write_accept && step[1]) written <= ulpi_data_out[4:0];

    // ---- commands and data to the PHY ----
    reg  begun;                             // the PHY has accepted the packet's command
    wire write_start = state == IDLE && write_due && ours;
    wire send_start  = state == IDLE && !write_due && tx_valid;
    wire send_end    = state == SEND && accept && !tx_valid;
    wire send_lost   = state == SEND && ulpi_dir && (begun || rx_active);

    assign tx_ready = send_start || (state == SEND && accept) || state == ABANDON;
    assign tx_lost  = state == ABANDON;
    assign tx_busy  = state == SEND || state == STOP || state == ABANDON;

    always @(posedge clk)
        if (rst) state <= IDLE;
        else case (state)
            IDLE:    state <= write_start ? ADDRESS : send_start ? SEND : IDLE;
            ADDRESS: if (ulpi_dir) state <= IDLE; else if (accept) state <= VALUE;
            VALUE:   if (ulpi_dir) state <= IDLE; else if (accept) state <= CONFIRM;
            SEND:    if (send_lost) state <= ABANDON; else if (send_end) state <= STOP;
            STOP:    state <= IDLE;
            CONFIRM: state <= IDLE;
            default: if (!tx_valid) state <= IDLE;
        endcase

    always @(posedge clk)
        if (state == IDLE) begun <= 1'b0;
        else if (accept)   begun <= 1'b1;

    always @(posedge clk)
        if (rst) ulpi_data_out <= 8'h00;
        else case (state)
            IDLE:    ulpi_data_out <= write_start ? {2'b10, write_to} : send_start ? {4'b0100, tx_data[3:0]} : 8'h00;
            ADDRESS: if (ulpi_dir) ulpi_data_out <= 8'h00; else if (accept) ulpi_data_out <= write_value;
            VALUE:   if (ulpi_dir || accept) ulpi_data_out <= 8'h00;
            SEND:    if (send_lost || send_end) ulpi_data_out <= 8'h00; else if (accept) ulpi_data_out <= tx_data;
            default: ulpi_data_out <= 8'h00;
        endcase

    // High in reset too, which keeps a PHY that starts up off the bus.
    always @(posedge clk)
        ulpi_stp <= rst || write_accept || send_end;

    // ---- what the PHY sends: RX CMDs, and bytes where nxt is high ----
    wire heard      = dir_was && dir_before;
    wire rx_command = heard && !nxt_was;
    wire rx_byte    = heard && nxt_was;

    always @(posedge clk)
        if (rst || !dir_was)              rx_active <= 1'b0;
        else if (!dir_before && nxt_was)  rx_active <= 1'b1;
        else if (rx_command)              rx_active <= data_was[4];

    always @(posedge clk)
        rx_error <= rx_active && (rx_error || (rx_command && data_was[5:4] == 2'b11));

    always @(posedge clk) begin
        rx_valid <= rx_byte;
        rx_data  <= data_was;
    end

    always @(posedge clk)
        if (rst)             line_state <= 2'b01;
        else if (rx_command) line_state <= data_was[1:0];

    // Some boards leave the PHY's VBUS pin open, so its absence counts only after its presence.
    reg powered, powered_once;

    always @(posedge clk)
        if (rst)             {powered_once, powered} <= 2'b00;
        else if (rx_command) {powered_once, powered} <= {powered_once || data_was[3], data_was[3]};

    assign unplugged = powered_once && !powered;
    assign idle      = state == IDLE && !write_due && !dir_was && !rx_active;

`ifdef FORMAL
    reg started;
    initial started = 1'b0;
    always @(posedge clk) started <= 1'b1;
    always @(posedge clk) if (!started) assume (rst);
    // What is on the bus stays until the PHY takes it, unless the PHY takes the bus.
    wire on_offer = state == ADDRESS || state == VALUE || state == SEND;

    stream_rules #(.WIDTH(8)) rules_ulpi (
        .clk(clk), .rst(rst || ulpi_dir), .offer(ulpi_data_out), .valid(on_offer), .ready(accept)
    );
    stream_rules #(.WIDTH(8), .ASSUME(1)) rules_tx (
        .clk(clk), .rst(rst), .offer(tx_data), .valid(tx_valid), .ready(tx_ready)
    );

    // Each byte of a packet is on the bus in the clock after it was taken, the first as a command, unless the bus was lost.
    wire tx_take = tx_valid && tx_ready && !rst;

    always @(posedge clk)
        if (started && !rst && $past(started && !rst)) begin
            assert (!ulpi_data_drive || !ulpi_dir);
            assert (ulpi_data_out == 8'h00 || on_offer);
            if ($past(tx_take) && !tx_lost)
                assert (state == SEND && ulpi_data_out == ($past(tx_busy) ? $past(tx_data) : {4'h4, $past(tx_data[3:0])}));
            if (ulpi_stp && $past(!ulpi_stp)) assert (state == STOP || state == CONFIRM);
            if ($past(ulpi_stp && started && !rst)) assert (!ulpi_stp || $past(rst, 2));
            if (rx_valid) assert ($past(dir_was && nxt_was));
            if (tx_lost)  assert (tx_ready);
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire sent = started && !rst && state == STOP;
`endif
endmodule
`default_nettype wire
