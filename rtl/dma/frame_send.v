// frame_send: take the frames to send out of bulk OUT transfers that hold one each (CDC ECM).
// SPDX-License-Identifier: MIT
//
// A transfer's end has no byte, so each byte waits for what is behind it: only then is it known whether it is the last.
// A frame that is too long is given up at the byte that is one too many, and the rest of its transfer is skipped; one
// that cannot be a frame, at its end. An empty transfer means nothing.
`default_nettype none

module frame_send #(
    parameter MAX_FRAME = 1518              // largest frame, without FCS, 64 to 65535
) (
    input  wire       clk,
    input  wire       rst,                  // the next byte is a transfer's first

    input  wire [7:0] out_data,
    input  wire       out_end,
    input  wire       out_valid,
    output wire       out_ready,

    output reg  [7:0] tx_data,              // the byte that waits
    output wire       tx_last,
    output wire       tx_drop,
    output wire       tx_valid,
    input  wire       tx_ready,

    output reg        bad_frame             // pulse: a frame was dropped
);
    localparam [15:0] SHORTEST = 16'd14, LONGEST = MAX_FRAME;

    reg        waiting;                     // there is such a byte
    reg        skip;                        // until the transfer ends
    reg [15:0] count;                       // bytes of the frame that came

    wire too_short = count < SHORTEST;
    wire full      = count == LONGEST;
    wire out_take  = out_valid && out_ready;
    wire byte_take = out_take && !out_end;
    wire end_take  = out_take && out_end;
    wire give_up   = waiting && byte_take && full;

    assign out_ready = !waiting || tx_ready;
    assign tx_valid  = waiting && out_valid;
    assign tx_last   = out_end || full;
    assign tx_drop   = out_end ? too_short : full;

    always @(posedge clk)
        if (byte_take) tx_data <= out_data;

    always @(posedge clk)
        if (rst || end_take || give_up) waiting <= 1'b0;
        else if (byte_take && !skip)    waiting <= 1'b1;

    always @(posedge clk)
        if (rst || end_take) skip <= 1'b0;
        else if (give_up)    skip <= 1'b1;

    always @(posedge clk)
        if (rst || end_take)                      count <= 16'd0;
        else if (byte_take && !skip && !give_up)  count <= count + 16'd1;

    always @(posedge clk) bad_frame <= !rst && (give_up || (end_take && waiting && too_short));

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);

    stream_rules #(.WIDTH(9), .ASSUME(1)) rules_out (
        .clk(clk), .rst(rst), .offer({out_end, out_data}), .valid(out_valid), .ready(out_ready)
    );
    stream_rules #(.WIDTH(10)) rules_tx (
        .clk(clk), .rst(rst), .offer({tx_drop, tx_last, tx_data}), .valid(tx_valid), .ready(tx_ready)
    );

    // Bytes of this transfer that came, up to one too many, and of its frame that went.
    reg  [16:0] came, went;
    reg         ended;                         // its frame has, and may not begin again
    reg  [7:0]  behind;                        // the byte that came last
    wire        tx_take = tx_valid && tx_ready;

    always @(posedge clk)
        if (rst || end_take)                           came <= 17'd0;
        else if (byte_take && came <= {1'b0, LONGEST}) came <= came + 17'd1;
    always @(posedge clk)
        if (rst || end_take) {ended, went} <= 18'd0;
        else if (tx_take)    {ended, went} <= {ended || tx_last, went + 17'd1};
    always @(posedge clk) if (byte_take) behind <= out_data;

    // Every byte goes as it came, in its turn; a frame of lawful length ends with its transfer and is kept, any other is
    // dropped and counted once; nothing of a transfer comes behind its frame's end.
    always @(posedge clk)
        if (begun && !rst) begin
            if (tx_valid) assert (!ended && tx_data == behind && went + 17'd1 == came);
            if (tx_take && tx_last)
                assert (tx_drop == (came < {1'b0, SHORTEST} || !out_end));
            if (tx_take && !tx_last) assert (!tx_drop && came < {1'b0, LONGEST});
            if (end_take && came != 17'd0) assert (ended || tx_take && tx_last);
            if (end_take && came > {1'b0, LONGEST}) assert (ended);
            if (!$past(rst)) assert (bad_frame == $past(tx_take && tx_last && tx_drop));
        end
    always @(posedge clk) if (begun && tx_ready) assert (out_ready);

    // The way there.
    always @(posedge clk)
        if (begun && !rst) begin
            assert (skip == ended && skip == (came > {1'b0, LONGEST}));
            assert (waiting == (came != 17'd0 && !ended));
            if (waiting) assert ({1'b0, count} == came && went + 17'd1 == came && tx_data == behind);
            if (came == 17'd0) assert (count == 16'd0 && went == 17'd0);
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire whole = begun && tx_take && tx_last && !tx_drop;
    (* keep *) wire long  = begun && skip && end_take;
`endif
endmodule
`default_nettype wire
