// usb_test_mode: transmits what a test mode asks for, from the request until power-off (USB 2.0, 7.1.20 and 9.4.9).
// SPDX-License-Identifier: MIT
//
// Steady J or K: a packet without PID that never ends, sent raw; a PHY that takes the bus makes it begin anew. Test
// packets: one after the other; their gap is what ULPI 1.1, table 8, has between two packets of a link (15 clocks) or
// more, and less than 125 us. NAKs: one for each IN token, whichever device and endpoint it is for.
`default_nettype none
module usb_test_mode (
    input  wire       clk, rst,             // power-on: a bus reset ends no test
    input  wire       start,
    input  wire [2:0] selector,             // 1 J, 2 K, 3 SE0 and NAK, 4 test packets

    output reg        testing,
    output wire       raw,                  // neither bit stuffing nor NRZI
    output wire       busy,                 // transmits, gaps between test packets included
    input  wire       in_token,             // a good one came

    output wire       tx_valid,             // to ulpi_link
    output wire [7:0] tx_data,
    input  wire       tx_ready,
    input  wire       tx_lost               // the rest of the packet goes nowhere
);
    localparam [2:0] TEST_J = 3'd1, TEST_K = 3'd2, TEST_SE0_NAK = 3'd3;
    localparam [7:0] PID_NAK = 8'h5a, PID_DATA0 = 8'hc3;
    localparam [5:0] LAST = 6'd55;          // PID, 53 bytes and CRC

    reg [2:0] test;
    reg       sending;
    reg [5:0] index;                        // of the byte in its packet; stays at 63
    reg [4:0] gap;                          // clocks since the packet before, or the start

    wire steady  = test == TEST_J || test == TEST_K;
    wire naks    = test == TEST_SE0_NAK;
    wire last    = naks || (!steady && index == LAST);
    wire due     = naks ? in_token : &gap;
    wire sent    = tx_lost || (tx_ready && last);

    always @(posedge clk)
        if (rst)        testing <= 1'b0;
        else if (start) testing <= 1'b1;

    always @(posedge clk)
        if (start) test <= selector;

    always @(posedge clk)
        if (!testing || sending) gap <= 5'd0;
        else if (!(&gap))        gap <= gap + 5'd1;

    always @(posedge clk)
        if (rst || !testing) sending <= 1'b0;
        else                 sending <= sending ? !sent : due;

    always @(posedge clk)
        if (!sending)                    index <= 6'd0;
        else if (tx_ready && !(&index))  index <= index + 6'd1;

    // Runs of like bits, then ones with a zero that wanders: the standard's bit strings as bytes, the CRC behind them.
    function [7:0] packet_byte(input [5:0] at);
        if (at == 6'd0)      packet_byte = PID_DATA0;
        else if (at < 6'd10) packet_byte = 8'h00;
        else if (at < 6'd18) packet_byte = 8'haa;
        else if (at < 6'd26) packet_byte = 8'hee;
        else case (at)
            6'd26:        packet_byte = 8'hfe;
            6'd38:        packet_byte = 8'h7f;
            6'd39, 6'd47: packet_byte = 8'hbf;
            6'd40, 6'd48: packet_byte = 8'hdf;
            6'd41, 6'd49: packet_byte = 8'hef;
            6'd42, 6'd50: packet_byte = 8'hf7;
            6'd43, 6'd51: packet_byte = 8'hfb;
            6'd44, 6'd52: packet_byte = 8'hfd;
            6'd45:        packet_byte = 8'hfc;
            6'd46, 6'd53: packet_byte = 8'h7e;
            6'd54:        packet_byte = 8'hb6;
            6'd55:        packet_byte = 8'hce;
            default:      packet_byte = 8'hff;
        endcase
    endfunction

    // A zero first where a PID is due: ulpi_link makes it the command for a packet without one.
    wire [7:0] steady_byte = {8{test == TEST_J && index != 6'd0}};

    assign raw      = testing && steady;
    assign busy     = testing && (!naks || sending);
    assign tx_valid = sending && !tx_lost;
    assign tx_data  = naks ? PID_NAK : steady ? steady_byte : packet_byte(index);

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);
    // usb_control judges the selector, and nobody hears a second request.
    always @(posedge clk) assume (!start || !testing && selector >= 3'd1 && selector <= 3'd4);

    stream_rules #(.WIDTH(8)) rules_tx (
        .clk(clk), .rst(rst || tx_lost), .offer(tx_data), .valid(tx_valid), .ready(tx_ready)
    );

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

    reg  [2:0]  asked;                         // the test
    reg  [5:0]  given;                         // bytes of the packet that moved, up to 63
    reg  [5:0]  silence;                       // clocks since the packet before, or since the request
    reg  [15:0] remainder;
    reg         lost;                          // the packet before was
    wire        tx_take = tx_valid && tx_ready;

    always @(posedge clk) if (start) asked <= selector;
    always @(posedge clk)
        if (rst || !tx_valid)          given <= 6'd0;
        else if (tx_take && !(&given)) given <= given + 6'd1;
    always @(posedge clk)
        if (rst || !testing || tx_valid) silence <= 6'd0;
        else                             silence <= silence + {5'd0, !(&silence)};
    always @(posedge clk) lost <= !rst && !tx_valid && (tx_lost || lost);
    always @(posedge clk)
        if (!tx_valid)                     remainder <= 16'hffff;
        else if (tx_take && given != 6'd0) remainder <= shifted(remainder, tx_data);

    always @(posedge clk)
        if (begun && !rst) begin
            if (!testing) assert (!tx_valid && !busy && !raw);
            if (testing)  assert (raw == (asked < 3'd3) && (asked == 3'd3 || busy));
            if (tx_valid) case (asked)
                3'd1:    assert (tx_data == (given == 6'd0 ? 8'h00 : 8'hff));
                3'd2:    assert (tx_data == 8'h00);
                3'd3:    assert (tx_data == 8'h5a && given == 6'd0 && busy);
                default: assert (given < 6'd56 && (given != 6'd0 || tx_data == 8'hc3));
            endcase
            // A packet ends lost or whole; steady ones never do.
            if ($past(tx_valid && !rst) && !tx_valid && !tx_lost) begin
                assert (asked == 3'd3 || asked == 3'd4 && $past(given) == 6'd55);
                assert ($past(tx_ready));
            end
            // The gap is at least 15 clocks, and it ends; a NAK goes out for an IN token alone.
            assert (silence <= 6'd33 || lost || tx_lost || asked == 3'd3);
            if ($past(!tx_valid && !rst) && tx_valid && asked != 3'd3) assert ($past(silence) >= 6'd15);
            if (testing && asked == 3'd3 && $past(testing && !tx_valid && !tx_lost && !rst))
                assert (tx_valid || tx_lost || !$past(in_token));
            if (testing && asked == 3'd3 && $past(testing && !tx_valid && !tx_lost && !rst) && tx_valid)
                assert ($past(in_token));
        end

    // The way there.
    always @(posedge clk)
        if (begun && !rst) begin
            if (testing)  assert (test == asked && asked >= 3'd1 && asked <= 3'd4);
            if (!testing) assert (gap == 5'd0 || $past(testing));
            if (sending)  assert (testing && given == index);
            if (!sending) assert (gap <= silence || !testing);
            if (sending && asked != 3'd3) assert (silence >= 6'd32 || silence == 6'd0 && $past(tx_valid));
            if (testing && asked != 3'd3 && !lost) assert (sending ? silence == 6'd0 || silence == 6'd32 : silence == {1'b0, gap});
        end

    // To be reached, or the rest says nothing; the test packet is always the same, so its CRC is right if it is here.
    reg ended;
    always @(posedge clk) ended <= tx_take && !rst && given == 6'd55;
    (* keep *) wire whole = begun && !rst && ended && !tx_valid && asked == 3'd4 && remainder == 16'h800d;
`endif
endmodule
`default_nettype wire
