// stream_rules: say what every stream promises, to be asserted of a module's outputs and assumed of its inputs.
// SPDX-License-Identifier: MIT
//
// A byte moves when valid and ready; a byte on offer stays, with all that is said about it, until it is taken.
// That `valid` does not wait for `ready` is beyond a check at clock edges, and not stated here.
`default_nettype none
module stream_rules #(
    parameter WIDTH  = 9,                      // of all that must stay: data, last and what else goes beside a byte
    parameter ASSUME = 0                       // 1: the stream comes from outside
) (
    input  wire             clk,
    input  wire             rst,               // promises end here and now
    input  wire [WIDTH-1:0] offer,
    input  wire             valid,
    input  wire             ready
);
    reg             waiting;                   // an offer was not taken
    reg [WIDTH-1:0] offered;

    initial waiting = 1'b0;

    wire stays = !waiting || rst || (valid && offer == offered);

    always @(posedge clk) waiting <= valid && !ready && !rst;
    always @(posedge clk) offered <= offer;

    generate
        if (ASSUME != 0) begin : input_side
            always @(posedge clk) assume (stays);
        end else begin : output_side
            always @(posedge clk) assert (stays);
        end
    endgenerate
endmodule
`default_nettype wire
