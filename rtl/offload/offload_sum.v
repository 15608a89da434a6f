// offload_sum: add 16-bit words in ones' complement arithmetic, one each clock (RFC 1071).
// SPDX-License-Identifier: MIT
//
// A carry waits for the next clock, so a word costs one adder. `sum` is right when the last word added was 0x00FF at
// most, or had 0x00 for its low byte, as the bytes of a stream do; behind other words add 0 first.
`default_nettype none
module offload_sum (
    input  wire        clk,
    input  wire        clear,                  // beside add: begin with this word
    input  wire        add,
    input  wire [15:0] word,
    output wire [15:0] sum
);
    reg [15:0] partial;
    reg        carry;

    wire [15:0] base       = clear ? 16'd0 : partial;
    wire        base_carry = carry && !clear;

    assign sum = partial + {15'd0, carry};

    always @(posedge clk)
        if (add)        {carry, partial} <= {1'b0, base} + {1'b0, word} + {16'd0, base_carry};
        else if (clear) {carry, partial} <= 17'd0;
endmodule
`default_nettype wire
