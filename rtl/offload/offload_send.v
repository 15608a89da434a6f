// offload_send: insert checksums into frames to send, and cut super-frames into segments.
// SPDX-License-Identifier: MIT
//
// What to do stands beside the frame as VIRTIO's virtio_net_hdr says it, constant while its bytes are on offer. A
// checksum is known when its frame's last byte has passed; it leaves as a patch, which the frame FIFO behind writes into
// the frame before it shows it. Headers are learned first, then go out again in front of each segment.
`default_nettype none
module offload_send #(
    parameter MAX_FRAME = 1518                 // largest frame to leave, without FCS; 64 to 65535
) (
    input  wire        clk,
    input  wire        rst,

    input  wire [16:0] in_length,              // bytes left, the one on offer included; true from before the first
    input  wire        in_needs_csum,
    input  wire [7:0]  in_gso_type,
    input  wire [15:0] in_gso_size,
    input  wire [15:0] in_csum_start,
    input  wire [15:0] in_csum_offset,
    input  wire [7:0]  in_data,
    input  wire        in_last,
    input  wire        in_drop,                // beside in_last: the frame was cut off, this is no byte of it
    input  wire        in_valid,
    output wire        in_ready,
    output wire        in_refuse,              // this frame cannot be; offer no more of it

    output wire [7:0]  out_data,
    output wire        out_last,
    output wire        out_drop,
    output wire        out_valid,
    input  wire        out_ready,
    output wire        out_patch,              // beside out_last: a checksum follows
    output reg  [15:0] out_patch_at,           // where in the frame; with its value from the second clock
    output reg  [15:0] out_patch_data          //   behind the last byte until the next frame's last byte
);
    localparam [2:0] START   = 3'd0,           // a frame is awaited and judged
                     PASS    = 3'd1,           // it goes straight on
                     LEARN   = 3'd2,           // its headers come
                     JUDGE   = 3'd3,           // they have told where they end
                     FETCH   = 3'd4,           // the headers' first byte is being read
                     REPLAY  = 3'd5,           // they go out
                     PAYLOAD = 3'd6;           // and a segment's data behind them

    reg [2:0]  state;
    reg [15:0] at;                             // place of the next byte in its frame
    reg [8:0]  header_end;
    reg        first;                          // of the segments
    reg        empty;                          // no payload: the last header byte still stands at the input
    reg        learned;                        // header_end is this frame's
    reg        ended;                          // a frame's last byte moved in the clock before

    wire udp = in_gso_type[2] && in_gso_type[0];
    wire ecn = in_gso_type[7];
    wire gso = in_gso_type != 8'h00;
    wire starting = state == START, passing = state == PASS, learning = state == LEARN, judging = state == JUDGE;
    wire fetching = state == FETCH, replaying = state == REPLAY, filling = state == PAYLOAD;

    // ---- headers
    wire [7:0]  header_data, ip_start;
    wire [3:0]  data_offset;
    wire        ipv4, ipv6, ip_summed, last_segment, possible, fits;
    wire [15:0] identification, left, l4_length, ip_length, ip_checksum, segment_word, sum;
    wire        segment_clear, segment_add;

    wire [5:0]  l4_bytes    = udp ? 6'd8 : {data_offset, 2'd0};
    wire [5:0]  judged_at   = udp ? 6'd7 : 6'd13;          // bytes of the TCP or UDP header that JUDGE has seen
    wire [8:0]  new_end     = {1'b0, in_csum_start[7:0]} + {3'd0, l4_bytes};
    wire [7:0]  ip_in_front = in_csum_start[7:0] - ip_start - (ipv6 ? 8'd40 : 8'd0);
    wire        judge_next  = at == in_csum_start + {10'd0, judged_at} - 16'd1;
    wire        header_last = at + 16'd1 == {7'd0, header_end};

    // ---- streams
    wire in_take   = in_valid && in_ready;
    wire out_take  = out_valid && out_ready;
    wire cut_off    = in_last && in_drop;
    wire drop_take  = in_take && cut_off;
    wire learn_done = learning && in_valid && learned && header_last && !cut_off;
    wire no_more    = learned && header_last && in_last && !in_drop;

    assign in_refuse = starting && in_valid && !possible || judging && !fits;
    assign in_ready  = learning && !no_more || (passing || filling) && out_ready ||
                       replaying && empty && header_last && out_ready;
    assign out_valid = (passing || filling) && in_valid || replaying;
    assign out_data  = replaying ? header_data : in_data;
    assign out_last  = replaying ? empty && header_last : in_last || filling && left == 16'd1;
    assign out_drop  = !replaying && in_drop && in_last;
    assign out_patch = in_needs_csum;

    always @(posedge clk)
        if (rst) state <= START;
        else case (state)
            START:   if (in_valid && possible)         state <= gso ? LEARN : PASS;
            PASS:    if (out_take && in_last)          state <= START;
            LEARN:   if (drop_take)                    state <= START;
                     else if (learn_done)          state <= FETCH;
                     else if (in_take && !learned && judge_next) state <= JUDGE;
            JUDGE:   state <= fits ? LEARN : START;
            FETCH:   state <= REPLAY;
            REPLAY:  if (out_take && header_last)      state <= empty ? START : PAYLOAD;
            default: if (out_take && in_last)          state <= START; // PAYLOAD
                     else if (out_take && out_last)    state <= FETCH;
        endcase

    wire        again   = starting || learn_done || out_take && out_last;
    wire [15:0] next_at = again ? 16'd0 : in_take || out_take ? at + 16'd1 : at;
    always @(posedge clk) at <= next_at;

    always @(posedge clk)
        if (starting)     learned <= 1'b0;
        else if (judging) learned <= 1'b1;
    always @(posedge clk)
        if (judging) header_end <= new_end;
    always @(posedge clk)
        if (learning) empty <= no_more;
    always @(posedge clk)
        if (learning)                 first <= 1'b1;
        else if (out_take && out_last) first <= 1'b0;

    offload_judge #(.MAX_FRAME(MAX_FRAME)) judge (
        .length(in_length), .needs_csum(in_needs_csum), .gso_type(in_gso_type), .gso_size(in_gso_size),
        .csum_start(in_csum_start), .csum_offset(in_csum_offset), .possible(possible),
        .ipv4(ipv4), .ipv6(ipv6), .ip_start(ip_start), .l4_bytes(l4_bytes), .header_end(new_end),
        .header_left(l4_bytes - judged_at), .fits(fits)
    );
    offload_header header (
        .clk(clk), .learn(learning && in_valid), .in_data(in_data), .at(at[7:0]), .next_at(next_at[7:0]),
        .csum_start(in_csum_start[7:0]), .udp(udp), .ecn(ecn), .ipv4(ipv4), .ipv6(ipv6), .ip_start(ip_start),
        .ip_summed(ip_summed), .data_offset(data_offset), .identification(identification),
        .segment_end(out_take && out_last), .gso_size(in_gso_size), .first(first), .last(last_segment),
        .ip_length(ip_length), .ip_checksum(ip_checksum), .l4_length(l4_length), .data(header_data)
    );
    offload_segment segment (
        .clk(clk), .rst(rst), .learned(judging), .whole(in_length[15:0] + {10'd0, judged_at}),
        .ip_part({8'd0, ip_in_front}), .l4_bytes(l4_bytes), .sum(sum),
        .start(fetching), .payload(empty ? 17'd0 : in_length), .gso_size(in_gso_size), .take(filling && out_take),
        .identification(identification), .left(left), .last(last_segment), .l4_length(l4_length),
        .ip_length(ip_length), .ip_checksum(ip_checksum),
        .sum_clear(segment_clear), .sum_add(segment_add), .sum_word(segment_word)
    );

    // ---- sums: of the IP header while it is learned, of what is behind csum_start while it goes out
    wire       sum_ip = learning && in_take && ip_summed;
    wire       sum_l4 = out_take && at >= in_csum_start;
    wire       odd    = at[0] ^ (in_csum_start[0] && !learning);
    wire [7:0] summed = learning ? in_data : out_data;
    wire [15:0] byte_word = odd ? {8'd0, summed} : {summed, 8'd0};

    offload_sum accumulator (
        .clk(clk), .clear(starting || segment_clear), .add(segment_add || sum_ip || sum_l4),
        .word(segment_add ? segment_word : byte_word), .sum(sum)
    );

    always @(posedge clk) ended <= out_take && out_last;
    always @(posedge clk)
        if (out_take && out_last) out_patch_at <= in_csum_start + in_csum_offset;
    always @(posedge clk)
        if (ended) out_patch_data <= sum == 16'hFFFF ? 16'hFFFF : ~sum;

    generate if (MAX_FRAME < 64 || MAX_FRAME > 65535) begin : check
        MAX_FRAME_must_be_64_to_65535 stop();
    end endgenerate

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);

    // As record_send has it: what to do rests while its frame is under way, and in_length counts the frame down.
    stream_rules #(.WIDTH(10), .ASSUME(1)) rules_in (
        .clk(clk), .rst(rst || in_refuse), .offer({in_drop, in_last, in_data}), .valid(in_valid), .ready(in_ready)
    );
    reg  under_way;
    wire in_ends = in_take && in_last || in_refuse;
    wire [64:0] request = {in_needs_csum, in_gso_type, in_gso_size, in_csum_start, in_csum_offset};
    always @(posedge clk) under_way <= !rst && !in_ends && (under_way || in_valid);
    always @(posedge clk) begin
        if (begun && under_way) assume ($stable(request) && in_length == $past(in_length - {16'd0, in_take}));
        if (in_valid)           assume (in_length != 17'd0 && in_last == (in_drop || in_length == 17'd1));
    end

    // A byte of the headers, whichever it is: the one place of their memory that is kept (watched_cell).
    (* anyconst *) wire [7:0] which;
    (* keep *) wire [7:0] spot = which;
    (* keep *) wire [7:0] content;
    wire watched = !replaying || at[7:0] == which;

    stream_rules #(.WIDTH(11)) rules_out (
        .clk(clk), .rst(rst), .offer({out_patch, out_drop, out_last, watched ? out_data : 8'd0}),
        .valid(out_valid), .ready(out_ready)
    );

    // No frame is longer than allowed, and a checksum's place is in its frame.
    reg  [16:0] sent;                          // bytes of the frame that left
    reg  [7:0]  due;                           // the watched byte as it came
    wire [17:0] field_end = {2'd0, in_csum_start} + {2'd0, in_csum_offset} + 18'd2;
    always @(posedge clk)
        if (rst)           sent <= 17'd0;
        else if (out_take) sent <= out_last ? 17'd0 : sent + 17'd1;
    always @(posedge clk)
        if (learning && in_valid && at == {8'd0, which}) due <= in_data;

    // What a segment changes in the headers.
    wire [7:0] in_ip = which - ip_start, in_l4 = which - in_csum_start[7:0];
    wire       to_l4 = which >= in_csum_start[7:0];
    wire       changed = to_l4 ? udp && in_l4[7:1] == 7'd2 || !udp && (in_l4[7:2] == 6'd1 || in_l4 == 8'd13)
                       : which >= ip_start && (ipv4 ? in_ip >= 8'd2 && in_ip <= 8'd5 || in_ip == 8'd10 || in_ip == 8'd11
                                                    : in_ip == 8'd4 || in_ip == 8'd5);

    // No record, however bad, stops the engine: while bytes are offered and taken, one moves within 4 clocks, and one
    // comes in, or the record is refused, within the longest headers' time.
    reg [2:0] still;                           // clocks without a byte moved
    reg [8:0] starved;                         // and without a byte taken
    always @(posedge clk) begin
        still   <= rst || in_take || out_take || in_refuse || !in_valid || !out_ready ? 3'd0 : still + 3'd1;
        starved <= rst || in_take || in_refuse || !in_valid || !out_ready ? 9'd0 : starved + 9'd1;
    end

    always @(posedge clk)
        if (begun && !rst) begin
            if (out_valid) assert (sent < MAX_FRAME);
            if (out_valid && out_last && !out_drop && in_needs_csum) assert (field_end <= {1'b0, sent} + 18'd1);
            if (replaying && at[7:0] == which && !changed)           assert (out_data == due);
            if (!$past(out_take && out_last)) assert ($stable(out_patch_at));
            if ($past(!ended))                assert ($stable(out_patch_data));
            assert (still < 3'd4 && starved < 9'd264);
        end

    // The way there: what each state knows of the record and its headers, and of two registers further down.
    (* hierconn *) wire [7:0] \header.kept ;
    (* hierconn *) wire [3:0] \segment.step ;
    wire [7:0]  kept  = \header.kept ;
    wire [3:0]  step  = \segment.step ;
    wire [17:0] total = {2'd0, at} + {1'b0, in_length};
    always @(posedge clk)
        if (begun && !rst) begin
            assert (state <= PAYLOAD && starting == !under_way && (!starting || sent == 17'd0));
            if (passing) assert (sent == {1'b0, at} && total <= MAX_FRAME && !gso);
            if (passing && in_needs_csum) assert (field_end <= total);
            if (!starting && !passing) begin
                assert (gso && in_needs_csum && in_gso_size != 16'd0);
                assert (in_csum_start >= 16'd34 && in_csum_start < 16'd256);
                assert (udp ? in_gso_type == 8'h05 : (in_gso_type & 8'h7F) == 8'h01 || (in_gso_type & 8'h7F) == 8'h04);
                assert (in_csum_offset == (udp ? 16'd6 : 16'd16));
            end
            if (learning || judging) assert (field_end <= total && sent == 17'd0);
            if (learning && !learned) assert (at < in_csum_start + {10'd0, judged_at});
            if (judging) assert (at == in_csum_start + {10'd0, judged_at} && !learned);
            if (learned && !starting) begin
                assert ({9'd0, header_end} + {2'd0, in_gso_size} <= MAX_FRAME && header_end <= 9'd256);
                assert (header_end >= {1'b0, in_csum_start[7:0]} + (udp ? 9'd8 : 9'd20));
            end
            if (learning && learned) assert (at < {7'd0, header_end} && {9'd0, header_end} <= total);
            if (fetching || replaying || filling) assert (learned && in_length != 17'd0);
            if (fetching)  assert (at == 16'd0 && sent == 17'd0);
            if (replaying) assert (sent == {1'b0, at} && at < {7'd0, header_end} && left <= in_gso_size);
            if (replaying) assert (step == 4'd9 || at < {12'd0, step} && step < 4'd9);
            if (replaying && at[7:0] == which) assert (kept == due);
            if ((learning || judging) && {8'd0, which} < at && at <= 16'd256)          assert (content == due);
            if ((fetching || replaying || filling) && {1'b0, which} < header_end) assert (content == due);
            if (replaying && !empty) assert (left != 16'd0);
            if (filling) assert (!empty && left != 16'd0 && left <= in_gso_size && sent >= {8'd0, header_end});
            if (filling) assert (sent == {1'b0, at} && sent + {1'b0, left} <= {8'd0, header_end} + {1'b0, in_gso_size});
            if (empty && (fetching || replaying)) assert (in_valid && in_last && !in_drop);
            // Clocks without a byte moved, or taken: few in each state, and the headers' own.
            if (starting)            assert (still == 3'd0 && starved == 9'd0);
            if (passing || learning) assert (still <= 3'd1 && starved <= 9'd1);
            if (judging)             assert (still == 3'd0 && starved == 9'd0);
            if (fetching)            assert (still <= 3'd1 + {2'd0, empty} && starved <= 9'd1 + {8'd0, empty});
            if (replaying)           assert (starved <= at[8:0] + 9'd3);
            if (filling)             assert (starved <= 9'd260);
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire plain = begun && !rst && passing && out_take && out_last && !out_drop && out_patch;
`endif
endmodule
`default_nettype wire
