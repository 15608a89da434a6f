// offload_judge: say whether a record asks for something that can be done.
// SPDX-License-Identifier: MIT
//
// Twice: before its first byte (`possible`), and when its headers have told where they end (`fits`). What the second
// judgement needs is checked by the first to be in the frame, in front of the headers' last byte.
`default_nettype none
module offload_judge #(
    parameter MAX_FRAME = 1518
) (
    input  wire [16:0] length,                 // of the frame data; for `fits`: what is left of it
    input  wire        needs_csum,
    input  wire [7:0]  gso_type,
    input  wire [15:0] gso_size,
    input  wire [15:0] csum_start,
    input  wire [15:0] csum_offset,
    output wire        possible,

    input  wire        ipv4,
    input  wire        ipv6,
    input  wire [7:0]  ip_start,
    input  wire [5:0]  l4_bytes,               // of the TCP or UDP header
    input  wire [8:0]  header_end,
    input  wire [5:0]  header_left,            // bytes of it still to come
    output wire        fits
);
    localparam [7:0] TCPV4 = 8'h01, TCPV6 = 8'h04, UDP_L4 = 8'h05, ECN = 8'h80;
    localparam [16:0] FRAME_BYTES = MAX_FRAME;
    localparam [15:0] LEAST_START = 16'd34;    // Ethernet and IPv4
    localparam [8:0]  MEMORY      = 9'd256;    // what offload_header holds

    wire tcpv4 = (gso_type & ~ECN) == TCPV4;
    wire tcpv6 = (gso_type & ~ECN) == TCPV6;
    wire udp   = gso_type == UDP_L4;
    wire gso   = gso_type != 8'h00;

    wire [17:0] field_end  = {2'd0, csum_start} + {2'd0, csum_offset} + 18'd2;
    wire        field_in   = field_end <= {1'b0, length};
    wire        plain_good = length <= FRAME_BYTES && (!needs_csum || field_in);
    wire        start_good = csum_start >= LEAST_START && csum_start[15:8] == 8'd0;
    wire        tcp_good   = (tcpv4 || tcpv6) && csum_offset == 16'd16;
    wire        udp_good   = udp && csum_offset == 16'd6;

    assign possible = gso ? needs_csum && field_in && start_good && (tcp_good || udp_good) && gso_size != 16'd0
                          : plain_good;

    wire [8:0]  ip_end    = {1'b0, ip_start} + (ipv6 ? 9'd40 : 9'd20);
    wire        type_good = tcpv4 ? ipv4 : tcpv6 ? ipv6 : ipv4 || ipv6;
    wire        ip_good   = {1'b0, csum_start[7:0]} >= ip_end;
    wire        l4_good   = udp || l4_bytes >= 6'd20;
    wire        in_frame    = {11'd0, header_left} <= length && header_end <= MEMORY;
    wire [17:0] longest   = {9'd0, header_end} + {2'd0, gso_size};

    assign fits = type_good && ip_good && l4_good && in_frame && longest <= {1'b0, FRAME_BYTES};
endmodule
`default_nettype wire
