// ddr_out: drive pins that change at both edges of the clock with ECP5's output registers.
// SPDX-License-Identifier: MIT
//
// RGMII wants its clock 2 ns behind the data: DELAY = 80 for that pin.
`default_nettype none
module ddr_out #(
    parameter WIDTH = 1,
    parameter DELAY = 0                        // of the pins, in steps of 25 ps, 0 to 127
) (
    input  wire             clk,
    input  wire [WIDTH-1:0] rise,              // driven from the next rising edge on
    input  wire [WIDTH-1:0] fall,              // driven from the falling edge after it on
    output wire [WIDTH-1:0] pins
);
    wire [WIDTH-1:0] edges;

    genvar i;
    generate
        if (DELAY < 0 || DELAY > 127) begin : illegal
            DELAY_must_be_from_0_to_127 stop ();
        end
        for (i = 0; i < WIDTH; i = i + 1) begin : pin
            ODDRX1F cell_out (.D0(rise[i]), .D1(fall[i]), .SCLK(clk), .RST(1'b0), .Q(edges[i]));
            if (DELAY == 0) begin : straight
                assign pins[i] = edges[i];
            end else begin : delayed
                DELAYG #(.DEL_MODE("SCLK_ALIGNED"), .DEL_VALUE(DELAY)) cell_delay (.A(edges[i]), .Z(pins[i]));
            end
        end
    endgenerate
endmodule
`default_nettype wire
