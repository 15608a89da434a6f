// usb_bulk_out: keeps the data of bulk OUT packets until somebody takes it.
// SPDX-License-Identifier: MIT
//
// A ring of items: a packet being received, and up to three large ones that are good. With room for one alone, every
// pause of the taker's would cost a NYET and a PING, though it takes bytes faster than USB brings them. A packet
// shorter than the largest ends its transfer, so an item without a byte (out_end) is put behind it.
`default_nettype none
module usb_bulk_out #(
    parameter LARGE = 512                   // bytes of the largest packet: 64 or 512; the ring holds four
) (
    input  wire       clk, rst,
    input  wire       high_speed,
    input  wire       open,                 // a packet may come; once closed, what was not committed is forgotten
    input  wire       data_valid,
    input  wire [7:0] data,
    input  wire       commit,
    output wire       room,                 // for the largest packet behind what was written
    output reg        overlong,             // the packet has more bytes than the largest

    output wire [7:0] out_data,
    output wire       out_end,
    output reg        out_valid,
    input  wire       out_ready,
    output wire       idle
);
    localparam COUNT = $clog2(4 * LARGE);
    localparam [COUNT:0] ZERO = 0, ONE = 1, SMALL = 64;

    generate
        if (LARGE != 64 && LARGE != 512) begin : illegal
            LARGE_must_be_64_or_512 stop ();
        end
    endgenerate

    (* no_rw_check *)                       // an item is read again until it is a good one, written before
    reg [8:0]     items [0:4*LARGE-1];
    reg [8:0]     item;
    reg [COUNT:0] write, good, read;        // next to be written, end of the good packets, on offer

    // ---- in ----
    wire [COUNT:0] largest  = high_speed ? LARGE[COUNT:0] : SMALL;
    wire [COUNT:0] length   = write - good;
    wire           full     = length == largest;
    wire           store    = open && data_valid && !full;
    wire           end_here = commit && !full;
    wire           put      = store || end_here;

    always @(posedge clk)
        if (!open)                   overlong <= 1'b0;
        else if (data_valid && full) overlong <= 1'b1;

    always @(posedge clk)
        if (put) items[write[COUNT-1:0]] <= {end_here, data};

    always @(posedge clk)
        if (rst)        write <= ZERO;
        else if (put)   write <= write + ONE;
        else if (!open) write <= good;

    always @(posedge clk)
        if (rst)         good <= ZERO;
        else if (commit) good <= end_here ? write + ONE : write;

    wire [COUNT:0] used = write - read;
    assign room = !used[COUNT] && (used[COUNT-1:COUNT-2] != 2'd3 || used[COUNT-3:0] == ZERO[COUNT-3:0]);

    // ---- out ----
    wire [COUNT:0] read_next = out_valid && out_ready ? read + ONE : read;

    always @(posedge clk) item <= items[read_next[COUNT-1:0]];

    always @(posedge clk)
        if (rst) {out_valid, read} <= {1'b0, ZERO};
        else     {out_valid, read} <= {read_next != good, read_next};

    assign {out_end, out_data} = item;
    assign idle = read == good;

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);

    // As usb_transaction has it: a packet is let in where it finds room, and is committed behind its last byte, once.
    always @(posedge clk) begin
        if (begun && !$past(rst)) assume ($stable(high_speed));
        if (begun && open && !$past(open)) assume ($past(room));
        assume (!commit || open && !overlong && !data_valid);
        if (begun && $past(commit || rst)) assume (!open);
    end

    stream_rules #(.WIDTH(9)) rules_out (
        .clk(clk), .rst(rst), .offer(taken == which ? {out_end, out_data} : 9'd0), .valid(out_valid), .ready(out_ready)
    );

    // Any item, counted modulo 4096: no more than 2048 are here. It leaves in its turn, as it came.
    (* anyconst *) wire [11:0] which;
    (* keep *) wire [10:0] spot = which[10:0];  // of the ring, the one place that is kept
    (* keep *) wire [8:0] content;              // (watched_cell)
    reg  [11:0] kept, taken, came;             // items committed, and gone; bytes of the packet, up to one too many
    reg  [8:0]  due;                           // an end's data mean nothing
    wire [11:0] most    = high_speed ? 12'd512 : 12'd64;
    wire [11:0] more    = came > most ? most : came;
    wire        short   = came < most;         // than the largest: an end follows
    wire        ours    = kept + more == which;
    wire [11:0] held    = kept + more - taken;
    wire        matches = item == due || item[8] && due[8];

    always @(posedge clk)
        if (rst || commit || !open)                 came <= 12'd0;
        else if (data_valid && came != most + 12'd1) came <= came + 12'd1;
    always @(posedge clk)
        if (rst)         kept <= 12'd0;
        else if (commit) kept <= kept + more + {11'd0, short};
    always @(posedge clk)
        if (rst)                         taken <= 12'd0;
        else if (out_valid && out_ready) taken <= taken + 12'd1;
    always @(posedge clk)
        if (commit && short && ours)                   due <= 9'h100;
        else if (open && data_valid && short && ours)  due <= {1'b0, data};

    always @(posedge clk)
        if (begun && !rst) begin
            if (out_valid)                   assert (taken != kept);       // what was forgotten never leaves
            if (out_valid && taken == which) assert ({out_end, out_end || out_data == due[7:0]} == {due[8], 1'b1});
            if ($past(taken != kept && !rst) && taken != kept && !$past(commit)) assert (out_valid); // all leaves
            assert (idle == (taken == kept));
            assert (overlong == (came > most) || !open);
            assert (held <= 12'd2048);
            if (room) assert (held + most <= 12'd2048);
        end

    // The way there.
    always @(posedge clk)
        if (begun && !rst) begin
            assert (read == taken && good == kept && write == kept + more && came <= most + 12'd1);
            if (open) assert (kept - taken <= 12'd1536);
            assert (kept - taken <= 12'd2048);
            if (which - taken < held) assert (content == due || content[8] && due[8]);
            if (out_valid && taken == which) assert (matches);
        end

    // To be reached, or the rest says nothing.
    reg forgotten;
    always @(posedge clk) forgotten <= !rst && (forgotten || came != 12'd0 && !open);
    (* keep *) wire second = begun && forgotten && out_valid && out_end && taken == 12'd1 && which == taken;
`endif
endmodule
`default_nettype wire
