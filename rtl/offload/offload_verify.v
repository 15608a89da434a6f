// offload_verify: check IPv4, TCP and UDP checksums of a frame while it comes from the wire.
// SPDX-License-Identifier: MIT
//
// It sees each byte five before the frame FIFO does, the FCS's four included, so the verdict stands when the frame ends and
// goes with its last byte. `verified` means: one whole TCP segment or UDP datagram in an IPv4 or IPv6 packet, behind at
// most one 0x8100 tag, every length consistent, every checksum right. What this does not know (fragments, no UDP checksum,
// routing headers that are not at their end, other extension headers than those below) it does not mark.
//
// Sums start before lengths are known: what the pseudo-header needs is added in the clocks of bytes that do not count
// themselves, and what counted too much (headers in the length) is taken away there by its complement.
`default_nettype none
module offload_verify (
    input  wire       clk,
    input  wire       rst,
    input  wire [7:0] byte_data,               // as eth_deframer takes them
    input  wire       byte_valid,
    input  wire       ended,                   // one clock, behind the last byte's
    output wire       verified                 // while ended is high
);
    localparam [2:0] ETHERNET  = 3'd0,         // addresses, tag, type
                     IPV4      = 3'd1,         // the header with its options
                     IPV6      = 3'd2,         // the fixed header
                     EXTENSION = 3'd3,         // an IPv6 extension header
                     TRANSPORT = 3'd4,         // TCP or UDP, to the packet's end
                     TRAILER   = 3'd5,         // behind the packet; the FCS must follow
                     WHOLE     = 3'd6,         // the packet fits the frame
                     OTHER     = 3'd7;         // nothing to verify

    localparam [7:0]  HOP_BY_HOP = 8'd0, TCP = 8'd6, UDP = 8'd17, ROUTING = 8'd43, DESTINATION = 8'd60;
    localparam [15:0] TYPE_IPV4 = 16'h0800, TYPE_IPV6 = 16'h86DD, TYPE_TAG = 16'h8100;

    reg [2:0]  state;
    reg [5:0]  index;                          // of the byte to come in its header; from 63 it goes back to 56
    reg [7:0]  earlier;                        // the last byte
    reg        tag_seen, six;
    reg [8:0]  words;                          // 32-bit words in this header behind the one under way
    reg [15:0] left;                           // bytes of the packet to come, where the packet has told its length
    reg        closing;                        // the byte to come is the packet's last
    reg        spoiled;                        // something is wrong or unknown, up to the byte before the last

    wire [15:0] pair    = {earlier, byte_data};
    wire        header  = state == IPV4 || state == IPV6 || state == EXTENSION;
    wire        passed  = header && index[1:0] == 2'd3 && words == 9'd0; // the header's last byte
    wire        counted = (state == IPV4 && index > 6'd3) || state == EXTENSION || state == TRANSPORT;

    // ---- what follows this header
    reg  tcp, udp, extension, routing;
    reg  inside_routing;                       // the extension header under way is one
    wire names_next = (state == IPV4 && index == 6'd9) || (state == IPV6 && index == 6'd6) ||
                      (state == EXTENSION && index == 6'd0);

    always @(posedge clk)
        if (byte_valid && names_next) begin
            tcp       <= byte_data == TCP;
            udp       <= byte_data == UDP;
            routing   <= byte_data == ROUTING;
            extension <= six && (byte_data == HOP_BY_HOP || byte_data == ROUTING || byte_data == DESTINATION);
        end

    always @(posedge clk)
        if (byte_valid && passed) inside_routing <= routing;

    // ---- where we are
    wire type_comes = state == ETHERNET && index == 6'd13;
    wire tag_comes  = type_comes && pair == TYPE_TAG && !tag_seen;

    always @(posedge clk)
        if (rst || ended) state <= ETHERNET;
        else if (byte_valid)
            case (state)
                ETHERNET:  if (type_comes && !tag_comes)
                               state <= pair == TYPE_IPV4 ? IPV4 : pair == TYPE_IPV6 ? IPV6 : OTHER;
                TRANSPORT: if (closing) state <= TRAILER;
                TRAILER:   if (index == 6'd3) state <= WHOLE;
                WHOLE:     state <= WHOLE;
                OTHER:     state <= OTHER;
                default:   if (closing && state != IPV6) state <= OTHER;
                           else if (passed) state <= tcp || udp ? TRANSPORT : extension ? EXTENSION : OTHER;
            endcase

    wire turn = (type_comes && !tag_comes) || passed || (state == TRANSPORT && closing);

    always @(posedge clk)
        if (rst || ended) index <= 6'd0;
        else if (byte_valid)
            index <= turn ? 6'd0 : tag_comes ? 6'd10 : index == 6'd63 ? 6'd56 : index + 6'd1;

    always @(posedge clk)
        if (rst || ended)                tag_seen <= 1'b0;
        else if (byte_valid && tag_comes) tag_seen <= 1'b1;

    always @(posedge clk)
        if (byte_valid && type_comes) six <= pair == TYPE_IPV6;

    always @(posedge clk)
        if (byte_valid) earlier <= byte_data;

    // ---- lengths
    localparam [8:0]  IPV6_WORDS = 9'd9;
    localparam [15:0] LENGTH_END = 16'd4;      // bytes of an IPv4 header up to its length

    wire [3:0] ihl = byte_data[3:0];

    always @(posedge clk)
        if (byte_valid && state == IPV4 && index == 6'd0)           words <= {5'd0, ihl - 4'd1};
        else if (byte_valid && state == IPV6 && index == 6'd0)      words <= IPV6_WORDS;
        else if (byte_valid && state == EXTENSION && index == 6'd1) words <= {byte_data, 1'b1};
        else if (byte_valid && header && index[1:0] == 2'd3)        words <= words - 9'd1;

    always @(posedge clk)
        if (byte_valid && state == IPV4 && index == 6'd3)      left <= pair - LENGTH_END;
        else if (byte_valid && state == IPV6 && index == 6'd5) left <= pair;
        else if (byte_valid && counted)                        left <= left - 16'd1;

    always @(posedge clk)
        if (rst || ended)    closing <= 1'b0;
        else if (byte_valid) closing <= counted && left == 16'd2;

    // ---- what is wrong, a header at a time
    reg [15:0] length;                         // of segment or datagram
    reg        spoils, just_spoiled;           // by the byte under way; by the one a clock ago

    always @(posedge clk)
        if (byte_valid && state == TRANSPORT && index == 6'd0) length <= left;

    always @(*)
        case (state)
            IPV4:      spoils = (index == 6'd0 && (byte_data[7:4] != 4'd4 || ihl < 4'd5)) ||
                                (index == 6'd6 && byte_data[5:0] != 6'd0) || (index == 6'd7 && byte_data != 8'd0);
            IPV6:      spoils = index == 6'd0 && byte_data[7:4] != 4'd6;
            EXTENSION: spoils = inside_routing && index == 6'd3 && byte_data != 8'd0; // segments left
            TRANSPORT: spoils = udp ? (index == 6'd4 && byte_data != length[15:8]) ||
                                      (index == 6'd5 && byte_data != length[7:0]) ||
                                      (index == 6'd7 && pair == 16'd0) || (closing && index < 6'd7)
                                    : closing && index < 6'd19;
            default:   spoils = 1'b0;
        endcase

    // A clock late, since the comparisons are deep: the FCS' bytes, which spoil nothing, are between these and the verdict.
    always @(posedge clk) just_spoiled <= byte_valid && spoils && !rst;

    always @(posedge clk)
        if (rst || ended)      spoiled <= 1'b0;
        else if (just_spoiled) spoiled <= 1'b1;

    // ---- the sums; a packet's headers are even, so a byte's place in its header is its place in the word
    reg  [15:0] header_word, transport_word;
    wire [15:0] placed = index[0] ? {8'd0, byte_data} : {byte_data, 8'd0};
    wire        header_right, transport_right;

    wire protocol_due = (state == IPV4 && index == 6'd10) || (state == IPV6 && index == 6'd7) ||
                        (state == EXTENSION && index == 6'd3);
    wire in_pseudo    = (state == IPV4 && (index[5:1] == 5'd1 || (index >= 6'd12 && index < 6'd20))) ||
                        (state == IPV6 && (index[5:1] == 5'd2 || index >= 6'd8));

    always @(posedge clk)
        header_word <= byte_valid && state == IPV4 ? placed : 16'd0;

    always @(posedge clk)
        if (!byte_valid)                                transport_word <= 16'd0;
        else if (in_pseudo || state == TRANSPORT)       transport_word <= placed;
        else if (protocol_due)                          transport_word <= {8'd0, tcp ? TCP : udp ? UDP : 8'd0};
        else if (state == IPV4 && index == 6'd0)        transport_word <= ~{10'd0, ihl, 2'd0};
        else if (state == EXTENSION && index == 6'd1)   transport_word <= ~{5'd0, byte_data, 3'd0};
        else if (state == EXTENSION && index == 6'd2)   transport_word <= ~16'd8;
        else                                            transport_word <= 16'd0;

    offload_verify_sum header_sum (.clk(clk), .clear(rst || ended), .word(header_word), .right(header_right));
    offload_verify_sum transport_sum (.clk(clk), .clear(rst || ended), .word(transport_word), .right(transport_right));

    assign verified = state == WHOLE && !spoiled && transport_right && (six || header_right);
endmodule
`default_nettype wire
