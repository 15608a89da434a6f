// offload_verify_sum: add 16-bit words in ones' complement, and say whether the sum is that of intact data.
// SPDX-License-Identifier: MIT
//
// The carry out of one addition goes into the next, so a clock holds one 16-bit addition and never two (RFC 1071, 2).
// Words of 0 change nothing. Data that hold their own checksum give 0xFFFF; 0 comes of nothing but zeros.
`default_nettype none
module offload_verify_sum (
    input  wire        clk,
    input  wire        clear,                  // forget all, and the word beside it
    input  wire [15:0] word,
    output reg         right                   // what came up to two clocks ago has the sum 0xFFFF
);
    reg [15:0] sum;
    reg        carry;                          // still to be added

    always @(posedge clk)
        if (clear) {carry, sum} <= 17'd0;
        else       {carry, sum} <= {1'b0, sum} + {1'b0, word} + {16'd0, carry};

    always @(posedge clk)
        right <= &sum[15:1] && (sum[0] ^ carry);
endmodule
`default_nettype wire
