// eth_backlog: ask for a pause while the receive buffer is nearly full.
// SPDX-License-Identifier: MIT
//
// From asking to silence come: a frame of ours that is under way, the pause frame, and what the partner sends until it
// obeys: two frames of the largest size and some quanta. That is 4 x 1538 + 84 + 512 bytes at most with MAX_FRAME 1518,
// so 8 KiB are kept free where the buffer is large enough.
`default_nettype none
module eth_backlog #(
    parameter BYTES = 65536                    // of the buffer; a power of two
) (
    input  wire                     clk,
    input  wire                     rst,
    input  wire [$clog2(BYTES)-1:0] fill,
    output reg                      wanted
);
    localparam RESERVE = BYTES >= 16384 ? 8192 : BYTES / 2;
    localparam HIGH    = BYTES - RESERVE;
    localparam LOW     = HIGH / 2;

    always @(posedge clk)
        if (rst)                                     wanted <= 1'b0;
        else if (fill >= HIGH[$clog2(BYTES)-1:0])    wanted <= 1'b1;
        else if (fill < LOW[$clog2(BYTES)-1:0])      wanted <= 1'b0;
endmodule
`default_nettype wire
