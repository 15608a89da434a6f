// usb_packet_in: takes received packets apart: token, data without its CRC, handshake; each checked.
// SPDX-License-Identifier: MIT
//
// Data bytes are given as they come, before the CRC behind them is known; whoever keeps them waits for data_good.
`default_nettype none
module usb_packet_in (
    input  wire       clk, rst,
    input  wire       rx_active, rx_error, rx_valid,
    input  wire [7:0] rx_data,
    input  wire [6:0] address,              // this device's
    input  wire       any_address,          // all others too

    output reg        packet_end,           // one pulse after each packet, good or bad; with it at most one of:
    output reg        token_good,           // a token for this device (never SOF)
    output reg        data_good,
    output reg        ack_good,
    output reg  [3:0] pid,                  // of the packet that ended
    output wire [3:0] endpoint,             // of the token

    output wire       data_valid,           // a byte of a data packet, one pulse
    output wire [7:0] data
);
    localparam [3:0] PID_SOF = 4'h5, PID_PING = 4'h4, PID_ACK = 4'h2;

    reg [2:0] bytes;                        // of the packet so far, PID included; stays at 4
    reg       sound;                        // the PID's two halves agree, and the PHY saw no error
    reg [7:0] newest, older;                // the last two bytes behind the PID
    reg       active_was;

    wire first  = bytes == 3'd0;
    wire ending = active_was && !rx_active;

    always @(posedge clk) active_was <= rx_active && !rst;

    always @(posedge clk)
        if (rst || ending)                     bytes <= 3'd0;
        else if (rx_valid && bytes != 3'd4)    bytes <= bytes + 3'd1;

    always @(posedge clk)
        if (rx_valid && first) pid <= rx_data[3:0];

    always @(posedge clk)
        if (rx_valid && first) sound <= rx_data[3:0] == ~rx_data[7:4];
        else if (rx_error)     sound <= 1'b0;

    always @(posedge clk)
        if (rx_valid) {newest, older} <= {rx_data, newest};

    // ---- data ----
    reg  [15:0] crc;
    wire [15:0] crc_after;
    wire        is_data = pid[2:0] == 3'b011;   // DATA0 or DATA1; DATA2 and MDATA are for other kinds of endpoint

    usb_crc16 crc16 (.crc(crc), .data(rx_data), .crc_after(crc_after));

    always @(posedge clk)
        if (rx_valid) crc <= first ? 16'hffff : crc_after;

    assign data_valid = rx_valid && bytes >= 3'd3 && is_data;
    assign data       = older;

    // ---- tokens ----
    wire [4:0] crc5;
    wire       is_token = (pid[1:0] == 2'b01 && pid != PID_SOF) || pid == PID_PING;

    usb_crc5 crc5_of_token (.bits({newest[2:0], older}), .crc(crc5));

    wire token_ours = is_token && bytes == 3'd3 && crc5 == newest[7:3] && (older[6:0] == address || any_address);
    wire data_whole = is_data && bytes >= 3'd3 && crc == 16'hb001;
    wire ack_whole  = pid == PID_ACK && bytes == 3'd1;

    assign endpoint = {newest[2:0], older[7]};

    always @(posedge clk) begin
        packet_end <= ending && !rst;
        token_good <= ending && sound && token_ours;
        data_good  <= ending && sound && data_whole;
        ack_good   <= ending && sound && ack_whole;
    end

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);
    always @(posedge clk) assume (!rx_valid || rx_active);

    // The CRC as USB 2.0, 8.3.5, has it: a shift register, x^16 + x^15 + x^2 + 1, highest bit first, that holds 800D
    // when a packet's data and CRC have passed.
    function [15:0] shifted(input [15:0] was, input [7:0] message);
        integer i;
        begin
            shifted = was;
            for (i = 0; i < 8; i = i + 1)
                shifted = {shifted[14:0], 1'b0} ^ (shifted[15] != message[i] ? 16'h8005 : 16'h0000);
        end
    endfunction

    reg  [15:0] remainder;
    reg  [11:0] total, given;                  // bytes of the packet, PID included; data bytes given on
    reg         failed;                        // the PHY saw an error, behind the PID
    reg  [7:0]  first_byte;
    wire        over = active_was && !rx_active;

    always @(posedge clk) assume (total < 12'd2000);
    always @(posedge clk)
        if (rst || over) {total, given, failed} <= 25'd0;
        else begin
            total  <= total + {11'd0, rx_valid};
            given  <= given + {11'd0, data_valid};
            failed <= failed || (rx_error && total != 12'd0);
        end
    always @(posedge clk)
        if (rx_valid) remainder <= total == 12'd0 ? 16'hffff : shifted(remainder, rx_data);
    always @(posedge clk) if (rx_valid && total == 12'd0) first_byte <= rx_data;

    wire pid_sound = first_byte[7:4] == ~first_byte[3:0];

    // At most one verdict, only at a packet's end, never on a packet with an error; data only with their CRC right.
    always @(posedge clk)
        if (begun && !rst && $past(!rst)) begin
            assert ({1'b0, token_good} + {1'b0, data_good} + {1'b0, ack_good} <= 2'd1);
            assert (packet_end == $past(over));
            if (token_good || data_good || ack_good) assert (packet_end && !$past(failed) && $past(pid_sound));
            if (token_good) assert ($past(total) == 12'd3);
            if (ack_good)   assert ($past(total) == 12'd1 && $past(first_byte) == 8'hd2);
            if (data_good)  assert ($past(total) >= 12'd3 && $past(given) + 12'd3 == $past(total));
            if (data_good)  assert ($past(remainder) == 16'h800d && $past(first_byte[2:0]) == 3'b011);
        end

    // To be reached, or the rest says nothing.
    reg one_given;
    always @(posedge clk) one_given <= given == 12'd1;
    (* keep *) wire whole = begun && data_good && one_given;
`endif
endmodule
`default_nettype wire
