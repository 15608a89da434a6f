// record_receive: put received frames as records into bulk IN transfers.
// SPDX-License-Identifier: MIT
//
// Records go back to back into a transfer until the next would exceed `batch_bytes`, or until none waits and
// `batch_us` have passed since the transfer's first. The byte that ends a record may have to end the transfer too, so
// it is held back until that is decided.
`default_nettype none

module record_receive #(
    parameter CLOCK_HZ = 60000000           // of clk, 1000000 to 255000000
) (
    input  wire        clk,
    input  wire        rst,                 // forget everything
    input  wire        flush,               // forget the frame, but end a transfer that has begun

    input  wire [15:0] batch_us,
    input  wire [19:0] batch_bytes,

    input  wire [7:0]  rx_data,
    input  wire        rx_last,
    input  wire        rx_valid,
    output wire        rx_ready,
    input  wire [15:0] rx_length,
    input  wire        rx_verified,

    output reg  [7:0]  in_data,
    output reg         in_last,
    output wire        in_valid,
    input  wire        in_ready,

    output wire        idle
);
    localparam [2:0] IDLE    = 3'd0,        // no transfer; the next frame begins one
                     HEADER  = 3'd1,        // the frame at the front gets its 16 bytes
                     FRAME   = 3'd2,        // its data passes
                     PADDING = 3'd3,        // up to a multiple of 4
                     DECIDE  = 3'd4,        // a record's last byte is held; does the transfer go on?
                     ABORT   = 3'd5;        // flushed inside a transfer, which a last byte must end

    localparam [7:0] MARK = 8'hFE, DATA_VALID = 8'd2;

    reg [2:0]  state;
    reg [3:0]  index;                       // of the byte being made in its record, modulo 16
    reg        held;                        // in_data is a byte not yet taken
    reg        decided;                     // … and it is known whether it ends the transfer
    reg [19:0] room;                        // bytes left in this transfer, behind the record being made
    reg        open;                        // a transfer has begun, and its last byte is not yet marked

    assign in_valid = held && decided;
    assign idle     = state == IDLE && !held && !rx_valid;

    wire in_take = in_valid && in_ready;
    wire vacant  = !held || in_take;        // a byte may be put into in_data
    wire aligned = index[1:0] == 2'd3;

    // What the record of the frame at the front takes, without its header, and what it leaves of the transfer.
    wire [19:0] record = ({4'd0, rx_length} + 20'd3) & 20'hFFFFC;
    wire [20:0] left   = {1'b0, state == IDLE ? batch_bytes : room} - {1'b0, record} - 21'd16;
    wire        fits   = !left[20];

    wire expired;
    wire begin_transfer = state == IDLE && rx_valid && !flush;
    wire go_on          = state == DECIDE && rx_valid && fits && !flush;
    wire close          = state == DECIDE && (flush || (rx_valid ? !fits : expired));

    wire make_header = state == HEADER && vacant && !flush;
    wire make_data   = state == FRAME && vacant && rx_valid && !flush;
    wire make_zero   = state == PADDING && vacant && !flush;
    wire make_abort  = state == ABORT && vacant;
    wire make        = make_header || make_data || make_zero || make_abort;
    wire record_end  = aligned && (make_data && rx_last || make_zero);

    assign rx_ready = state == FRAME && vacant && !flush;

    reg [7:0] header;                       // gso_type and all else are 0: this build merges nothing
    always @(*)
        case (index)
            4'd0:    header = rx_length[7:0];
            4'd1:    header = rx_length[15:8];
            4'd3:    header = MARK;
            4'd4:    header = rx_verified ? DATA_VALID : 8'd0;
            4'd14:   header = 8'd1;         // num_buffers
            default: header = 8'd0;
        endcase

    always @(posedge clk)
        if (rst)                       state <= IDLE;
        else if (flush)                state <= open && !close && !make_abort ? ABORT : IDLE;
        else
            case (state)
                IDLE:    if (rx_valid)                      state <= HEADER;
                HEADER:  if (make_header && index == 4'd15) state <= FRAME;
                FRAME:   if (make_data && rx_last)          state <= aligned ? DECIDE : PADDING;
                PADDING: if (make_zero && aligned)          state <= DECIDE;
                DECIDE:  if (go_on)                         state <= HEADER;
                         else if (close)                    state <= IDLE;
                default: if (make_abort)                    state <= IDLE; // ABORT
            endcase

    always @(posedge clk)
        if (rst || begin_transfer || go_on) index <= 4'd0;
        else if (make)                      index <= index + 4'd1;

    always @(posedge clk)
        if (rst)          held <= 1'b0;
        else if (make)    held <= 1'b1;
        else if (in_take) held <= 1'b0;

    always @(posedge clk)
        if (make)                 decided <= !record_end;
        else if (go_on || close)  decided <= 1'b1;

    always @(posedge clk)
        if (make) in_data <= make_header ? header : make_data ? rx_data : 8'd0;

    always @(posedge clk)
        if (make)       in_last <= make_abort;
        else if (close) in_last <= 1'b1;

    always @(posedge clk)
        if (rst || close || make_abort) open <= 1'b0;
        else if (make)                  open <= 1'b1;

    always @(posedge clk)
        if (begin_transfer || go_on) room <= fits ? left[19:0] : 20'd0;

    batch_timer #(.CLOCK_HZ(CLOCK_HZ)) timer (
        .clk(clk), .start(begin_transfer), .restart_grace(state != DECIDE), .batch_us(batch_us), .expired(expired)
    );

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);

    stream_rules #(.WIDTH(25), .ASSUME(1)) rules_rx (
        .clk(clk), .rst(rst || flush), .offer({rx_length, rx_last, rx_data}), .valid(rx_valid), .ready(rx_ready)
    );
    stream_rules #(.WIDTH(9)) rules_in (
        .clk(clk), .rst(rst), .offer({in_last, in_data}), .valid(in_valid), .ready(in_ready)
    );

    // The frame FIFO tells each frame's length rightly, and the same through all of it.
    reg [15:0] passed, promised;                // bytes of the frame at the front that went, and all it has
    wire       rx_take = rx_valid && rx_ready;

    always @(posedge clk)
        if (rst || flush || (rx_take && rx_last)) passed <= 16'd0;
        else if (rx_take)                         passed <= passed + 16'd1;
    always @(posedge clk)
        if (begin_transfer || go_on) promised <= rx_length;
    always @(posedge clk)
        if (begun && rx_valid) begin
            assume (rx_last == (passed + 16'd1 == rx_length) && rx_length > passed);
            assume (passed == 16'd0 || rx_length == promised);
        end

    // A record takes 16 bytes and its frame's, filled up to words; a transfer has at most batch_bytes unless it is one
    // record alone.
    reg [20:0] made, due;                       // bytes of the transfer that were made, and of the record that were not
    reg [19:0] limit;
    reg        fitted;
    wire [20:0] padded = ({5'd0, promised} + 21'd3) & 21'h1FFFFC;

    always @(posedge clk) if (begin_transfer)          limit <= batch_bytes;
    always @(posedge clk) if (begin_transfer || go_on) fitted <= fits;
    always @(posedge clk)
        if (begin_transfer) made <= 21'd0;
        else if (make)      made <= made + 21'd1;
    always @(posedge clk)
        if (begin_transfer || go_on) due <= {1'b0, record} + 21'd16;
        else if (make)               due <= due - 21'd1;

    always @(posedge clk)
        if (begun && !rst) begin
            assert (state <= ABORT);
            if (!flush && (state == HEADER || state == FRAME && passed == 16'd0)) assert (rx_valid && promised == rx_length);
            if (state == HEADER)  assert (due == padded + 21'd16 - {17'd0, index});
            if (state == FRAME)   assert (passed < promised && index == passed[3:0] && due == padded - {5'd0, passed});
            if (state == PADDING) assert (due == 21'd4 - {19'd0, index[1:0]} && due < 21'd4);
            if (state == DECIDE)  assert (due == 21'd0 && held && !decided && open);
            if (state != DECIDE && held) assert (decided);
            if (state != FRAME)   assert (passed == 16'd0);
            if (state != IDLE && state != ABORT && fitted) assert ({1'b0, limit} == made + due + {1'b0, room});
            if (state != IDLE && state != ABORT && !fitted) assert (room == 20'd0);
            if (go_on) assert (fitted && fits);
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire ended  = begun && in_valid && in_ready && in_last;
    (* keep *) wire joined = begun && go_on;
`endif
endmodule
`default_nettype wire
