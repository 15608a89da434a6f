// usb_bulk_in: gathers bytes into bulk IN packets and keeps each until the host has acknowledged it.
// SPDX-License-Identifier: MIT
//
// A ring of bytes: the packet on its way and the next one. Each byte has a mark if its transfer ends with it;
// a transfer of whole packets is followed by an empty one.
`default_nettype none
module usb_bulk_in #(
    parameter BYTES = 1024,                 // of the ring, two packets: a power of two, 16 to 1024
    parameter SMALL = 64                    // bytes of the largest packet at full speed; BYTES / 2 at high speed
) (
    input  wire       clk, rst,
    input  wire       high_speed,
    input  wire [7:0] in_data,
    input  wire       in_last, in_valid,
    output wire       in_ready,

    output wire       packet_ready,
    input  wire       start, taken,
    output wire [7:0] payload_data,
    output wire       payload_valid,
    input  wire       payload_take,
    output wire       idle
);
    localparam COUNT = $clog2(BYTES);
    localparam [COUNT:0] ZERO = 0, ONE = 1, LARGE = BYTES[COUNT:0] >> 1;

    generate
        if (BYTES != 1 << COUNT || BYTES < 16 || BYTES > 1024 || SMALL < 1 || SMALL > BYTES / 2) begin : illegal
            BYTES_must_be_a_power_of_two_from_16_to_1024_and_SMALL_at_most_its_half stop ();
        end
    endgenerate

    (* no_rw_check *)                       // a packet is read once all of it has been written
    reg [8:0]     bytes [0:BYTES-1];
    reg [8:0]     byte_out;                    // the one at `read`
    reg [COUNT:0] write, base, read;           // next to be written, first of the packet on its way, on offer

    // ---- in ----
    reg  [1:0]     ends;                       // marks in the ring
    wire [COUNT:0] used = write - base;
    wire           put  = in_valid && in_ready;

    assign in_ready = !used[COUNT] && ends != 2'd3;

    always @(posedge clk)
        if (put) bytes[write[COUNT-1:0]] <= {in_last, in_data};

    always @(posedge clk)
        if (rst)      write <= ZERO;
        else if (put) write <= write + ONE;

    // ---- out ----
    reg            last_sent;                  // the packet on its way ended its transfer,
    reg            empty_due;                  // but was a whole one: an empty packet follows
    wire [COUNT:0] length = read - base;       // of the packet on its way, so far
    wire [COUNT:0] largest = high_speed ? LARGE : SMALL[COUNT:0];
    wire           whole  = length == largest;
    wire           enough = used >= largest;

    wire [COUNT:0] read_next = start ? base : payload_take ? read + ONE : read;

    assign packet_ready  = empty_due || ends != 2'd0 || enough;
    assign payload_valid = !empty_due && !last_sent && !whole;
    assign payload_data  = byte_out[7:0];

    always @(posedge clk) byte_out <= bytes[read_next[COUNT-1:0]];

    always @(posedge clk)
        if (rst) read <= ZERO;
        else     read <= read_next;

    always @(posedge clk)
        if (rst || start)      last_sent <= 1'b0;
        else if (payload_take) last_sent <= byte_out[8];

    always @(posedge clk)
        if (rst)        {empty_due, base} <= {1'b0, ZERO};
        else if (taken) {empty_due, base} <= {last_sent && whole, read};

    wire end_put   = put && in_last;
    wire end_taken = taken && last_sent;

    always @(posedge clk)
        if (rst) ends <= 2'd0;
        else     ends <= ends + {1'b0, end_put} - {1'b0, end_taken};

    assign idle = write == base && !empty_due;

`ifdef FORMAL
    reg begun, was_rst, was_high;
    initial begun = 1'b0;
    always @(posedge clk) {begun, was_rst, was_high} <= {1'b1, rst, high_speed};

    // As usb_transaction has it: a packet is begun when one is ready, as often as it takes, and acknowledged once, when
    // all of it has gone.
    reg started;
    always @(posedge clk) started <= !rst && !taken && (started || start);
    always @* begin
        if (!begun) assume (rst);
        if (begun && !was_rst) assume (high_speed == was_high);
        assume (!start || packet_ready && !payload_take && !taken);
        assume (!payload_take || payload_valid && started && !taken);
        assume (!taken || started && !payload_valid);
    end

    stream_rules #(.WIDTH(9), .ASSUME(1)) rules_in (
        .clk(clk), .rst(rst), .offer({in_last, in_data}), .valid(in_valid), .ready(in_ready)
    );

    // A queue, its places counted from its front: how many bytes are here and how many of them this packet has given,
    // where those are that end transfers, three at most, and where the watched byte is: the one that came to the
    // ring's place `spot`, whichever that is.
    (* anyconst *) wire [COUNT-1:0] spot;
    (* keep *) wire [8:0] content;             // (watched_cell)
    reg  [COUNT:0] held, given, mark0, mark1, mark2, ahead;
    reg  [1:0]  marks;
    reg         watching;                      // the watched byte is here,
    reg  [8:0]  due;                           // and came so
    reg         closed;                        // the host has a whole packet that ended its transfer: an empty one is due
    wire [COUNT:0] most   = high_speed ? LARGE : SMALL[COUNT:0];
    wire [COUNT:0] gone   = taken ? given : ZERO;
    wire [COUNT:0] behind = held - gone;          // where the next byte comes
    wire        watch  = put && write[COUNT-1:0] == spot;
    wire        marked = marks != 2'd0 && given == mark0 + ONE;   // by the byte before
    wire        shift  = taken && marked;
    wire [1:0]  rest   = marks - {1'b0, shift};
    wire        mark   = put && in_last;

    always @(posedge clk)
        if (rst) {held, given, marks, closed, watching} <= {ZERO, ZERO, 4'd0};
        else begin
            held     <= behind + {{COUNT{1'b0}}, put};
            given    <= start || taken ? ZERO : given + {{COUNT{1'b0}}, payload_take};
            marks    <= rest + {1'b0, mark};
            closed   <= taken ? marked && given == most : closed;
            watching <= watch || watching && ahead >= gone;
        end
    always @(posedge clk) begin
        mark0 <= mark && rest == 2'd0 ? behind : (shift ? mark1 : mark0) - gone;
        mark1 <= mark && rest == 2'd1 ? behind : (shift ? mark2 : mark1) - gone;
        mark2 <= mark && rest == 2'd2 ? behind : mark2 - gone;
        ahead <= watch ? behind : ahead - gone;
        if (watch) due <= {in_last, in_data};
    end

    // Every byte in its turn, none lost; a packet ends when it is full, or with its transfer; a transfer of full packets
    // gets an empty one.
    wire inside  = started && payload_valid;
    wire watched = watching && given == ahead;
    always @*
        if (begun && !rst) begin
            assert (held <= BYTES[COUNT:0] && idle == (held == ZERO && !closed));
            assert (in_ready == (held < BYTES[COUNT:0] && marks != 2'd3));
            assert (packet_ready == (closed || marks != 2'd0 || held >= most));
            assert (!watch || !watching);      // no byte comes over another
            if (started) assert (payload_valid == !(closed || marked || given == most));
            if (inside)  assert (given < held && watched == (read[COUNT-1:0] == spot));
            if (inside && watched) assert (payload_data == due[7:0]);
        end

    // The way there. What is proved of the watched byte's mark in the ring, whichever it is, is taken to hold of the
    // others: one is read in a clock.
    wire [COUNT-1:0] distance = spot - base[COUNT-1:0];
    always @*
        if (begun && !rst) begin
            assert (write == base + held && ends == marks && empty_due == closed);
            assert (watching == ({1'b0, distance} < held));
            if (watching) begin
                assert ({1'b0, distance} == ahead && content == due);
                assert (due[8] == (marks > 2'd0 && ahead == mark0 || marks > 2'd1 && ahead == mark1 ||
                                   marks > 2'd2 && ahead == mark2));
            end
            if (started) begin
                assert (read == base + given && last_sent == marked && given <= most && given <= held);
                assert (closed || marks != 2'd0 || held >= most);
                assert (!closed || given == ZERO);
            end
            if (marks > 2'd0) assert (mark0 < held && (!started || given <= mark0 + ONE));
            if (marks > 2'd1) assert (mark0 < mark1 && mark1 < held);
            if (marks > 2'd2) assert (mark1 < mark2 && mark2 < held);
            if (inside && watched)  assert (byte_out == due);
            if (inside && !watched) assume (byte_out[8] == (marks != 2'd0 && given == mark0));
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire again = begun && taken && marked && given == ONE + ONE && in_valid && marks == 2'd2;
`endif
endmodule
`default_nettype wire
