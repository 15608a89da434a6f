// usb_packet_out: puts packets together to send: a PID, or a PID, data and its CRC.
// SPDX-License-Identifier: MIT
//
// After start, payload bytes are taken while payload_valid is high; its fall is the packet's end.
`default_nettype none
module usb_packet_out (
    input  wire       clk, rst,
    input  wire       start,                // while not busy
    input  wire [3:0] start_pid,
    input  wire       start_payload,        // a data packet
    input  wire [7:0] payload_data,
    input  wire       payload_valid,
    output wire       payload_take,
    output wire       busy,

    output wire       tx_valid,
    output reg  [7:0] tx_data,
    input  wire       tx_ready
);
    localparam [1:0] IDLE     = 2'd0,
                     PID      = 2'd1,
                     PAYLOAD  = 2'd2,       // data, then the CRC's low byte
                     CRC_HIGH = 2'd3;
    reg [1:0] state;
    reg [3:0] pid;
    reg       with_payload;

    always @(posedge clk)
        if (start) {pid, with_payload} <= {start_pid, start_payload};

    always @(posedge clk)
        if (rst)           state <= IDLE;
        else if (start)    state <= PID;
        else if (tx_ready) case (state)
            PID:      state <= with_payload ? PAYLOAD : IDLE;
            PAYLOAD:  if (!payload_valid) state <= CRC_HIGH;
            default:  state <= IDLE;
        endcase

    assign payload_take = state == PAYLOAD && payload_valid && tx_ready;
    assign tx_valid     = state != IDLE;
    assign busy         = tx_valid;

    reg  [15:0] crc;
    wire [15:0] crc_after;

    usb_crc16 crc16 (.crc(crc), .data(payload_data), .crc_after(crc_after));

    always @(posedge clk)
        if (start)             crc <= 16'hffff;
        else if (payload_take) crc <= crc_after;

    always @*
        case (state)
            PAYLOAD:  tx_data = payload_valid ? payload_data : ~crc[7:0];
            CRC_HIGH: tx_data = ~crc[15:8];
            default:  tx_data = {~pid, pid};
        endcase

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);
    always @(posedge clk) assume (!start || !busy);

    stream_rules #(.WIDTH(8), .ASSUME(1)) rules_payload (
        .clk(clk), .rst(rst || !busy), .offer(payload_data), .valid(payload_valid), .ready(payload_take)
    );
    // The fall of payload_valid is the packet's end.
    always @(posedge clk)
        if (begun && $past(state == PAYLOAD && !payload_valid) && state == PAYLOAD) assume (!payload_valid);

    stream_rules #(.WIDTH(8)) rules_tx (
        .clk(clk), .rst(rst), .offer(tx_data), .valid(tx_valid), .ready(tx_ready)
    );

    // The CRC as USB 2.0, 8.3.5, has it: a shift register, x^16 + x^15 + x^2 + 1, highest bit first, that holds 800D
    // when the packet's data and CRC have passed.
    function [15:0] shifted(input [15:0] was, input [7:0] message);
        integer i;
        begin
            shifted = was;
            for (i = 0; i < 8; i = i + 1)
                shifted = {shifted[14:0], 1'b0} ^ (shifted[15] != message[i] ? 16'h8005 : 16'h0000);
        end
    endfunction

    reg  [15:0] remainder;
    reg         behind_pid, with_data;
    reg  [3:0]  pid_due;
    wire        tx_take = tx_valid && tx_ready;

    always @(posedge clk) if (start) {pid_due, with_data} <= {start_pid, start_payload};
    always @(posedge clk)
        if (rst || start) behind_pid <= 1'b0;
        else if (tx_take) behind_pid <= 1'b1;
    always @(posedge clk)
        if (start)                      remainder <= 16'hffff;
        else if (tx_take && behind_pid) remainder <= shifted(remainder, tx_data);

    // The first byte is the PID twice, a packet without payload ends with it; one with payload ends with its CRC.
    always @(posedge clk)
        if (begun && !rst) begin
            if (tx_valid && !behind_pid) assert (tx_data == {~pid_due, pid_due});
            if (tx_valid && behind_pid)  assert (with_data);
            if (payload_take)            assert (tx_take && behind_pid && tx_data == payload_data);
            if ($past(tx_take && !rst) && !tx_valid && with_data) assert (behind_pid && remainder == 16'h800d);
        end

    // The way there: what the module holds is the same remainder, the other way round.
    wire [15:0] mirrored;
    genvar bit_of;
    generate for (bit_of = 0; bit_of < 16; bit_of = bit_of + 1) begin : mirror
        assign mirrored[bit_of] = crc[15 - bit_of];
    end endgenerate

    always @(posedge clk)
        if (begun && !rst) begin
            if (tx_valid) assert ({pid_due, with_data} == {pid, with_payload} && behind_pid == (state != PID));
            if (state == PID || state == PAYLOAD) assert (remainder == mirrored);
            if (state == CRC_HIGH)                assert (remainder == shifted(mirrored, ~crc[7:0]));
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire finished = begun && remainder == 16'h800d && behind_pid && !busy && with_data;
`endif
endmodule
`default_nettype wire
