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
    reg  [2:0] state_after;
    always @* begin
        state_after = state;
        case (state)
            IDLE:     if (start)                  state_after = PREAMBLE;
            PREAMBLE: if (index == PREAMBLE_LAST) state_after = BODY;
            BODY:     if (source_last)            state_after = long_enough ? FCS : PAD;
            PAD:      if (long_enough)            state_after = FCS;
            FCS:      if (index == FCS_LAST)      state_after = GAP;
            default:  if (index == GAP_LAST)      state_after = IDLE;
        endcase
    end
    wire stays = state_after == state || state_after == PAD;

    always @(posedge clk)
        if (rst)       state <= GAP;
        else if (tick) state <= state_after;

    always @(posedge clk)
        if (rst)                        index <= 6'd0;
        else if (tick && state != IDLE) index <= !stays ? 6'd0 : long_enough ? index : index + 6'd1;

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
endmodule
`default_nettype wire
