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
endmodule
`default_nettype wire
