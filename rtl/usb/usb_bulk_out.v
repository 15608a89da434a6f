// usb_bulk_out: keeps the data of bulk OUT packets until somebody takes it.
// SPDX-License-Identifier: MIT
//
// A ring of 2048 items: a packet being received, and up to three large ones that are good. With room for one alone, every
// pause of the taker's would cost a NYET and a PING, though it takes bytes faster than USB brings them. A packet
// shorter than the largest ends its transfer, so an item without a byte (out_end) is put behind it.
`default_nettype none
module usb_bulk_out (
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
    (* no_rw_check *)                       // an item is read again until it is a good one, written before
    reg [8:0]  items [0:2047];
    reg [8:0]  item;
    reg [11:0] write, good, read;           // next to be written, end of the good packets, on offer

    // ---- in ----
    wire [11:0] largest  = high_speed ? 12'd512 : 12'd64;
    wire [11:0] length   = write - good;
    wire        full     = length == largest;
    wire        store    = open && data_valid && !full;
    wire        end_here = commit && !full;
    wire        put      = store || end_here;

    always @(posedge clk)
        if (!open)                   overlong <= 1'b0;
        else if (data_valid && full) overlong <= 1'b1;

    always @(posedge clk)
        if (put) items[write[10:0]] <= {end_here, data};

    always @(posedge clk)
        if (rst)        write <= 12'd0;
        else if (put)   write <= write + 12'd1;
        else if (!open) write <= good;

    always @(posedge clk)
        if (rst)         good <= 12'd0;
        else if (commit) good <= end_here ? write + 12'd1 : write;

    wire [11:0] used = write - read;
    assign room = !used[11] && (used[10:9] != 2'd3 || used[8:0] == 9'd0);

    // ---- out ----
    wire [11:0] read_next = out_valid && out_ready ? read + 12'd1 : read;

    always @(posedge clk) item <= items[read_next[10:0]];

    always @(posedge clk)
        if (rst) {out_valid, read} <= 13'd0;
        else     {out_valid, read} <= {read_next != good, read_next};

    assign {out_end, out_data} = item;
    assign idle = read == good;
endmodule
`default_nettype wire
