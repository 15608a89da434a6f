// stretch: make pulses long enough to be seen on an LED.
// SPDX-License-Identifier: MIT
`default_nettype none
module stretch #(
    parameter BITS = 22                         // a pulse lasts 2^BITS clocks: 70 ms at 60 MHz
) (
    input  wire clk,
    input  wire pulse,
    output wire light
);
    reg [BITS:0] left;
    initial left = 0;

    assign light = left[BITS];

    always @(posedge clk)
        if (pulse)      left <= {(BITS + 1){1'b1}};
        else if (light) left <= left - 1'b1;
endmodule
`default_nettype wire
