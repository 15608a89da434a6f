// usb_bulk_in: gathers bytes into bulk IN packets and keeps each until the host has acknowledged it.
// SPDX-License-Identifier: MIT
//
// A ring of 1024 bytes: the packet on its way and the next one. Each byte has a mark if its transfer ends with it;
// a transfer of whole packets is followed by an empty one.
`default_nettype none
module usb_bulk_in (
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
    (* no_rw_check *)                       // a packet is read once all of it has been written
    reg [8:0]  bytes [0:1023];
    reg [8:0]  byte_out;                    // the one at `read`
    reg [10:0] write, base, read;           // next to be written, first of the packet on its way, on offer

    // ---- in ----
    reg  [1:0]  ends;                       // marks in the ring
    wire [10:0] used = write - base;
    wire        put  = in_valid && in_ready;

    assign in_ready = !used[10] && ends != 2'd3;

    always @(posedge clk)
        if (put) bytes[write[9:0]] <= {in_last, in_data};

    always @(posedge clk)
        if (rst)      write <= 11'd0;
        else if (put) write <= write + 11'd1;

    // ---- out ----
    reg         last_sent;                  // the packet on its way ended its transfer,
    reg         empty_due;                  // but was a whole one: an empty packet follows
    wire [10:0] length = read - base;       // of the packet on its way, so far
    wire [10:0] largest = high_speed ? 11'd512 : 11'd64;
    wire        whole  = length == largest;
    wire        enough = used >= largest;

    wire [10:0] read_next = start ? base : payload_take ? read + 11'd1 : read;

    assign packet_ready  = empty_due || ends != 2'd0 || enough;
    assign payload_valid = !empty_due && !last_sent && !whole;
    assign payload_data  = byte_out[7:0];

    always @(posedge clk) byte_out <= bytes[read_next[9:0]];

    always @(posedge clk)
        if (rst) read <= 11'd0;
        else     read <= read_next;

    always @(posedge clk)
        if (rst || start)      last_sent <= 1'b0;
        else if (payload_take) last_sent <= byte_out[8];

    always @(posedge clk)
        if (rst)        {empty_due, base} <= 12'd0;
        else if (taken) {empty_due, base} <= {last_sent && whole, read};

    wire end_put   = put && in_last;
    wire end_taken = taken && last_sent;

    always @(posedge clk)
        if (rst) ends <= 2'd0;
        else     ends <= ends + {1'b0, end_put} - {1'b0, end_taken};

    assign idle = write == base && !empty_due;
endmodule
`default_nettype wire
