// eth_deframer: judge received frames, strip the FCS, and tell each one's fate.
// SPDX-License-Identifier: MIT
//
// The wire does not wait: the frame FIFO behind must have room, or the frame is lost and counted. Bytes go on five
// later, so that the FCS stays behind; the frame's last byte and the verdict on it go together when the carrier ends.
// The last six bytes stand side by side, which is an address, or type, operation and time of a pause frame.
`default_nettype none
module eth_deframer #(
    parameter MAX_FRAME = 1518                 // bytes without FCS, up to 65,000
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        promiscuous,
    input  wire        all_multicast,
    input  wire [63:0] multicast_hash,         // groups whose bucket is set (eth_hash): registers of another clock
    input  wire [47:0] mac_address,
    input  wire        full_duplex,            // pause frames count
    input  wire [7:0]  byte_data,              // from rgmii_rx
    input  wire        byte_valid,
    input  wire        ended,
    input  wire        error,
    output wire [7:0]  out_data,
    output wire        out_last,
    output wire        out_drop,
    output wire        out_valid,
    input  wire        out_room,               // a byte that is to stay will be taken
    output wire        done,                   // one clock, beside ended
    output wire [15:0] done_length,            // without FCS
    output wire [9:0]  done_flags,             // 0 good, 1 bad FCS, 2 runt, 3 oversize, 4 symbol error,
                                               // 5 overflow, 6 filtered, 7 pause, 8 multicast, 9 broadcast
    output wire        pause,                  // one clock, beside ended: the partner wants a pause
    output wire [15:0] pause_quanta,
    output wire        quiet                   // no frame has begun
);
    localparam [31:0] RESIDUE     = 32'hDEBB20E3;
    localparam [15:0] FCS_BYTES   = 16'd4, LONGEST = 16'hFFFF;
    localparam [15:0] MAX_BYTES   = MAX_FRAME[15:0] + FCS_BYTES;
    // What count is while the byte comes that completes something.
    localparam [15:0] LINE_END    = 16'd4, ADDRESS_END = 16'd5, HASH_END = 16'd9, PAUSE_END = 16'd17, MIN_END = 16'd63;

    generate
        if (MAX_FRAME < 60 || MAX_FRAME > 65000) begin : illegal
            MAX_FRAME_must_be_from_60_to_65000 stop ();
        end
    endgenerate

    // ---- the last bytes, their number, their CRC
    reg  [39:0] line;                          // the last five bytes
    reg  [15:0] count;                         // bytes of the frame so far; stays at 65,535
    reg  [31:0] crc;
    wire [31:0] crc_next;
    wire [47:0] window = {line, byte_data};    // the last six bytes
    reg         filled;                        // the line is full
    reg         long_enough, oversize;

    eth_crc32 crc32 (.crc(crc), .data(byte_data), .next(crc_next));

    always @(posedge clk)
        if (byte_valid) line <= window[39:0];

    always @(posedge clk)
        if (rst || ended)                        count <= 16'd0;
        else if (byte_valid && count != LONGEST) count <= count + 16'd1;

    always @(posedge clk)
        if (rst || ended) {filled, long_enough, oversize} <= 3'b000;
        else if (byte_valid) begin
            filled      <= filled      || count == LINE_END;
            long_enough <= long_enough || count == MIN_END;
            oversize    <= oversize    || count == MAX_BYTES;
        end

    always @(posedge clk)
        if (rst || ended)    crc <= 32'hFFFFFFFF;
        else if (byte_valid) crc <= crc_next;

    // ---- whom it is for
    wire refused, multicast, broadcast, control, pause_found, listed;
    wire address_ends = byte_valid && count == ADDRESS_END;

    eth_filter filter (
        .clk(clk), .rst(rst), .strobe(address_ends), .clear(ended), .destination(window),
        .promiscuous(promiscuous), .all_multicast(all_multicast), .mac_address(mac_address),
        .answered(byte_valid && count == HASH_END),
        .listed(listed), .refused(refused), .multicast(multicast), .broadcast(broadcast), .control(control)
    );
    eth_hash hash (.clk(clk), .strobe(address_ends), .crc(crc[5:0]), .buckets(multicast_hash), .listed(listed));
    eth_pause_rx pause_rx (
        .clk(clk), .rst(rst), .strobe(byte_valid && count == PAUSE_END), .clear(ended), .control(control),
        .bytes(window), .found(pause_found), .quanta(pause_quanta)
    );

    // ---- the verdict, while ended is high
    reg  overflow;                             // a byte found no room

    wire bad_fcs  = crc != RESIDUE;
    wire runt     = !long_enough;
    wire sound    = !bad_fcs && !runt && !oversize && !error;
    wire wanted   = sound && !pause_found && !refused;
    wire lost     = overflow || !out_room;

    assign done        = ended;
    assign done_length = filled ? count - FCS_BYTES : 16'd0;
    assign done_flags  = {broadcast, multicast, sound && pause_found, sound && !pause_found && refused,
                          wanted && lost, error, oversize, runt, bad_fcs, wanted && !lost};
    assign pause       = ended && sound && pause_found && full_duplex;
    assign quiet       = count == 16'd0;

    // ---- the way on: a frame that is lost already takes no more room
    wire given_up  = overflow || refused || oversize;
    wire body_byte = byte_valid && filled && !given_up;

    always @(posedge clk)
        if (rst || ended)                overflow <= 1'b0;
        else if (body_byte && !out_room) overflow <= 1'b1;

    assign out_data  = line[39:32];
    assign out_valid = body_byte || (ended && filled);
    assign out_last  = ended;
    assign out_drop  = !wanted || lost;

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);
    always @(posedge clk) assume (!ended || !byte_valid);

    // The FCS as IEEE 802.3, 3.2.9, has it: a shift register of the polynomial 04C11DB7, highest bit first, that holds
    // C704DD7B when a frame and its FCS have passed.
    function [31:0] shifted(input [31:0] was, input [7:0] message);
        integer i;
        begin
            shifted = was;
            for (i = 0; i < 8; i = i + 1)
                shifted = {shifted[30:0], 1'b0} ^ (shifted[31] != message[i] ? 32'h04C11DB7 : 32'd0);
        end
    endfunction

    (* anyconst *) wire [15:0] watched;        // any byte of the frame
    reg  [15:0] total, given;                  // bytes of this frame that came, and that went on
    reg  [31:0] remainder;
    reg  [7:0]  watched_in, watched_out;
    reg         stained, without_room;         // the byte went on wrong, or where no room was
    wire        gives = out_valid && !(out_last && out_drop);

    always @(posedge clk) assume (total < 16'd65000);
    always @(posedge clk)
        if (rst || ended) begin
            {total, given, without_room} <= 33'd0;
            remainder <= 32'hFFFFFFFF;
        end else begin
            total        <= total + {15'd0, byte_valid};
            given        <= given + {15'd0, out_valid};
            without_room <= without_room || (out_valid && !out_room);
            if (byte_valid) remainder <= shifted(remainder, byte_data);
        end
    always @(posedge clk) if (byte_valid && total == watched) watched_in  <= byte_data;
    always @(posedge clk) if (out_valid && given == watched)  watched_out <= out_data;

    // A frame that is kept is whole, sound and lawful in length, and all its bytes found room; each frame has one fate.
    wire kept = out_valid && out_last && !out_drop;

    always @(posedge clk)
        if (begun && !rst) begin
            if (kept) assert (total >= 16'd64 && total <= MAX_FRAME[15:0] + 16'd4 && given + 16'd5 == total);
            if (kept) assert (remainder == 32'hC704DD7B && !error && !without_room && out_room);
            if (kept && watched < given)  assert (watched_out == watched_in);
            if (kept && watched == given) assert (out_data == watched_in);
            assert (done == ended);
            assert (!out_last || ended);
            if (out_valid && !out_last) assert (!ended && given + 16'd5 <= total);
            if (done) assert (done_flags[0] == kept);
            if (done && kept) assert (done_length + 16'd4 == total && done_flags[7:1] == 7'd0);
            if (done) assert (|done_flags[7:0]);
            if (quiet) assert (total == 16'd0);
        end

    // The way there: what the module holds, said in these terms.
    wire [31:0] mirrored;
    genvar at;
    generate
        for (at = 0; at < 32; at = at + 1) begin : mirror
            assign mirrored[at] = remainder[31 - at];
        end
        for (at = 0; at < 5; at = at + 1) begin : standing
            always @(posedge clk)
                if (begun && !rst && total == watched + 16'd1 + at) assert (line[8*at +: 8] == watched_in);
        end
    endgenerate

    always @(posedge clk)
        if (begun && !rst) begin
            assert (count == total && crc == mirrored);
            assert (filled == total >= 16'd5 && long_enough == total >= 16'd64);
            assert (oversize == total > MAX_FRAME[15:0] + 16'd4);
            assert (total < 16'd5 ? given == 16'd0 : given <= total - 16'd5);
            if (refused)         assert (total >= 16'd6);
            if (watched < given) assert (watched_out == watched_in);
            if (!given_up)       assert (!without_room && (total < 16'd5 || given + 16'd5 == total));
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire passes = begun && !rst && out_valid && given == 16'd1;
`endif
endmodule
`default_nettype wire
