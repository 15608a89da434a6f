// offload_sum: add 16-bit words in ones' complement arithmetic, one each clock (RFC 1071).
// SPDX-License-Identifier: MIT
//
// A carry waits for the next clock, so a word costs one adder. It never waits beside FFFF, so `sum` needs no second one.
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

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (clear);

    // Ones' complement is arithmetic modulo 65535 with two zeros: 0 for a sum of nothing but zeros, FFFF for any other.
    function [15:0] remainder(input [16:0] of);
        remainder = of >= 17'd131070 ? of - 17'd131070 : of >= 17'd65535 ? of - 17'd65535 : of[15:0];
    endfunction

    reg [15:0] total;                          // of all words, modulo 65535
    reg        any;                            // one of them was not 0

    always @(posedge clk)
        if (clear || add) begin
            total <= remainder((clear ? 17'd0 : {1'b0, total}) + (add ? {1'b0, word} : 17'd0));
            any   <= !clear && any || add && word != 16'd0;
        end

    always @(posedge clk)
        if (begun) assert (sum == (any && total == 16'd0 ? 16'hFFFF : total));

    // The way there: a carry never waits beside FFFF.
    always @(posedge clk)
        if (begun) assert (!(carry && partial == 16'hFFFF) && total < 16'd65535 && (any || total == 16'd0));

    // To be reached, or the rest says nothing.
    (* keep *) wire wrapped = begun && any && total == 16'd0 && carry;
`endif
endmodule
`default_nettype wire
