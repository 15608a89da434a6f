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

    wire delivered = rx_done && rx_done_flags[GOOD] && rx_done_flags[PAUSE:BAD_FCS] == 7'd0;
    wire sent      = tx_done && !tx_done_pause;

    // The lowest pending counter is next.
    wire [31:0] lowest = pending & (~pending + 32'd1);
    wire [4:0]  next   = {|(lowest & 32'hFFFF0000), |(lowest & 32'hFF00FF00), |(lowest & 32'hF0F0F0F0),
                          |(lowest & 32'hCCCCCCCC), |(lowest & 32'hAAAAAAAA)};

    wire due   = !adding && !clearing && pending != 32'd0;
    wire pick  = due && !read;
    wire again = adding && !fresh && !read;
    wire store = adding && fresh && !read;

    wire        count_read  = read || pick || again;
    wire [4:0]  count_from  = read ? index : pick ? next : slot;
    wire        count_write = clearing || store;
    wire [4:0]  count_to    = clearing ? walk : slot;
    wire [31:0] count_value = clearing ? 32'd0 : value + {16'd0, addend};

    assign idle = !adding && !clearing && !due;

    always @(posedge clk) begin
        if (count_read) value <= count[count_from];
        if (count_write) count[count_to] <= count_value;
    end

    always @(posedge clk)
        if (rst || clearing) pending <= 32'd0;
        else begin
            if (pick) pending <= pending & ~lowest;
            if (delivered) begin
                pending[`COUNTER_RX_FRAMES] <= 1'b1;
                pending[`COUNTER_RX_BYTES]  <= 1'b1;
                if (rx_done_flags[BROADCAST])      pending[`COUNTER_RX_BROADCAST] <= 1'b1;
                else if (rx_done_flags[MULTICAST]) pending[`COUNTER_RX_MULTICAST] <= 1'b1;
            end
            if (rx_done) begin
                if (rx_done_flags[BAD_FCS])      pending[`COUNTER_RX_CRC_ERRORS]    <= 1'b1;
                if (rx_done_flags[RUNT])         pending[`COUNTER_RX_RUNTS]         <= 1'b1;
                if (rx_done_flags[OVERSIZE])     pending[`COUNTER_RX_OVERSIZE]      <= 1'b1;
                if (rx_done_flags[SYMBOL_ERROR]) pending[`COUNTER_RX_SYMBOL_ERRORS] <= 1'b1;
                if (rx_done_flags[OVERFLOW])     pending[`COUNTER_RX_OVERFLOWS]     <= 1'b1;
                if (rx_done_flags[FILTERED])     pending[`COUNTER_RX_FILTERED]      <= 1'b1;
                if (rx_done_flags[PAUSE])        pending[`COUNTER_RX_PAUSE]         <= 1'b1;
            end
            if (sent) begin
                pending[`COUNTER_TX_FRAMES] <= 1'b1;
                pending[`COUNTER_TX_BYTES]  <= 1'b1;
            end
            if (tx_done && tx_done_pause) pending[`COUNTER_TX_PAUSE]             <= 1'b1;
            if (verified)                 pending[`COUNTER_RX_VERIFIED]          <= 1'b1;
            if (bad_record)               pending[`COUNTER_TX_BAD_RECORDS]       <= 1'b1;
            if (disabled)                 pending[`COUNTER_TX_DISABLED]          <= 1'b1;
            if (segmented)                pending[`COUNTER_TX_SEGMENTED_RECORDS] <= 1'b1;
            if (segment)                  pending[`COUNTER_TX_SEGMENTS]          <= 1'b1;
        end

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
