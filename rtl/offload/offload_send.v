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
endmodule
`default_nettype wire
