// cross_frame_fifo: store whole frames in block RAM between two clocks, and forget the bad ones.
// SPDX-License-Identifier: MIT
//
// A frame becomes visible to the reader when its last byte is in, and room comes back when its last byte is out: the
// two pointers cross once a frame. Each frame lies behind two bytes, 15 bits of its length and its flag, so the memory is
// 8 bits wide and the reader knows both beforehand. One frame holds at most BYTES - 10 bytes, and 32,767; a longer one
// must be given up by in_drop, and beyond BYTES - 10 finds no room. The writer is busy for two clocks behind a frame, and for two more if two bytes of it, a
// checksum that its last byte completes, are patched. The reader is busy for three clocks before a frame.
`default_nettype none
module cross_frame_fifo #(
    parameter BYTES = 4096                     // a power of two, 16 to 65536
) (
    input  wire                     in_clk,
    input  wire                     in_rst,    // overlaps out_rst (cross_reset)
    input  wire [7:0]               in_data,
    input  wire                     in_last,
    input  wire                     in_drop,   // beside in_last: forget the frame; that byte needs no room
    input  wire                     in_flag,   // beside in_last: what the writer has found out about the frame
    input  wire                     in_patch,  // beside in_last: write in_patch_data, high byte first, over the
    input  wire [15:0]              in_patch_at,    // frame's bytes from in_patch_at on; both true from the
    input  wire [15:0]              in_patch_data,  // second clock behind the last byte, for two clocks
    input  wire                     in_valid,
    output wire                     in_ready,
    output reg                      in_room,   // a byte that is to stay finds room
    output wire [$clog2(BYTES)-1:0] in_fill,   // bytes in use, those of the frame under way included
    output wire                     in_empty,  // the reader has taken all, and none is under way
    input  wire                     out_clk,
    input  wire                     out_rst,
    output wire [7:0]               out_data,
    output wire                     out_last,
    output wire                     out_valid,
    input  wire                     out_ready,
    output wire [15:0]              out_length, // of the frame at the front; constant through it
    output wire                     out_flag   // its in_flag; the same
);
    localparam POINTER = $clog2(BYTES);
    localparam [POINTER-1:0] ZERO = 0, ONE = 1, HEADER = 2;
    // Room is judged one clock late: two lengths and two bytes may still come, and must not reach the reader.
    localparam [POINTER-1:0] FULL = BYTES[POINTER-1:0] - 8;

    generate
        if (BYTES != 1 << POINTER || BYTES < 16 || BYTES > 65536) begin : illegal
            BYTES_must_be_a_power_of_two_from_16_to_65536 stop ();
        end
    endgenerate

    reg [7:0] memory [0:BYTES-1];

    // ---- the writing side
    localparam [1:0] WRITE_BODY = 2'd0,        // bytes go behind the place of the length
                     WRITE_LOW  = 2'd1,        // the length's low byte
                     PATCH      = 2'd2,        // the patch
                     WRITE_HIGH = 2'd3;        // the length's high byte; then the frame is visible

    reg  [1:0]         write_state;
    reg                flag;                   // of the last byte taken
    reg                patched;                // the frame under way gets a patch
    reg                patch_low;              // its second byte
    reg  [POINTER-1:0] committed;              // where the frame under way begins, with its length
    reg  [POINTER-1:0] write;                  // next byte of the frame under way
    wire [POINTER-1:0] released;               // the reader's pointer, a little old

    wire [POINTER-1:0] begun    = committed + HEADER;
    wire [POINTER-1:0] length   = write - begun;
    wire [15:0]        length16 = {{16-POINTER{1'b0}}, length};
    wire               body     = write_state == WRITE_BODY;
    wire               unused_high = ^in_patch_at ^ length16[15]; // no frame reaches beyond BYTES, or 32,767
    wire [POINTER-1:0] patch_at = in_patch_at[POINTER-1:0] + {{POINTER-1{1'b0}}, patch_low};
    wire               forget   = in_last && in_drop;
    wire               in_take  = in_valid && in_ready;

    assign in_fill  = write - released;
    assign in_ready = body && (in_room || forget);
    assign in_empty = body && write == begun && released == committed;

    wire [7:0]         patch_data = patch_low ? in_patch_data[7:0] : in_patch_data[15:8];
    reg  [7:0]         write_data;
    reg  [POINTER-1:0] write_at;
    always @*
        case (write_state)
            WRITE_BODY: {write_at, write_data} = {write, in_data};
            WRITE_LOW:  {write_at, write_data} = {committed, length16[7:0]};
            PATCH:      {write_at, write_data} = {begun + patch_at, patch_data};
            default:    {write_at, write_data} = {committed + ONE, flag, length16[14:8]};
        endcase

    // A clock on the way to the memory, whose blocks lie far apart; `committed` needs longer to reach the reader.
    reg                put;
    reg  [POINTER-1:0] put_at;
    reg  [7:0]         put_data;

    always @(posedge in_clk) {put, put_at, put_data} <= {in_take || !body, write_at, write_data};
    always @(posedge in_clk) if (put) memory[put_at] <= put_data;

    always @(posedge in_clk)
        if (in_take) {flag, patched} <= {in_flag, in_patch};
    always @(posedge in_clk) patch_low <= write_state == PATCH;

    always @(posedge in_clk) in_room <= !in_rst && in_fill < FULL;

    always @(posedge in_clk)
        if (in_rst) write_state <= WRITE_BODY;
        else case (write_state)
            WRITE_BODY: if (in_take && in_last && !in_drop) write_state <= WRITE_LOW;
            WRITE_LOW:  write_state <= patched ? PATCH : WRITE_HIGH;
            PATCH:      if (patch_low) write_state <= WRITE_HIGH;
            default:    write_state <= WRITE_BODY;
        endcase

    always @(posedge in_clk)
        if (in_rst)                         write <= HEADER;
        else if (write_state == WRITE_HIGH) write <= write + HEADER;
        else if (in_take)                   write <= forget ? begun : write + ONE;

    always @(posedge in_clk)
        if (in_rst)                         committed <= ZERO;
        else if (write_state == WRITE_HIGH) committed <= write;

    // ---- the reading side
    localparam [1:0] READ_WAIT = 2'd0,         // for a frame; its length's low byte is being fetched
                     READ_LOW  = 2'd1,         // the low byte is here, the high byte is being fetched
                     READ_HIGH = 2'd2,         // the high byte is here, the first byte is being fetched
                     READ_BODY = 2'd3;         // a byte is on offer

    reg  [1:0]         read_state;
    reg  [POINTER-1:0] read;                   // next to fetch
    reg  [POINTER-1:0] finished;               // all before it has been taken
    reg  [7:0]         fetched;
    reg  [15:0]        frame_length, left;
    reg                frame_flag;
    wire [POINTER-1:0] visible;                // the writer's pointer, a little old

    wire waiting  = read_state == READ_WAIT;
    wire out_take = out_valid && out_ready;
    wire fetch    = waiting ? finished != visible : !out_valid || (out_ready && !out_last);

    assign out_valid  = read_state == READ_BODY;
    assign out_data   = fetched;
    assign out_last   = left == 16'd1;
    assign out_length = frame_length;
    assign out_flag   = frame_flag;

    always @(posedge out_clk)
        if (fetch) fetched <= memory[read];

    always @(posedge out_clk)
        if (out_rst)    read <= ZERO;
        else if (fetch) read <= read + ONE;

    always @(posedge out_clk)
        if (out_rst) read_state <= READ_WAIT;
        else case (read_state)
            READ_WAIT: if (fetch) read_state <= READ_LOW;
            READ_LOW:  read_state <= READ_HIGH;
            READ_HIGH: read_state <= READ_BODY;
            default:   if (out_take && out_last) read_state <= READ_WAIT;
        endcase

    always @(posedge out_clk)
        if (out_rst)                   finished <= ZERO;
        else if (out_take && out_last) finished <= read;

    always @(posedge out_clk)
        if (read_state == READ_LOW)       frame_length[7:0] <= fetched;
        else if (read_state == READ_HIGH) {frame_flag, frame_length[15:8]} <= {fetched[7], 1'b0, fetched[6:0]};

    always @(posedge out_clk)
        if (read_state == READ_HIGH) left <= {1'b0, fetched[6:0], frame_length[7:0]};
        else if (out_take)           left <= left - 16'd1;

    // ---- between them
    wire unused_commit, unused_release;        // released tells the writer all it needs

    cross_value #(.WIDTH(POINTER)) commit (
        .in_clk(in_clk), .in_rst(in_rst), .in(committed), .in_settled(unused_commit),
        .out_clk(out_clk), .out_rst(out_rst), .out(visible)
    );
    cross_value #(.WIDTH(POINTER)) release_room (
        .in_clk(out_clk), .in_rst(out_rst), .in(finished), .in_settled(unused_release),
        .out_clk(in_clk), .out_rst(in_rst), .out(released)
    );

`ifdef FORMAL
    // Proved with both clocks the same, from the end of a reset on, without another.
    always @* assume (!in_rst && !out_rst);
    initial begin
        {in_room, write_state, write, committed} = {1'b0, WRITE_BODY, HEADER, ZERO};
        {read_state, read, finished, patch_low, put} = {READ_WAIT, ZERO, ZERO, 1'b0, 1'b0};
    end

    stream_rules #(.WIDTH(26)) rules_out (
        .clk(out_clk), .rst(out_rst), .offer({out_flag, out_length, out_last, out_data}), .valid(out_valid), .ready(out_ready)
    );

    // Frames are counted modulo 8; no more than 5 find room. Of the memory one cell is kept, at `spot` (watched_cell);
    // `hit` when it holds, of any frame, either byte of the length or the byte at any place.
    localparam WIDE = POINTER + 1;
    (* anyconst *) wire [2:0]         which;
    (* anyconst *) wire [POINTER-1:0] place, spot;
    (* anyconst *) wire [1:0]         role;    // of the watched cell: 0 and 1 the length, else a byte
    (* keep *) wire [7:0] content;             // of the watched cell,
    wire [7:0]           settled;              // and what it is about to hold
    assign settled = put && put_at == spot ? put_data : content;
    reg  [2:0]           in_count, out_count;  // frames that ended
    reg  [WIDE-1:0]      in_at, out_at;        // place in the frame under way
    reg  [1:0]           behind;               // clocks since a last byte, up to 3, then 0
    reg                  last_patch;
    reg  [WIDE-1:0]      last_length;
    reg  [15:0]          last_patch_at, last_patch_data;
    reg  [7:0]           due_data;
    reg  [8*WIDE-1:0]    lengths;              // of each frame: its length, its flag,
    reg  [7:0]           flags;
    reg  [8*POINTER-1:0] starts;               // and where it begins
    initial {in_count, out_count, in_at, out_at, behind, starts} = 0;

    wire kept    = in_take && !forget;
    wire in_ends = kept && in_last;
    wire patches = behind[1] && last_patch;
    wire ours    = in_count == which + 3'd1;   // the last that ended
    wire [WIDE-1:0]    next_at = in_at + 1'b1;
    wire [POINTER-1:0] offset  = role == 2'd0 ? ZERO : role == 2'd1 ? ONE : HEADER + place;
    wire               hit     = starts[which*POINTER +: POINTER] + offset == spot;

    always @* begin
        if (patches) assume (in_patch_at < last_length - 16'd1);
        if (patches && behind == 2'd3) assume ({in_patch_at, in_patch_data} == {last_patch_at, last_patch_data});
    end

    always @(posedge in_clk) begin
        if (in_take) in_at <= in_last ? {WIDE{1'b0}} : next_at;
        in_count <= in_count + {2'd0, in_ends};
        behind   <= in_ends ? 2'd1 : behind == 2'd0 ? 2'd0 : behind + 2'd1;
        if (in_ends) {last_patch, last_length} <= {in_patch, next_at};
        if (in_ends) lengths[in_count*WIDE +: WIDE] <= next_at;
        if (in_ends) flags[in_count] <= in_flag;
        if (write_state == WRITE_HIGH) starts[in_count*POINTER +: POINTER] <= write;
        if (kept && in_at == place && in_count == which) due_data <= in_data;
        if (patches && ours && place == in_patch_at + {15'd0, behind[0]})
            due_data <= behind[0] ? in_patch_data[7:0] : in_patch_data[15:8];
        {last_patch_at, last_patch_data} <= {in_patch_at, in_patch_data};
    end
    always @(posedge out_clk)
        if (out_take) begin
            out_at    <= out_last ? {WIDE{1'b0}} : out_at + 1'b1;
            out_count <= out_count + {2'd0, out_last};
        end

    // What is proved of the watched cell, whichever it is, is taken to hold of the others' lengths: before the first wrong
    // byte all were right.
    wire            mine       = out_count == which && hit;
    wire [15:0]     due_length = {{16-WIDE{1'b0}}, lengths[out_count*WIDE +: WIDE]};
    wire [7:0]      due_high   = {flags[out_count], due_length[14:8]};
    always @* begin
        if (read_state == READ_LOW  && !(mine && role == 2'd0)) assume (fetched == due_length[7:0]);
        if (read_state == READ_HIGH && !(mine && role == 2'd1)) assume (fetched == due_high);
        if (read_state == READ_LOW  && mine && role == 2'd0)    assert (fetched == due_length[7:0]);
        if (read_state == READ_HIGH && mine && role == 2'd1)    assert (fetched == due_high);
        if (out_valid) begin
            assert (out_count != in_count);
            assert (out_last == (out_at + 16'd1 == out_length));
            assert ({out_flag, out_length} == {flags[out_count], due_length});
            if (mine && role[1] && out_at == place) assert (out_data == due_data);
        end
        if (in_empty) assert (in_count == out_count && in_at == 0);
    end

    // The way there. Each pointer stands at the start of a frame, those that cross too, in this order: released,
    // returning, finished, visible, crossing, committed; then write, less than the memory ahead. `hierconn` names what
    // stands in the modules below, and takes its `init` away.
    (* hierconn *) wire \rules_out.stays ;
    (* hierconn *) wire \commit.ready , \commit.differs , \commit.out_take ;
    (* hierconn *) wire \release_room.ready , \release_room.differs , \release_room.out_take ;
    (* hierconn, init = 0 *) wire [POINTER-1:0] \commit.held ;
    (* hierconn, init = 1'b0 *) wire \commit.changed.sent , \commit.changed.there.caught ;
    (* hierconn, init = 1'b0 *) wire \commit.changed.there.out , \commit.changed.seen ;
    (* hierconn, init = 1'b0 *) wire \commit.changed.back.caught , \commit.changed.back.out ;
    (* hierconn, init = 0 *) wire [POINTER-1:0] \release_room.held ;
    (* hierconn, init = 1'b0 *) wire \release_room.changed.sent , \release_room.changed.there.caught ;
    (* hierconn, init = 1'b0 *) wire \release_room.changed.there.out , \release_room.changed.seen ;
    (* hierconn, init = 1'b0 *) wire \release_room.changed.back.caught , \release_room.changed.back.out ;

    reg  [2:0] released_count, returning_count, visible_count, crossing_count;
    initial {released_count, returning_count, visible_count, crossing_count} = 0;
    wire [2:0] committed_count = body ? in_count : in_count - 3'd1;
    always @(posedge in_clk) begin
        if (\commit.ready && \commit.differs )             crossing_count  <= committed_count;
        if (\commit.out_take )                             visible_count   <= crossing_count;
        if (\release_room.ready && \release_room.differs ) returning_count <= out_count;
        if (\release_room.out_take )                       released_count  <= returning_count;
    end

    wire [5:0] commit_ring  = {\commit.changed.sent , \commit.changed.there.caught , \commit.changed.there.out ,
                               \commit.changed.seen , \commit.changed.back.caught , \commit.changed.back.out };
    wire [5:0] release_ring = {\release_room.changed.sent , \release_room.changed.there.caught ,
                               \release_room.changed.there.out , \release_room.changed.seen ,
                               \release_room.changed.back.caught , \release_room.changed.back.out };
    wire [4:0] commit_steps  = commit_ring[5:1] ^ commit_ring[4:0];
    wire [4:0] release_steps = release_ring[5:1] ^ release_ring[4:0];

    function [POINTER-1:0] start (input [2:0] number);
        start = starts[number*POINTER +: POINTER];
    endfunction

    wire [2:0] returning_n = returning_count - released_count, finished_n  = out_count - released_count;
    wire [2:0] visible_n   = visible_count - released_count,   crossing_n  = crossing_count - released_count;
    wire [2:0] committed_n = committed_count - released_count, which_n     = which - released_count;
    wire [POINTER-1:0] committed_d = committed - released;
    wire [15:0] which_length = {{16-WIDE{1'b0}}, lengths[which*WIDE +: WIDE]};
    wire [POINTER-1:0] read_d = read - finished;
    wire       written = which_n >= finished_n && which_n < committed_n;
    wire       writing = which == committed_count;
    integer k;
    reg  [2:0] after;
    reg  [POINTER-1:0] here, next;
    reg  [WIDE-1:0] long;
    always @* begin
        assert ((commit_steps & (commit_steps - 5'd1)) == 5'd0 && (release_steps & (release_steps - 5'd1)) == 5'd0);
        if (\commit.changed.sent == \commit.changed.seen )             assert (visible  == \commit.held );
        if (\commit.changed.sent == \commit.changed.seen )             assert (visible_count == crossing_count);
        if (\release_room.changed.sent == \release_room.changed.seen ) assert (released == \release_room.held );
        if (\release_room.changed.sent == \release_room.changed.seen ) assert (released_count == returning_count);
        assert (returning_n <= finished_n && finished_n <= visible_n && visible_n <= crossing_n);
        assert (crossing_n <= committed_n && committed_n <= 3'd5);
        assert (start(released_count) == released && start(returning_count) == \release_room.held );
        assert (start(out_count) == finished && start(visible_count) == visible);
        assert (start(crossing_count) == \commit.held && start(committed_count) == committed);
        for (k = 0; k < 8; k = k + 1) begin
            after = k[2:0] + 3'd1;
            here  = starts[k*POINTER +: POINTER] - released;
            next  = start(after) - released;
            long  = lengths[k*WIDE +: WIDE];
            if (k[2:0] - released_count < committed_n)
                assert (long != 0 && long <= BYTES && {1'b0, here} + 2 + long == {1'b0, next});
        end
        assert (in_fill <= (body ? in_room ? FULL + 1 : FULL + 4 : FULL + 2) && in_fill >= HEADER);
        assert (committed_d <= in_fill - HEADER);
        if (put) assert (put_at - released >= \commit.held - released);
        assert ({1'b0, length} == (body ? in_at : lengths[committed_count*WIDE +: WIDE]));
        if (!body) assert (in_at == 0 && length != 0 && flag == flags[committed_count] && patched == last_patch &&
                           last_length == length);
        case (write_state)
            WRITE_BODY: assert (behind == 2'd0 || behind == 2'd3 && !last_patch);
            WRITE_LOW:  assert (behind == 2'd1);
            PATCH:      assert (patched && behind == {1'b1, patch_low});
            default:    assert (behind == (patched ? 2'd0 : 2'd2));
        endcase

        assert (\rules_out.stays );
        if (waiting) assert (read == finished && out_at == 0);
        else         assert (finished_n < visible_n);
        if (read_state == READ_LOW)  assert (read_d == ONE && out_at == 0);
        if (read_state == READ_HIGH) assert (read_d == HEADER && out_at == 0 && frame_length[7:0] == due_length[7:0]);
        if (out_valid) assert ({1'b0, read_d} == out_at + 3 && out_at < due_length && left == due_length - out_at);

        if (hit && role == 2'd0 && (written || writing && (write_state == PATCH || write_state == WRITE_HIGH)))
            assert (settled == which_length[7:0]);
        if (hit && role == 2'd1 && written)
            assert (settled == {flags[which], which_length[14:8]});
        if (hit && role[1] && (written || writing && !body) && place < which_length)
            assert (settled == due_data);
        if (hit && role[1] && writing && body && place < in_at) assert (settled == due_data);
    end

    // To be reached, or the rest says nothing.
    (* keep *) wire patched_one = out_valid && out_last && out_flag && last_patch && out_length == 16'd2;
    (* keep *) wire second      = out_valid && out_last && out_count == 3'd1 && out_length == 16'd3;
`endif
endmodule
`default_nettype wire
