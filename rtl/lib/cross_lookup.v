// cross_lookup: look one bit up in a table that another clock holds.
// SPDX-License-Identifier: MIT
//
// The table stays where it is, so that it costs no copy. Logic picks the bit before two registers catch it, which a
// synchronizer may not do with bits that change together; but `at` rests, so only the picked bit can move what is caught.
`default_nettype none
module cross_lookup #(
    parameter BITS = 6                         // of a place in the table
) (
    input  wire               clk,
    input  wire [2**BITS-1:0] content,         // registers of another clock, not logic; bit n at place n
    input  wire [BITS-1:0]    at,              // a register of clk, which rests until the answer is taken
    output reg                out              // the bit at that place, from the second clock behind it on
);
    reg caught;                                // may be metastable for a part of the clock

    initial caught = 1'b0;
    initial out    = 1'b0;

    always @(posedge clk) caught <= content[at];
    always @(posedge clk) out    <= caught;

`ifdef FORMAL
    // The output shows nothing but what the table had two clocks ago, where `at` was then.
    reg [2**BITS-1:0] content_ago, content_before;
    reg [BITS-1:0]    at_ago, at_before;
    reg               begun, ready;

    initial {begun, ready} = 2'b00;
    always @(posedge clk) {ready, begun} <= {begun, 1'b1};
    always @(posedge clk) {content_before, content_ago, at_before, at_ago} <= {content_ago, content, at_ago, at};
    always @(posedge clk) begin
        assert (!begun || caught == (content_ago >> at_ago & 1'b1));
        assert (!ready || out == (content_before >> at_before & 1'b1));
    end

    // To be reached, or the rest says nothing.
    (* keep *) wire shown = ready && out && at != {BITS{1'b0}};
`endif
endmodule
`default_nettype wire
