// record_send: take the records of bulk OUT transfers apart into frames to send.
// SPDX-License-Identifier: MIT
//
// driver/README.md describes the record. Nothing is buffered: a frame's bytes pass straight on, and a frame that the
// transfer's end cuts off gets one more byte, with `tx_last` and `tx_drop`, in the place of the end. A record that
// cannot be right takes the rest of its transfer with it, for only the transfer's end tells where a record begins. What
// the record asks for stands beside its frame; whoever does it may refuse the record at any byte before its last.
`default_nettype none

module record_send #(
    parameter LIMITS  = 1518,               // largest frame data of a record, 14 to 65593
    parameter OFFLOAD = 0                   // 1: requests are handed on; 0: a record that has one is bad
) (
    input  wire       clk,
    input  wire       rst,                  // the next byte is a transfer's first
    input  wire       flush,                // forget the record, and the rest of its transfer
    input  wire       enable,

    input  wire [7:0] out_data,
    input  wire       out_end,
    input  wire       out_valid,
    output wire       out_ready,

    output wire [7:0] tx_data,
    output wire       tx_last,
    output wire       tx_drop,
    output wire       tx_valid,
    input  wire       tx_ready,
    input  wire       tx_refuse,            // the record is bad

    output reg        swallow,              // this frame goes nowhere
    output reg [23:0] length,               // bytes of the frame that are left
    output reg        needs_csum,
    output reg [7:0]  gso_type,
    output reg [15:0] gso_size,
    output reg [15:0] csum_start,
    output reg [15:0] csum_offset,

    output reg        bad_record,           // pulse: a record was dropped
    output reg        disabled              // pulse: a whole frame was swallowed because enable was low
);
    localparam [1:0] HEADER  = 2'd0,        // at the record's byte `index`
                     FRAME   = 2'd1,        // `length` bytes of frame are left
                     PADDING = 2'd2,        // up to a multiple of 4
                     SKIP    = 2'd3;        // until the transfer ends

    localparam [7:0]  MARK     = 8'hFE;     // byte 3 of every record
    localparam [23:0] SHORTEST = 24'd14,
                      LONGEST  = LIMITS;

    reg [1:0]  state;
    reg [3:0]  index;                       // of the byte on offer in its record, modulo 16
    reg        midway;                      // a transfer has begun and not ended

    wire in_frame   = state == FRAME;
    wire out_take   = out_valid && out_ready;
    wire byte_take  = out_take && !out_end;
    wire end_take   = out_take && out_end;
    wire last_byte  = length == 24'd1;
    wire aligned    = index[1:0] == 2'd3;   // the byte on offer fills a word
    wire at_start   = state == HEADER && index == 4'd0;

    // Flags 1 is NEEDS_CSUM, and byte 5 a gso_type: work that a build without offload cannot do.
    wire bad_length = length < SHORTEST || length > LONGEST;
    wire bad_byte   = index == 4'd3 && (out_data != MARK || bad_length) ||
                      OFFLOAD == 0 && (index == 4'd4 && out_data[0] || index == 4'd5 && out_data != 8'h00);
    wire refuse     = state == HEADER && byte_take && bad_byte || in_frame && tx_refuse;
    wire cut_off    = end_take && (state == HEADER && !at_start || in_frame);
    wire frame_end  = in_frame && byte_take && last_byte;

    wire record_end = aligned && (frame_end || state == PADDING);

    assign out_ready = !flush && (!in_frame || tx_ready);
    assign tx_valid  = !flush && in_frame && out_valid;
    assign tx_data   = out_data;
    assign tx_last   = out_end || last_byte;
    assign tx_drop   = out_end;

    always @(posedge clk)
        if (rst)           state <= HEADER;
        else if (flush)    state <= midway ? SKIP : HEADER;
        else if (end_take) state <= HEADER;
        else if (refuse)   state <= SKIP;
        else if (byte_take)
            case (state)
                HEADER:  if (index == 4'd15) state <= FRAME;
                FRAME:   if (last_byte)      state <= aligned ? HEADER : PADDING;
                PADDING: if (aligned)        state <= HEADER;
                default: state <= SKIP;
            endcase

    always @(posedge clk)
        if (rst || flush || end_take) index <= 4'd0;
        else if (byte_take)           index <= record_end ? 4'd0 : index + 4'd1;

    always @(posedge clk)
        if (byte_take && state == HEADER && index < 4'd3) length <= {out_data, length[23:8]};
        else if (byte_take && in_frame)                   length <= length - 24'd1;

    always @(posedge clk)
        if (byte_take && state == HEADER) swallow <= !enable;

    always @(posedge clk)
        if (byte_take && state == HEADER)
            case (index)
                4'd4:    needs_csum        <= out_data[0];
                4'd5:    gso_type          <= out_data;
                4'd8:    gso_size[7:0]     <= out_data;
                4'd9:    gso_size[15:8]    <= out_data;
                4'd10:   csum_start[7:0]   <= out_data;
                4'd11:   csum_start[15:8]  <= out_data;
                4'd12:   csum_offset[7:0]  <= out_data;
                4'd13:   csum_offset[15:8] <= out_data;
                default: ;
            endcase

    always @(posedge clk)
        if (rst)           midway <= 1'b0;
        else if (out_take) midway <= !out_end;

    always @(posedge clk) begin
        bad_record <= !rst && (refuse || cut_off);
        disabled   <= !rst && frame_end && swallow;
    end

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);

    stream_rules #(.WIDTH(9), .ASSUME(1)) rules_out (
        .clk(clk), .rst(rst), .offer({out_end, out_data}), .valid(out_valid), .ready(out_ready)
    );
    stream_rules #(.WIDTH(10)) rules_tx (
        .clk(clk), .rst(rst || flush || tx_refuse), .offer({tx_drop, tx_last, tx_data}), .valid(tx_valid), .ready(tx_ready)
    );

    // A frame that goes out whole has as many bytes as its record said, and a lawful number.
    reg [23:0] said, sent;
    wire       tx_take = tx_valid && tx_ready;

    always @(posedge clk)
        if (byte_take && state == HEADER && index < 4'd3) said[8*index +: 8] <= out_data;
    always @(posedge clk)
        if (state == HEADER)                  sent <= 24'd0;
        else if (state == FRAME && byte_take) sent <= sent + 24'd1;

    always @(posedge clk)
        if (begun && !rst) begin
            if (state == HEADER && index == 4'd1) assert (said[7:0] == length[23:16]);
            if (state == HEADER && index == 4'd2) assert (said[15:0] == length[23:8]);
            if (state == HEADER && index >= 4'd3) assert (said == length);
            if (state == HEADER && index >= 4'd4) assert (said >= SHORTEST && said <= LONGEST);
            if (state == HEADER)                  assert (index == 4'd0 || midway);
            if (state == FRAME)                   assert (said == sent + length && sent < said && midway);
            if (state == FRAME)                   assert (said >= SHORTEST && said <= LONGEST);
            if (tx_take && tx_last && !tx_drop)   assert (sent + 24'd1 == said);
            if (tx_take && tx_drop)               assert (tx_last && sent < said);
        end

    // What a record asks for rests while its frame passes, and `length` counts the frame down.
    wire [64:0] request = {needs_csum, gso_type, gso_size, csum_start, csum_offset};
    always @(posedge clk)
        if (begun && in_frame && $past(in_frame && !rst)) begin
            assert ($stable(request) && length == $past(length - {23'd0, byte_take}));
            assert (length != 24'd0 && tx_last == (tx_drop || length == 24'd1));
        end

    // No record, however bad, stops the engine: what comes is taken, and the transfer's end begins anew.
    always @(posedge clk) if (begun && !flush && tx_ready)                     assert (out_ready);
    always @(posedge clk) if (begun && $past(end_take && !rst && !flush))      assert (at_start && !midway);

    // To be reached, or the rest says nothing.
    (* keep *) wire whole = begun && tx_take && tx_last && !tx_drop;
    (* keep *) wire torn  = begun && tx_take && tx_drop && sent != 24'd0;
`endif
endmodule
`default_nettype wire
