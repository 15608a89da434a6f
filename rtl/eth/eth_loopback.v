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
endmodule
`default_nettype wire
