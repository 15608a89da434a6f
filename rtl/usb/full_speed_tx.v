// full_speed_tx: send packets on D+ and D- at 12 Mbit/s: SYNC, bit stuffing, NRZI, end of packet (USB 2.0, 7.1).
// SPDX-License-Identifier: MIT
//
// A packet begins with the first byte that comes, and ends when the next has not come by the time it is due, seven bits
// after `loaded`. Bits last four clocks.
`default_nettype none
module full_speed_tx (
    input  wire       clk,                  // 48 MHz
    input  wire       rst,
    input  wire [7:0] in_data,
    input  wire       in_valid,             // one clock; not before `loaded` has told of the byte before
    output wire       loaded,               // one clock: the byte leaves, the next may come
    output wire       done,                 // one clock: the packet is over, its end included
    output reg        drive,                // the pins are ours
    output reg        dp, dn
);
    localparam [1:0] IDLE   = 2'd0,
                     SEND   = 2'd1,         // SYNC and bytes
                     END    = 2'd2,         // two bits of SE0
                     SETTLE = 2'd3;         // one bit of J
    localparam [7:0] SYNC    = 8'h80;
    localparam [2:0] STUFFED = 3'd6;        // ones in a row, behind which a zero is put in

    reg [1:0] state;
    reg [1:0] phase;                        // of the bit, in clocks
    reg [7:0] next;                         // the byte that came
    reg       full;                         // there is one
    reg [7:0] shift;                        // what is left of the byte that leaves, the next bit lowest
    reg [2:0] left;                         // bits of it behind that one
    reg       empty;                        // none is left
    reg [2:0] ones;                         // in a row
    reg       half;                         // of the end

    initial {state, full, drive} = {IDLE, 2'b00}; // the line is not ours from power-on

    wire begins = state == IDLE && full;
    wire tick   = &phase;                   // a bit begins in the next clock
    wire stuff  = ones == STUFFED;
    wire send   = state == SEND && tick;
    wire advance = send && !stuff;
    wire ends   = advance && empty && !full;
    wire bit_out = !stuff && (empty ? next[0] : shift[0]);

    assign loaded = advance && empty && full;
    assign done   = state == SETTLE && tick;

    always @(posedge clk)
        if (in_valid) next <= in_data;

    always @(posedge clk)
        if (rst)           full <= 1'b0;
        else if (in_valid) full <= 1'b1;
        else if (loaded)   full <= 1'b0;

    always @(posedge clk)
        if (rst)         state <= IDLE;
        else if (begins) state <= SEND;
        else if (ends)   state <= END;
        else if (tick && state == END && half) state <= SETTLE;
        else if (done)   state <= IDLE;

    always @(posedge clk)
        if (state == IDLE) phase <= 2'd3;
        else               phase <= phase + 2'd1;

    always @(posedge clk)
        if (begins)       {empty, left, shift} <= {1'b0, 3'd7, SYNC};
        else if (loaded)  {empty, left, shift} <= {1'b0, 3'd6, 1'b0, next[7:1]};
        else if (advance) {empty, left, shift} <= {left == 3'd0, left - 3'd1, 1'b0, shift[7:1]};

    always @(posedge clk)
        if (state == IDLE) ones <= 3'd0;
        else if (send)     ones <= bit_out ? ones + 3'd1 : 3'd0;

    always @(posedge clk)
        if (state == SEND) half <= 1'b0;
        else if (tick)     half <= 1'b1;

    // ---- pins: J at rest, changed by each zero ----
    always @(posedge clk)
        if (rst || state == IDLE)             {dn, dp} <= 2'b01;
        else if (ends)                        {dn, dp} <= 2'b00;
        else if (send && !bit_out)            {dn, dp} <= {dp, dn};
        else if (state == END && tick && half) {dn, dp} <= 2'b01;

    always @(posedge clk)
        if (rst || done || state == IDLE) drive <= 1'b0;
        else                              drive <= 1'b1;
endmodule
`default_nettype wire
