// usb_registers: carries register words between the data packets of endpoint 0 and the register port.
// SPDX-License-Identifier: MIT
//
// A read fetches each word while the one before is being sent. A write waits in a buffer of one packet until the
// packet is known to be good.
`default_nettype none
module usb_registers (
    input  wire        clk, rst,
    input  wire [15:0] address,             // of the packet's first word when reading, of the next word when writing

    input  wire        read_start,          // a packet of words to the host begins
    input  wire        read_take,           // its byte on offer was taken
    input  wire [6:0]  read_index,          // and stood here in the packet
    input  wire [6:0]  packet_length,
    output wire [7:0]  read_byte,

    input  wire        open,                // a packet from the host may come
    input  wire        data_valid,
    input  wire [7:0]  data,
    output wire        length_right,        // what came is as long as packet_length
    input  wire        write_start,         // it is good: write it
    output reg         writing,
    output wire        write_end,

    output wire [15:0] reg_address,
    output wire        reg_write, reg_read,
    output wire [31:0] reg_write_data,
    input  wire [31:0] reg_read_data
);
    reg [39:0] word;                        // bytes under way, the next one lowest

    // ---- read: the next word is asked for at the last byte but one ----
    wire [6:0] next_word  = {read_index[6:2] + 5'd1, 2'b00};
    wire       read_ahead = read_take && read_index[1:0] == 2'd2 && next_word != packet_length;
    reg        started, arrives;

    assign reg_read  = read_start || read_ahead;
    assign read_byte = word[7:0];

    always @(posedge clk) {started, arrives} <= {read_start, reg_read && !rst};

    // ---- write ----
    (* no_rw_check, ram_style = "block" *)  // read once all of it has been written
    reg [7:0] buffer [0:63];
    reg [7:0] buffered;
    reg [6:0] count;                        // bytes in the buffer, then bytes fetched from it; stays at 127
    reg       fetched;
    wire      fill = open && data_valid && !writing && !(&count);

    assign length_right = count == packet_length;
    assign write_end    = writing && length_right;

    always @(posedge clk)
        if (fill) buffer[count[5:0]] <= data;

    always @(posedge clk) buffered <= buffer[count[5:0]];

    always @(posedge clk)
        if (write_start)                count <= 7'd0;
        else if (writing)               count <= count + {6'd0, !length_right};
        else if (!open)                 count <= 7'd0;
        else                            count <= count + {6'd0, fill};

    always @(posedge clk)
        if (rst)              writing <= 1'b0;
        else if (write_start) writing <= 1'b1;
        else if (write_end)   writing <= 1'b0;

    always @(posedge clk) fetched <= writing && !length_right && !rst;

    assign reg_write      = fetched && count[1:0] == 2'd0;
    assign reg_write_data = {buffered, word[31:8]};
    assign reg_address    = read_start || writing ? address : address + {9'd0, next_word}; // read_take comes late in a clock

    always @(posedge clk)
        if (arrives)        word <= started || read_take ? {8'h00, reg_read_data} : {reg_read_data, word[7:0]};
        else if (read_take) word <= {8'h00, word[39:8]};
        else if (fetched)   word <= {8'h00, reg_write_data};

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);

    // As usb_control has it: a packet of whole words from where it begins to its end, its first byte taken behind the
    // PID; nothing is written meanwhile.
    reg reading, settled;                      // a packet of words is on its way, and its first byte on offer
    always @(posedge clk) {reading, settled} <= rst ? 2'b00 : read_start ? 2'b10 : {reading, reading};
    always @(posedge clk) begin
        assume (packet_length[1:0] == 2'd0 && packet_length != 7'd0 && packet_length <= 7'd64);
        assume (!read_take || settled && !read_start && read_index != packet_length);
        assume (!(reading || read_start) || !writing && !write_start && !fetched);
        if (begun && $past(read_start)) assume (read_index == 7'd0);
        if (begun && $past(reading && !read_start)) assume (read_index == $past(read_index + {6'd0, read_take}));
        if (begun && $past(reading || read_start) && !read_start) assume ($stable(address) && $stable(packet_length));
    end

    // Any register, of any value, answers in the clock behind reg_read.
    (* anyconst *) wire [15:0] which;
    (* anyconst *) wire [31:0] value;
    always @(posedge clk)
        if (begun && $past(reg_read && reg_address == which)) assume (reg_read_data == value);

    // Its bytes stand in their places in the packet, lowest first, each until it is taken.
    wire [1:0]  place    = read_index[1:0];
    wire [15:0] at       = address + {9'd0, read_index[6:2], 2'd0};
    wire        on_offer = settled && !read_start && read_index != packet_length;

    stream_rules #(.WIDTH(8)) rules_read (
        .clk(clk), .rst(rst || read_start), .offer(at == which ? read_byte : 8'd0), .valid(on_offer), .ready(read_take)
    );
    always @(posedge clk)
        if (begun && !rst && on_offer && at == which) assert (read_byte == value[8*place +: 8]);

    // Each word is read once, for its packet, and none beyond.
    always @(posedge clk)
        if (begun && !rst && reg_read && !read_start)
            assert (read_take && place == 2'd2 && reg_address == at + 16'd4 && read_index + 7'd2 < packet_length);

    // The way there.
    always @(posedge clk)
        if (begun && !rst) begin
            if (reading && !read_start) assert (read_index <= packet_length && (settled || read_index == 7'd0));
            if (reading && !settled) assert (arrives && started);
            if (settled) assert (!started && (!arrives || place == 2'd3));
            if (on_offer && at == which && place == 2'd0) assert (word[31:0] == value);
            if (on_offer && at == which && place == 2'd1) assert (word[23:0] == value[31:8]);
            if (on_offer && at == which && place == 2'd2) assert (word[15:0] == value[31:16]);
            if (on_offer && at == which && place == 2'd3) assert (word[7:0] == value[31:24]);
            if (on_offer && place == 2'd3 && !arrives && at + 16'd4 == which && read_index + 7'd1 != packet_length)
                assert (word[39:8] == value);
        end

    // A packet to be written is whole words too, and nothing comes beside write_start. Any byte of it is the one place
    // of the buffer that is kept (watched_cell).
    (* anyconst *) wire [5:0] seat;
    (* keep *) wire [5:0] spot = seat;
    (* keep *) wire [7:0] content;
    reg  [7:0] due;                            // that byte as it came
    reg  [3:0] words;                          // written of this packet
    reg        opened;                         // from low to high, so that `count` is this packet's
    initial opened = 1'b0;
    always @(posedge clk) opened <= !rst && (opened || !open && !writing && !write_start);
    always @(posedge clk) begin
        assume (!write_start || opened && open && length_right && !writing && !data_valid && !rst);
        if (begun && $past(writing || write_start)) assume ($stable(packet_length));
        if (fill && count == {1'b0, seat}) due <= data;
        words <= write_start ? 4'd0 : words + {3'd0, reg_write};
    end

    // Each word is written once, in its turn, as it came; the last with write_end.
    wire [6:0] got = count - 7'd1;             // the byte in `buffered`
    always @(posedge clk)
        if (begun && !rst) begin
            if (reg_write && words == seat[5:2]) assert (reg_write_data[8*seat[1:0] +: 8] == due);
            if (reg_write) assert (writing && !reg_read && reg_address == address);
            if (write_end) assert (reg_write && {1'b0, words, 2'd0} + 7'd4 == packet_length);
        end

    // The way there.
    always @(posedge clk)
        if (begun && !rst) begin
            assert (!fetched || writing);
            assert (!writing || opened && !reading);
            assert (reading || !settled && !arrives);
            if (writing) begin
                assert (count <= packet_length && fetched == (count != 7'd0));
                assert (words == (fetched ? got[5:2] : 4'd0));
                if ({1'b0, seat} < packet_length) assert (content == due);
                if (fetched && {1'b0, seat} == got) assert (buffered == due);
                if (fetched && count >= 7'd2 && {1'b0, seat} + 7'd2 == count) assert (word[31:24] == due);
                if (fetched && count >= 7'd3 && {1'b0, seat} + 7'd3 == count) assert (word[23:16] == due);
                if (fetched && count >= 7'd4 && {1'b0, seat} + 7'd4 == count) assert (word[15:8] == due);
            end else if (opened && count <= 7'd64 && {1'b0, seat} < count) assert (content == due);
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire second = begun && !rst && on_offer && at == which && read_index == 7'd5 && read_take;
    (* keep *) wire written = begun && !rst && reg_write && words == 4'd0 && seat == 6'd2 && due == 8'hA5;
`endif
endmodule
`default_nettype wire
