// offload_header: keep a super-frame's headers, and give them again for each segment with their fields put right.
// SPDX-License-Identifier: MIT
//
// While the headers pass for the first time (`learn`) it takes from them what segmentation must know. Afterwards
// `data` is byte `at` of the headers of the segment under way, one clock after `next_at` said so.
`default_nettype none
module offload_header (
    input  wire        clk,
    input  wire        learn,                  // in_data is byte `at`
    input  wire [7:0]  in_data,
    input  wire [7:0]  at,
    input  wire [7:0]  next_at,                // what `at` will be in the next clock
    input  wire [7:0]  csum_start,             // where the TCP or UDP header begins
    input  wire        udp,
    input  wire        ecn,                    // CWR belongs to the first segment only

    output wire        ipv4,
    output wire        ipv6,
    output wire [7:0]  ip_start,
    output wire        ip_summed,              // byte `at` counts in an IPv4 header's sum and no segment changes it
    output reg  [3:0]  data_offset,            // of the TCP header, in words
    output reg  [15:0] identification,

    input  wire        segment_end,            // the last byte of a segment moves
    input  wire [15:0] gso_size,
    input  wire        first,
    input  wire        last,
    input  wire [15:0] ip_length,              // total length; for IPv6 payload length
    input  wire [15:0] ip_checksum,
    input  wire [15:0] l4_length,
    output wire [7:0]  data
);
    localparam [15:0] TAG  = 16'h8100, IPV4 = 16'h0800, IPV6 = 16'h86DD;
    localparam [7:0]  CWR = 8'h80, PSH = 8'h08, FIN = 8'h01, NONE = 8'h00;

    reg [7:0]  memory [0:255];
    reg [7:0]  kept;                           // byte `at` as it came
    reg [15:0] ethertype;                      // behind the tag, if there is one
    reg        vlan;
    reg [31:0] sequence_number;

    wire [6:0] ip_word = at[7:1] - ip_start[7:1];  // only of use from there on
    wire [7:0] in_l4 = at - csum_start;
    wire       to_l4 = at >= csum_start;
    wire       to_ip = at >= ip_start && !to_l4;

    assign ip_start  = vlan ? 8'd18 : 8'd14;
    assign ipv4      = ethertype == IPV4;
    assign ipv6      = ethertype == IPV6;
    assign ip_summed = to_ip && ip_word != 7'd1 && ip_word != 7'd2 && ip_word != 7'd5;

    always @(posedge clk)
        if (learn) memory[at] <= in_data;
        else       kept <= memory[next_at];

    // ---- what the headers say
    wire type_byte = at == 8'd12 || at == 8'd13 || vlan && (at == 8'd16 || at == 8'd17);

    always @(posedge clk)
        if (learn && type_byte) ethertype <= {ethertype[7:0], in_data};
    always @(posedge clk)
        if (learn && at == 8'd0)       vlan <= 1'b0;
        else if (learn && at == 8'd13) vlan <= {ethertype[7:0], in_data} == TAG;
    always @(posedge clk)
        if (learn && to_l4 && in_l4 == 8'd12) data_offset <= in_data[7:4];

    always @(posedge clk)
        if (learn && to_ip && ip_word == 7'd2) identification <= {identification[7:0], in_data};
        else if (segment_end)                     identification <= identification + 16'd1;
    always @(posedge clk)
        if (learn && to_l4 && in_l4[7:2] == 6'd1) sequence_number <= {sequence_number[23:0], in_data};
        else if (segment_end)                     sequence_number <= sequence_number + {16'd0, gso_size};

    // ---- what each segment changes
    wire [7:0] cleared = (ecn && !first ? CWR : NONE) | (last ? NONE : PSH | FIN);

    function [7:0] byte_of(input [15:0] word, input low);
        byte_of = low ? word[7:0] : word[15:8];
    endfunction

    reg [7:0] ipv4_byte, ipv6_byte, tcp_byte, udp_byte;
    always @*
        case (ip_word)
            7'd1:    ipv4_byte = byte_of(ip_length, at[0]);
            7'd2:    ipv4_byte = byte_of(identification, at[0]);
            7'd5:    ipv4_byte = byte_of(ip_checksum, at[0]);
            default: ipv4_byte = kept;
        endcase
    always @*
        case (ip_word)
            7'd2:    ipv6_byte = byte_of(ip_length, at[0]);
            default: ipv6_byte = kept;
        endcase
    always @*
        case (in_l4)
            8'd4:    tcp_byte = sequence_number[31:24];
            8'd5:    tcp_byte = sequence_number[23:16];
            8'd6:    tcp_byte = sequence_number[15:8];
            8'd7:    tcp_byte = sequence_number[7:0];
            8'd13:   tcp_byte = kept & ~cleared;
            default: tcp_byte = kept;
        endcase
    always @*
        case (in_l4)
            8'd4:    udp_byte = l4_length[15:8];
            8'd5:    udp_byte = l4_length[7:0];
            default: udp_byte = kept;
        endcase

    assign data = to_l4 ? (udp ? udp_byte : tcp_byte) : !to_ip ? kept : ipv4 ? ipv4_byte : ipv6_byte;
endmodule
`default_nettype wire
