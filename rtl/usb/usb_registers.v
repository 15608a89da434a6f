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
    assign reg_address    = read_ahead ? address + {9'd0, next_word} : address;

    always @(posedge clk)
        if (arrives)        word <= started || read_take ? {8'h00, reg_read_data} : {reg_read_data, word[7:0]};
        else if (read_take) word <= {8'h00, word[39:8]};
        else if (fetched)   word <= {8'h00, reg_write_data};
endmodule
`default_nettype wire
