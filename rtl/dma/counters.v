// counters: count what happens to frames, 32 bits a counter, in one block RAM.
// SPDX-License-Identifier: MIT
//
// An event marks its counters as pending; the RAM adds to one pending counter in two clocks. That keeps up as long as
// the two directions have at most one frame in thirty clocks each; at 60 MHz and 1000 Mbit/s they have one in forty. A
// read by register comes first; an addition that it disturbs begins again.
`default_nettype none
`include "registers.vh"

module counters (
    input  wire        clk,
    input  wire        rst,                 // clear all counters, in 32 clocks

    input  wire        rx_done,
    input  wire [15:0] rx_done_length,
    input  wire [9:0]  rx_done_flags,
    input  wire        tx_done,
    input  wire [15:0] tx_done_length,
    input  wire        tx_done_pause,
    input  wire        bad_record,
    input  wire        disabled,
    input  wire        segmented,           // a super-frame has been cut to its end
    input  wire        segment,             // a frame was made of one
    input  wire        verified,            // a frame went to the host with DATA_VALID

    input  wire        read,
    input  wire [4:0]  index,               // (byte address of the register - 0x100) / 4
    output reg  [31:0] value,               // in the clock after read

    output wire        idle
);
    localparam GOOD = 0, BAD_FCS = 1, RUNT = 2, OVERSIZE = 3, SYMBOL_ERROR = 4, OVERFLOW = 5, FILTERED = 6,
               PAUSE = 7, MULTICAST = 8, BROADCAST = 9;     // bits of rx_done_flags

    (* ram_style = "block", no_rw_check *)
    reg [31:0] count [0:31];

    reg [31:0] pending;                     // counters that an event is to be added to
    reg [15:0] rx_bytes, tx_bytes;          // of the latest frames
    reg        adding;                      // `slot` is being added to
    reg        fresh;                       // … and value is what it holds
    reg [4:0]  slot;
    reg [15:0] addend;
    reg        clearing;
    reg [4:0]  walk;                        // the counter that is cleared next

    // Which counters an event adds to.
    wire delivered = rx_done && rx_done_flags[GOOD] && rx_done_flags[PAUSE:BAD_FCS] == 7'd0;
    wire sent      = tx_done && !tx_done_pause;
    reg [31:0] events;
    always @(*) begin
        events = 32'd0;
        events[`COUNTER_RX_FRAMES]        = delivered;
        events[`COUNTER_RX_BYTES]         = delivered;
        events[`COUNTER_RX_MULTICAST]     = delivered && rx_done_flags[MULTICAST] && !rx_done_flags[BROADCAST];
        events[`COUNTER_RX_BROADCAST]     = delivered && rx_done_flags[BROADCAST];
        events[`COUNTER_RX_CRC_ERRORS]    = rx_done && rx_done_flags[BAD_FCS];
        events[`COUNTER_RX_RUNTS]         = rx_done && rx_done_flags[RUNT];
        events[`COUNTER_RX_OVERSIZE]      = rx_done && rx_done_flags[OVERSIZE];
        events[`COUNTER_RX_SYMBOL_ERRORS] = rx_done && rx_done_flags[SYMBOL_ERROR];
        events[`COUNTER_RX_OVERFLOWS]     = rx_done && rx_done_flags[OVERFLOW];
        events[`COUNTER_RX_FILTERED]      = rx_done && rx_done_flags[FILTERED];
        events[`COUNTER_RX_PAUSE]         = rx_done && rx_done_flags[PAUSE];
        events[`COUNTER_RX_VERIFIED]      = verified;
        events[`COUNTER_TX_FRAMES]        = sent;
        events[`COUNTER_TX_BYTES]         = sent;
        events[`COUNTER_TX_PAUSE]         = tx_done && tx_done_pause;
        events[`COUNTER_TX_BAD_RECORDS]   = bad_record;
        events[`COUNTER_TX_DISABLED]      = disabled;
        events[`COUNTER_TX_SEGMENTED_RECORDS] = segmented;
        events[`COUNTER_TX_SEGMENTS]      = segment;
    end

    // The lowest pending counter is next.
    reg [4:0] next;
    integer   i;
    always @(*) begin
        next = 5'd0;
        for (i = 31; i >= 0; i = i - 1)
            if (pending[i]) next = i[4:0];
    end

    wire pick  = !adding && pending != 32'd0 && !read && !clearing;
    wire again = adding && !fresh && !read;
    wire store = adding && fresh && !read;

    wire        count_read  = read || pick || again;
    wire [4:0]  count_from  = read ? index : pick ? next : slot;
    wire        count_write = clearing || store;
    wire [4:0]  count_to    = clearing ? walk : slot;
    wire [31:0] count_value = clearing ? 32'd0 : value + {16'd0, addend};

    assign idle = !adding && !clearing && pending == 32'd0;

    always @(posedge clk) begin
        if (count_read) value <= count[count_from];
        if (count_write) count[count_to] <= count_value;
    end

    always @(posedge clk)
        if (rst || clearing) pending <= 32'd0;
        else                 pending <= pending & ~({31'd0, pick} << next) | events;

    always @(posedge clk) begin
        if (rx_done) rx_bytes <= rx_done_length;
        if (tx_done) tx_bytes <= tx_done_length;
    end

    always @(posedge clk)
        if (pick) begin
            slot   <= next;
            addend <= next == `COUNTER_RX_BYTES ? rx_bytes : next == `COUNTER_TX_BYTES ? tx_bytes : 16'd1;
        end

    always @(posedge clk)
        if (rst)        adding <= 1'b0;
        else if (pick)  adding <= 1'b1;
        else if (store) adding <= 1'b0;

    always @(posedge clk) fresh <= pick || again;

    always @(posedge clk)
        if (rst)                              clearing <= 1'b1;
        else if (clearing && walk == 5'd31)   clearing <= 1'b0;

    always @(posedge clk)
        if (rst)           walk <= 5'd0;
        else if (clearing) walk <= walk + 5'd1;
endmodule
`default_nettype wire
