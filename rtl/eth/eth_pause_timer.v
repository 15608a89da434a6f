// eth_pause_timer: hold frames back for as long as the partner's pause frame said (IEEE 802.3, annex 31B.3).
// SPDX-License-Identifier: MIT
//
// A quantum is 512 bit times, 64 byte times at every speed. A newer pause frame replaces the rest; 0 ends it.
`default_nettype none
module eth_pause_timer (
    input  wire        clk,
    input  wire        rst,
    input  wire        tick,                   // once a byte time
    input  wire        load,
    input  wire [15:0] quanta,
    output reg         paused
);
    reg  [21:0] left;                          // byte times
    wire        runs = left != 22'd0;

    always @(posedge clk)
        if (rst)               left <= 22'd0;
        else if (load)         left <= {quanta, 6'd0};
        else if (tick && runs) left <= left - 22'd1;

    always @(posedge clk)
        if (rst) paused <= 1'b0;
        else     paused <= load || runs;
endmodule
`default_nettype wire
