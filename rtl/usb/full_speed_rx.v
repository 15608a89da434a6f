// full_speed_rx: find packets on D+ and D- at 12 Mbit/s and undo NRZI and bit stuffing (USB 2.0, 7.1).
// SPDX-License-Identifier: MIT
//
// Four samples a bit. Every change of the line sets the phase anew, and a bit is taken one sample behind the first of its
// level, if that has lasted: so the moment in which both lines look low while they cross is no bit. Between two
// changes lie at most seven bits, in which the two clocks hardly part. A packet's end is taken for one in the first
// half of its SE0, since the answer is due soon.
`default_nettype none
module full_speed_rx (
    input  wire       clk,                  // 48 MHz
    input  wire       rst,
    input  wire [1:0] pins,                 // D-, D+; any time
    input  wire       mute,                 // we drive them: what is on them is no packet
    output reg  [1:0] line,                 // D-, D+, sampled
    output reg        active,               // a packet, from the end of its SYNC
    output reg        error,                // since the packet began; seen before active falls
    output reg        byte_valid,
    output reg  [7:0] byte_data
);
    localparam [1:0] SE0 = 2'b00;
    localparam [5:0] SYNC = 6'b000001;      // its last bits
    localparam [2:0] STUFFED = 3'd6;        // ones in a row, behind which a zero is put in
    localparam [2:0] BROKEN  = 3'd7;        // as many: no packet has them

    // ---- bits ----
    wire [1:0] now;                         // in this clock
    reg  [1:0] phase;                       // samples since the line changed, modulo 4
    reg        level;                       // D+ in the bit before
    wire       changed = now != line;
    wire       take    = phase == 2'd1 && !changed;
    wire       se0     = line == SE0;
    wire       value   = line[0] == level;  // NRZI: no change is a one

    cross_sync #(.WIDTH(2)) here (.clk(clk), .in(pins), .out(now));

    always @(posedge clk) line <= now;

    always @(posedge clk) phase <= changed ? 2'd1 : phase + 2'd1;

    always @(posedge clk)
        if (rst)       level <= 1'b1;
        else if (take) level <= line[0];

    // ---- packets ----
    reg  [4:0] history;                     // bits, the newest lowest; all ones where no packet can begin
    reg  [2:0] ones;                        // in a row; stays at 7
    reg  [2:0] count;                       // bits of the byte; ones behind an error
    wire       stuff   = ones == STUFFED && !value;
    wire       broken  = ones == STUFFED && value;
    wire       idle    = error && ones == BROKEN && count == 3'd7;  // for 14 bits: the packet's end was lost
    wire       begins  = take && !active && !se0 && !mute && {history, value} == SYNC;
    wire       over    = take && active && (se0 || idle);
    wire       data    = take && active && !se0 && !stuff && !error;

    // A last bit that hubs have stretched may look like one more (7.1.9.1).
    wire       uneven  = take && active && se0 && count > 3'd1;

    reg        ending;                      // active falls one clock behind the verdict

    always @(posedge clk)
        if (rst || mute || active) history <= 5'h1f;
        else if (take)             history <= se0 ? 5'h1f : {history[3:0], value};

    always @(posedge clk)
        if (begins)    ones <= 3'd1;
        else if (take) ones <= !value ? 3'd0 : ones == BROKEN ? BROKEN : ones + 3'd1;

    always @(posedge clk) ending <= over && !rst;

    always @(posedge clk)
        if (rst || mute || ending) active <= 1'b0;
        else if (begins)           active <= 1'b1;

    always @(posedge clk)
        if (rst || begins)                                     error <= 1'b0;
        else if (uneven || (take && active && !se0 && broken)) error <= 1'b1;

    always @(posedge clk)
        if (begins)               count <= 3'd0;
        else if (take && broken)  count <= 3'd0;
        else if (take && !stuff)  count <= error && !value ? 3'd0 : count + 3'd1;

    always @(posedge clk)
        if (data) byte_data <= {value, byte_data[7:1]};

    always @(posedge clk)
        byte_valid <= data && !broken && count == 3'd7 && !rst;
endmodule
`default_nettype wire
