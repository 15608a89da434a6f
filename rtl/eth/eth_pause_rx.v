// eth_pause_rx: recognize a pause frame and keep its time (IEEE 802.3, annex 31B).
// SPDX-License-Identifier: MIT
`default_nettype none
module eth_pause_rx (
    input  wire        clk,
    input  wire        rst,
    input  wire        strobe,                 // bytes 12 to 17 of the frame are complete
    input  wire        clear,                  // the frame is over
    input  wire        control,                // its destination may be told to pause
    input  wire [47:0] bytes,                  // 12 to 17; [47:40] came first
    output reg         found,                  // since strobe: this is a pause frame, if its FCS is good
    output reg  [15:0] quanta
);
    localparam [31:0] PAUSE = 32'h88080001;    // type MAC control, operation pause

    always @(posedge clk)
        if (rst || clear) found <= 1'b0;
        else if (strobe)  found <= control && bytes[47:16] == PAUSE;

    always @(posedge clk)
        if (strobe) quanta <= bytes[15:0];
endmodule
`default_nettype wire
