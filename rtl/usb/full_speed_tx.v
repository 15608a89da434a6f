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

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @* if (!begun) assume (rst);

    reg       owed;                         // a byte came that has not begun to leave
    reg [7:0] given;
    always @(posedge clk) owed <= !rst && (in_valid || owed && !loaded);
    always @(posedge clk) if (in_valid) given <= in_data;
    always @* if (owed && !loaded) assume (!in_valid);

    // A receiver: what the line says, bit by bit, and what it has to say. Each bit's first clock is judged, and that it rests.
    reg [1:0] before, clocks;               // dn and dp in the clock before; of the bit
    reg [2:0] same;                         // ones in a row
    reg [7:0] due;                          // bits, the next lowest, of SYNC and then of each byte that left
    reg [3:0] rest;                         // how many
    reg [1:0] over;                         // bits of the end: SE0, SE0, J
    wire [1:0] pins    = {dn, dp};
    wire       fresh   = drive && clocks == 2'd0;
    wire       one     = pins == before;
    wire       low     = pins == 2'b00;
    wire       stuffed = same == 3'd6;

    always @(posedge clk)
        if (rst || !drive) {before, clocks} <= 4'b0100;
        else               {before, clocks} <= {pins, clocks + 2'd1};
    always @(posedge clk)
        if (rst || !drive)       {same, over} <= 5'd0;
        else if (fresh && low)   over <= over + 2'd1;
        else if (fresh && over != 2'd0) over <= 2'd3;
        else if (fresh)          same <= one ? same + 3'd1 : 3'd0;
    always @(posedge clk)
        if (rst || !drive)          {due, rest} <= {8'h80, 4'd8};
        else if (loaded)            {due, rest} <= {given, 4'd8};
        else if (fresh && !stuffed) {due, rest} <= {1'b0, due[7:1], rest - 4'd1};

    always @*
        if (begun && !rst) begin
            assert (!(dp && dn) && (drive || pins == 2'b01));
            if (drive && !fresh)               assert (one);
            if (fresh && over == 2'd0 && !low) assert (stuffed ? !one : rest != 4'd0 && one == due[0]);
            if (fresh && over == 2'd0 && low)  assert (!stuffed && rest == 4'd0);
            if (fresh && over == 2'd1)         assert (low);
            if (fresh && over == 2'd2)         assert (pins == 2'b01);
            assert (done == (drive && over == 2'd3 && clocks == 2'd3));
            if (loaded) assert (owed && rest == 4'd0 || rest == 4'd1 && fresh);
        end
    reg was_drive, was_done;
    always @(posedge clk) {was_drive, was_done} <= {drive && !rst, done};
    always @* if (begun && !rst && was_drive) assert (drive == !was_done);

    // To be reached, or the rest says nothing.
    reg [1:0] bytes;
    always @(posedge clk) bytes <= rst ? 2'd0 : bytes + {1'b0, loaded};
    (* keep *) wire whole = begun && done && bytes == 2'd1;
`endif
endmodule
`default_nettype wire
