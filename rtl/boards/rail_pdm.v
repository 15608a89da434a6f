// rail_pdm: set a supply whose voltage a pin's duty decides, and switch it on once the pin's filter holds that.
// SPDX-License-Identifier: MIT
//
// On a board whose bank of pins has no voltage until the bitstream makes it. The pin is high in DUTY of 65536 clocks, spread as
// evenly as can be, so that a small filter is enough. What lives on the supply stays in reset until settled.
`default_nettype none
module rail_pdm #(
    parameter DUTY = 45000,                     // of 65536; 0 to 65535
    parameter BITS = 18                         // 2^BITS clocks for the filter, as many for the supply
) (
    input  wire clk,
    output reg  pdm,
    output reg  enable,
    output reg  settled
);
    reg [15:0]   rest;                          // of the duty, not yet given
    reg [BITS:0] age;

    generate
        if (DUTY < 0 || DUTY > 65535) begin : illegal
            DUTY_must_be_from_0_to_65535 stop ();
        end
    endgenerate

    initial {pdm, rest}       = 17'd0;
    initial age               = 0;
    initial {enable, settled} = 2'b00;

    always @(posedge clk) {pdm, rest} <= {1'b0, rest} + DUTY[16:0];

    always @(posedge clk)
        if (!settled) age <= age + 1'b1;

    always @(posedge clk) begin
        enable  <= enable || age[BITS];
        settled <= settled || &age;
    end
endmodule
`default_nettype wire
