// offload_segment: compute a segment's lengths and header sums while its first header bytes go out.
// SPDX-License-Identifier: MIT
//
// A step in each clock from `start` on, through one adder for the lengths and offload_send's one for sums. The first
// field that needs a result is byte 16 of the frame, and all are there at step 8.
`default_nettype none
module offload_segment (
    input  wire        clk,
    input  wire        rst,
    input  wire        learned,                // the headers are known: take what holds for all segments
    input  wire [15:0] whole,                  // TCP or UDP header and all payload, at `learned`
    input  wire [15:0] ip_part,                // what is in front of the TCP or UDP header and counts in ip_length
    input  wire [5:0]  l4_bytes,               // of the TCP or UDP header
    input  wire [15:0] sum,                    // of the IP header, at `learned`

    input  wire        start,                  // a segment begins
    input  wire [16:0] payload,                // bytes left for it and all behind it
    input  wire [15:0] gso_size,
    input  wire        take,                   // a byte of its payload moves
    input  wire [15:0] identification,

    output reg  [15:0] left,                   // payload bytes of this segment that have not moved
    output reg         last,                   // no segment comes behind it
    output reg  [15:0] l4_length,
    output reg  [15:0] ip_length,
    output reg  [15:0] ip_checksum,
    output reg         sum_clear,              // what the accumulator must do
    output reg         sum_add,
    output reg  [15:0] sum_word
);
    localparam [3:0] LENGTHS = 4'd1, WORDS = 4'd2, REST = 4'd9;

    reg [3:0]  step;
    reg [15:0] ip_sum, whole_l4, ip_rest;
    reg [5:0]  header;

    wire ends = payload <= {1'b0, gso_size};

    always @(posedge clk)
        if (rst)               step <= REST;
        else if (start)        step <= LENGTHS;
        else if (step != REST) step <= step + 4'd1;

    always @(posedge clk)
        if (learned) begin
            ip_sum   <= sum;
            whole_l4 <= whole;
            ip_rest  <= ip_part;
            header   <= l4_bytes;
        end

    always @(posedge clk)
        if (start)     left <= ends ? payload[15:0] : gso_size;
        else if (take) left <= left - 16'd1;
    always @(posedge clk)
        if (start) last <= ends;

    always @(posedge clk)
        if (step == LENGTHS) l4_length <= left + {10'd0, header};
    always @(posedge clk)
        if (step == WORDS) ip_length <= l4_length + ip_rest;

    // The IPv4 header's sum, then what makes the whole frame's pseudo-header this segment's.
    always @* begin
        sum_clear = 1'b0;
        sum_add   = 1'b1;
        sum_word  = 16'd0;
        case (step)
            4'd2: begin sum_word = ip_sum; sum_clear = 1'b1; end
            4'd3: sum_word = ip_length;
            4'd4: sum_word = identification;
            4'd5: sum_word = 16'd0;
            4'd6: begin sum_word = ~whole_l4; sum_clear = 1'b1; end
            4'd7: sum_word = l4_length;
            default: sum_add = 1'b0;
        endcase
    end
    always @(posedge clk)
        if (step == 4'd6) ip_checksum <= ~sum;
endmodule
`default_nettype wire
