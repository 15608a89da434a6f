// eth_framer: send frames with preamble, padding, FCS and gap (IEEE 802.3, 4.2.3).
// SPDX-License-Identifier: MIT
//
// Two sources: frames of the host (in_*), and pause frames of our own (pause_*), which go first and are not held back
// by a pause of the partner. A frame under way is always finished. Both sources offer a frame without a break.
// A byte leaves in each clock with tick high. Three stages: choose the byte (state), hold it, put it out; the FCS joins
// at the last stage, when all that it covers has passed the CRC.
`default_nettype none
module eth_framer (
    input  wire        clk,
    input  wire        rst,
    input  wire        tick,                   // once a byte time
    input  wire        enable,                 // frames of the host may start
    input  wire        paused,                 // they may not: the partner asked for it
    input  wire [7:0]  in_data,
    input  wire        in_last,
    input  wire        in_valid,
    output wire        in_ready,
    input  wire [15:0] in_length,
    input  wire [7:0]  pause_data,
    input  wire        pause_last,
    input  wire        pause_valid,
    output wire        pause_ready,
    output reg  [7:0]  gmii_data,
    output reg         gmii_enable,
    output wire        done,                   // one clock: the frame's last byte has been taken
    output wire [15:0] done_length,            // without padding and FCS
    output wire        done_pause,
    output wire        quiet                   // nothing under way
);
    localparam [2:0] IDLE     = 3'd0,          // a frame may start
                     PREAMBLE = 3'd1,          // 7 bytes and the start delimiter
                     BODY     = 3'd2,          // bytes of the frame
                     PAD      = 3'd3,          // zeros up to 60 bytes
                     FCS      = 3'd4,          // 4 bytes
                     GAP      = 3'd5;          // 12 byte times, the last of which is IDLE
    localparam [1:0] NONE = 2'd0, MARK = 2'd1, COVERED = 2'd2, CHECK = 2'd3;
    localparam [5:0]  PREAMBLE_LAST = 6'd7, BODY_LAST = 6'd59, FCS_LAST = 6'd3, GAP_LAST = 6'd10;
    localparam [15:0] PAUSE_LENGTH = 16'd18;

    reg  [2:0] state;
    reg  [5:0] index;                          // of the byte in this state; of the frame in BODY and PAD, up to 59
    reg        from_pause;                     // the frame under way is our pause frame

    wire start       = pause_valid || (in_valid && enable && !paused);
    wire body        = state == BODY;
    wire long_enough = index == BODY_LAST;
    wire source_last = from_pause ? pause_last : in_last;
    wire [7:0] source_data = from_pause ? pause_data : in_data;

    assign in_ready    = tick && body && !from_pause;
    assign pause_ready = tick && body && from_pause;
    assign done        = tick && body && source_last;
    assign done_length = from_pause ? PAUSE_LENGTH : in_length;
    assign done_pause  = from_pause;

    // ---- first stage: which byte
    reg turn;                                  // what is counted ends with this byte
    always @*
        case (state)
            IDLE:     turn = start;
            PREAMBLE: turn = index == PREAMBLE_LAST;
            BODY:     turn = source_last && long_enough;
            PAD:      turn = long_enough;
            FCS:      turn = index == FCS_LAST;
            default:  turn = index == GAP_LAST;
        endcase

    always @(posedge clk)
        if (rst)       state <= GAP;
        else if (tick) case (state)
            IDLE:      if (turn) state <= PREAMBLE;
            PREAMBLE:  if (turn) state <= BODY;
            BODY:      if (source_last) state <= long_enough ? FCS : PAD;
            PAD:       if (turn) state <= FCS;
            FCS:       if (turn) state <= GAP;
            default:   if (turn) state <= IDLE;
        endcase

    always @(posedge clk)
        if (rst)                        index <= 6'd0;
        else if (tick && state != IDLE) index <= turn ? 6'd0 : long_enough ? index : index + 6'd1;

    always @(posedge clk)
        if (tick && state == IDLE) from_pause <= pause_valid;

    // ---- second stage: the byte
    reg  [7:0] held;
    reg  [1:0] kind;                           // NONE, preamble, covered by the FCS, or place of the FCS

    always @(posedge clk)
        if (rst)       kind <= NONE;
        else if (tick) case (state)
            PREAMBLE:  kind <= MARK;
            BODY, PAD: kind <= COVERED;
            FCS:       kind <= CHECK;
            default:   kind <= NONE;
        endcase

    always @(posedge clk)
        if (tick) case (state)
            PREAMBLE: held <= index == PREAMBLE_LAST ? 8'hD5 : 8'h55;
            BODY:     held <= source_data;
            default:  held <= 8'h00;
        endcase

    // ---- third stage: the byte on its way out
    reg  [31:0] crc;
    wire [31:0] crc_next;

    eth_crc32 crc32 (.crc(crc), .data(held), .next(crc_next));

    always @(posedge clk)
        if (tick) case (kind)
            COVERED: crc <= crc_next;
            CHECK:   crc <= {8'h00, crc[31:8]};
            default: crc <= 32'hFFFFFFFF;
        endcase

    always @(posedge clk)
        if (tick) gmii_data <= kind == CHECK ? ~crc[7:0] : held;

    always @(posedge clk)
        if (rst)       gmii_enable <= 1'b0;
        else if (tick) gmii_enable <= kind != NONE;

    assign quiet = state == IDLE && kind == NONE && !gmii_enable;

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);
    stream_rules #(.WIDTH(9), .ASSUME(1)) rules_in (
        .clk(clk), .rst(rst), .offer({in_last, in_data}), .valid(in_valid), .ready(in_ready)
    );
    stream_rules #(.WIDTH(9), .ASSUME(1)) rules_pause (
        .clk(clk), .rst(rst), .offer({pause_last, pause_data}), .valid(pause_valid), .ready(pause_ready)
    );

    wire in_take = in_valid && in_ready, pause_take = pause_valid && pause_ready;
    reg  in_midway, pause_midway;              // neither source breaks a frame off

    always @(posedge clk)
        if (rst)          in_midway <= 1'b0;
        else if (in_take) in_midway <= !in_last;
    always @(posedge clk)
        if (rst)             pause_midway <= 1'b0;
        else if (pause_take) pause_midway <= !pause_last;
    always @(posedge clk) assume ((!in_midway || in_valid) && (!pause_midway || pause_valid));

    // The FCS as IEEE 802.3, 3.2.9, has it: a shift register of the polynomial 04C11DB7, highest bit first.
    function [31:0] shifted(input [31:0] was, input [7:0] message);
        integer i;
        begin
            shifted = was;
            for (i = 0; i < 8; i = i + 1)
                shifted = {shifted[30:0], 1'b0} ^ (shifted[31] != message[i] ? 32'h04C11DB7 : 32'd0);
        end
    endfunction

    // Told from the wire alone: which byte of its frame is on it, and how long it has been silent. Counters stay at 127.
    reg [6:0]  place, silence;
    reg [31:0] remainder;                      // over what the FCS covers, but for the byte on the wire
    reg [7:0]  taken_data, taken_before;       // what left its source one tick ago, and two
    reg [1:0]  taken;
    reg        wire_frame;                     // a frame has been on the wire
    initial wire_frame = 1'b0;

    always @(posedge clk)
        if (rst) {place, silence} <= 14'd0;
        else if (tick) begin
            place   <= !gmii_enable ? 7'd0 : &place   ? place   : place + 7'd1;
            silence <= gmii_enable  ? 7'd0 : &silence ? silence : silence + 7'd1;
        end
    always @(posedge clk) if (tick) {taken_before, taken_data} <= {taken_data, from_pause ? pause_data : in_data};
    always @(posedge clk)
        if (rst)       taken <= 2'd0;
        else if (tick) taken <= {taken[0], in_take || pause_take};
    always @(posedge clk)
        if (rst)                      wire_frame <= 1'b0;
        else if (tick && gmii_enable) wire_frame <= 1'b1;

    // Preamble, the source's bytes as they are, at least 60 of them and the FCS, at least 12 byte times of silence.
    always @(posedge clk)
        if (begun && !rst) begin
            if (gmii_enable && place < 7'd7)  assert (gmii_data == 8'h55 && !taken[1]);
            if (gmii_enable && place == 7'd7) assert (gmii_data == 8'hD5 && !taken[1]);
            if (taken[1])                     assert (gmii_enable && place >= 7'd8 && gmii_data == taken_before);
            if (gmii_enable && place == 7'd0 && wire_frame) assert (silence >= 7'd12);
            if (!gmii_enable && place != 7'd0) assert (place >= 7'd72);
            if (in_take)                      assert (!pause_midway);
            if (pause_take)                   assert (!in_midway);
            if (done)                         assert (in_take && in_last || pause_take && pause_last);
            if (quiet)                        assert (!gmii_enable && !in_midway && !pause_midway);
        end

    // The FCS: four bytes, the complement of the remainder over all that the second stage calls covered.
    reg  [1:0]  wire_kind;                     // of the byte on the wire
    reg  [2:0]  checks;                        // bytes of the FCS before it
    wire [31:0] mirrored, mirrored_next;       // as the module holds it: lowest bit first
    wire [31:0] remainder_next = shifted(remainder, gmii_data);
    genvar bit_of;
    generate for (bit_of = 0; bit_of < 32; bit_of = bit_of + 1) begin : mirror
        assign mirrored[bit_of]      = remainder[31 - bit_of];
        assign mirrored_next[bit_of] = remainder_next[31 - bit_of];
    end endgenerate

    always @(posedge clk)
        if (rst)       {wire_kind, checks} <= 5'd0;
        else if (tick) {wire_kind, checks} <= {kind, wire_kind == CHECK ? checks + 3'd1 : 3'd0};
    always @(posedge clk)
        if (tick && wire_kind != CHECK) remainder <= wire_kind == COVERED ? remainder_next : 32'hFFFFFFFF;

    always @(posedge clk)
        if (begun && !rst) begin
            assert (gmii_enable == (wire_kind != NONE));
            if (wire_kind == MARK)    assert (crc == 32'hFFFFFFFF && remainder == 32'hFFFFFFFF);
            if (wire_kind == COVERED) assert (crc == mirrored_next && place >= 7'd8);
            if (wire_kind == CHECK)   assert (checks < 3'd4 && crc == mirrored >> 8 * (checks + 3'd1) && place >= 7'd68);
            if (wire_kind == CHECK)   assert (gmii_data == ~mirrored[8*checks[1:0] +: 8]);
            if (wire_kind == NONE && place != 7'd0) assert (checks == 3'd4);
        end

    // The way there: where the three stages stand to each other, in each state.
    always @(posedge clk)
        if (begun && !rst) begin
            assert (!in_midway || state == BODY && !from_pause);
            assert (!pause_midway || state == BODY && from_pause);
            assert (!taken[0] || kind == COVERED && held == taken_data);
            assert (!taken[1] || wire_kind == COVERED && gmii_data == taken_before);
            if (state == PREAMBLE || state == BODY) assert (from_pause ? pause_valid : in_valid);
            if (wire_kind == MARK) assert (gmii_data == (place == 7'd7 ? 8'hD5 : 8'h55));
            if (kind == MARK) assert (held == (state == BODY ? 8'hD5 : 8'h55));
            case (state)
                IDLE:     assert (kind == NONE && wire_kind == NONE && place == 7'd0 && silence >= 7'd9 && index == 6'd0);
                PREAMBLE: begin
                    assert (index <= PREAMBLE_LAST && kind == (index < 6'd1 ? NONE : MARK));
                    assert (wire_kind == (index < 6'd2 ? NONE : MARK));
                    assert (place == (index < 6'd2 ? 7'd0 : index - 7'd2));
                    if (index <= 6'd2) assert (silence >= index + 7'd10);
                end
                BODY, PAD: begin
                    assert (index <= BODY_LAST && (state == BODY || index != 6'd0));
                    assert (kind == (index < 6'd1 ? MARK : COVERED) && wire_kind == (index < 6'd2 ? MARK : COVERED));
                    assert (index == BODY_LAST ? place >= 7'd65 : place == index + 7'd6);
                end
                FCS: begin
                    assert (index <= FCS_LAST && place >= 7'd66 + index);
                    assert (kind == (index < 6'd1 ? COVERED : CHECK) && wire_kind == (index < 6'd2 ? COVERED : CHECK));
                    assert (checks == (index < 6'd2 ? 3'd0 : index - 3'd2));
                end
                GAP: begin
                    assert (index <= GAP_LAST && (index < 6'd3 || silence >= index - 7'd2));
                    assert (kind == (index < 6'd1 && wire_kind == CHECK ? CHECK : NONE));
                    if (wire_kind != NONE) assert (wire_kind == CHECK && index < 6'd2);
                    if (wire_kind != NONE) assert (checks == index + 3'd2 && place >= 7'd70 + index);
                    if (wire_kind == NONE) assert (place == 7'd0 || index == 6'd2);
                end
                default: assert (0);
            endcase
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire covers = begun && !rst && taken[1] && place == 7'd9;
`endif
endmodule
`default_nettype wire
