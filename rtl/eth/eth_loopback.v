// eth_loopback: turn the framer's bytes round before they reach the pins, for the board's test of itself.
// SPDX-License-Identifier: MIT
//
// What leaves is what rgmii_rx would find on a wire: the bytes behind the start delimiter, then an end. The framer moves
// on when the last item has crossed into the receive clock, so no ratio of the clocks matters; with that clock dead it
// stands still. The way is changed only between frames.
`default_nettype none
module eth_loopback (
    input  wire       clk,
    input  wire       rst,
    input  wire       wanted,
    input  wire       quiet,                   // no frame is under way
    input  wire [7:0] gmii_data,
    input  wire       gmii_enable,
    output reg        looping,                 // the pins stay silent, and tick is the framer's
    output wire       tick,
    output wire [7:0] out_data,
    output wire       out_end,                 // no byte: the frame is over
    output wire       out_valid,
    input  wire       out_ready
);
    localparam [7:0] DELIMITER = 8'hD5;

    reg in_frame;                              // behind the start delimiter

    assign tick      = out_ready;
    assign out_data  = gmii_data;
    assign out_end   = !gmii_enable;
    assign out_valid = looping && in_frame;

    always @(posedge clk)
        if (rst)        looping <= 1'b0;
        else if (quiet) looping <= wanted;

    always @(posedge clk)
        if (rst)                  in_frame <= 1'b0;
        else if (looping && tick) in_frame <= gmii_enable && (in_frame || gmii_data == DELIMITER);

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);

    // As eth_framer promises: what it puts out stays for a byte time, and it is quiet only behind a silent one.
    reg silent;                                // the byte time before, or the clock if none is counted here
    always @(posedge clk) if (rst || !looping || tick) silent <= !gmii_enable;
    always @(posedge clk) begin
        if (begun && $past(looping && !tick && !rst)) assume ($stable(gmii_data) && $stable(gmii_enable));
        if (begun && $past(rst)) assume (!gmii_enable);
        assume (!quiet || !gmii_enable && silent);
    end

    stream_rules #(.WIDTH(9)) rules_out (
        .clk(clk), .rst(rst), .offer({out_end, out_data}), .valid(out_valid), .ready(out_ready)
    );

    // What leaves, told from the wire alone: the bytes behind the first delimiter, once each, and one end.
    reg delimited;                             // the frame has shown its delimiter
    always @(posedge clk)
        if (rst)                  delimited <= 1'b0;
        else if (looping && tick) delimited <= gmii_enable && (delimited || gmii_data == 8'hD5);

    always @(posedge clk)
        if (begun && !rst) begin
            assert (out_valid == (looping && delimited));
            if (out_valid) assert (out_end == !gmii_enable && (out_end || out_data == gmii_data));
            if (looping)   assert (tick == out_ready);
            if ($past(!rst) && !$stable(looping)) assert (!delimited && $past(quiet));
            if ($past(!rst && out_valid && out_ready && out_end)) assert (!out_valid);
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire ended = begun && !rst && out_valid && out_ready && out_end && looping;
`endif
endmodule
`default_nettype wire
