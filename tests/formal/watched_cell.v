// watched_cell: a memory of which one cell, whichever it is, is kept; what all others hold is free (proofs_test).
// SPDX-License-Identifier: MIT
//
// What holds with it holds with the whole memory. Cell and address are tied to `content` and `spot` of the module.
`default_nettype none
(* techmap_celltype = "$mem_v2" *)
module watched_cell (RD_CLK, RD_EN, RD_ARST, RD_SRST, RD_ADDR, RD_DATA, WR_CLK, WR_EN, WR_ADDR, WR_DATA);
    parameter MEMID = "", SIZE = 2, OFFSET = 0, ABITS = 1, WIDTH = 1, INIT = 0;
    parameter RD_PORTS = 1, RD_CLK_ENABLE = 0, RD_CLK_POLARITY = 0, RD_TRANSPARENCY_MASK = 0, RD_COLLISION_X_MASK = 0;
    parameter RD_WIDE_CONTINUATION = 0, RD_CE_OVER_SRST = 0, RD_ARST_VALUE = 0, RD_SRST_VALUE = 0, RD_INIT_VALUE = 0;
    parameter WR_PORTS = 1, WR_CLK_ENABLE = 1, WR_CLK_POLARITY = 1, WR_PRIORITY_MASK = 0, WR_WIDE_CONTINUATION = 0;

    input  wire             RD_CLK, RD_EN, RD_ARST, RD_SRST, WR_CLK;
    input  wire [ABITS-1:0] RD_ADDR, WR_ADDR;
    input  wire [WIDTH-1:0] WR_EN, WR_DATA;
    output wire [WIDTH-1:0] RD_DATA;

    wire _TECHMAP_FAIL_ = RD_PORTS != 1 || WR_PORTS != 1 || RD_CLK_ENABLE != 0 || OFFSET != 0;

    wire [ABITS-1:0] spot;
    reg  [WIDTH-1:0] content;
    (* anyseq *) wire [WIDTH-1:0] other;

    assign RD_DATA = RD_ADDR == spot ? content : other;

    always @(posedge WR_CLK)
        if (WR_ADDR == spot) content <= content & ~WR_EN | WR_DATA & WR_EN;
endmodule
`default_nettype wire
