// usb_control: answers requests on endpoint 0: those of USB 2.0, chapter 9, and the registers.
// SPDX-License-Identifier: MIT
//
// Data to the host is made on the fly, so a packet can be given again. Data from the host goes into a buffer of one
// packet and is written to the registers once it is known to be good.
`default_nettype none
module usb_control #(
    parameter [127:0] SERIAL  = "00000001", // 1 to 16 ASCII characters
    parameter [247:0] PRODUCT = "Ferrite"   // 1 to 31 ASCII characters
) (
    input  wire        clk, rst,            // a bus reset included
    input  wire        high_speed,

    input  wire        setup_start, setup, setup_commit,
    input  wire        out_open, out_commit,
    output wire        out_room, out_stall,
    input  wire        data_valid,
    input  wire [7:0]  data,
    input  wire        in_start, in_taken,
    output wire        in_ready, in_stall,
    output wire [7:0]  payload_data,
    output wire        payload_valid,
    input  wire        payload_take,

    output reg  [6:0]  device_address,
    output reg         configured,
    output reg  [2:0]  halted,              // bulk OUT, bulk IN, interrupt IN
    output wire [2:0]  toggle_clear,

    output wire        test_start,          // the status stage of a request for a test mode is over
    output wire [2:0]  test_selector,

    output wire [15:0] reg_address,
    output wire        reg_write, reg_read,
    output wire [31:0] reg_write_data,
    input  wire [31:0] reg_read_data,
    output wire        idle
);
    localparam [2:0] IDLE       = 3'd0,
                     DATA_IN    = 3'd1,
                     STATUS_OUT = 3'd2,
                     DATA_OUT   = 3'd3,
                     STATUS_IN  = 3'd4,
                     STALLED    = 3'd5;     // until the next SETUP
    reg [2:0] state;

    // ---- the request, its bytes shifted in from the left; data moves address on and left down ----
    reg [15:0] left, address, value;
    reg [7:0]  request, request_type;
    reg        decode;                      // the clock in which the request is judged
    reg [6:0]  index;                       // of the byte in its packet

    wire       get_status, get_descriptor, get_configuration, get_interface;
    wire       set_halt, clear_halt, set_address, set_configuration, set_interface, set_test;
    wire       read_registers, write_registers, found;
    wire [2:0] at;

    usb_request judge (
        .request_type(request_type), .request(request), .value(value), .index(address), .length(left),
        .high_speed(high_speed), .configured(configured), .descriptor_found(found), .get_status(get_status),
        .get_descriptor(get_descriptor), .get_configuration(get_configuration), .get_interface(get_interface),
        .set_halt(set_halt), .clear_halt(clear_halt), .set_address(set_address),
        .set_configuration(set_configuration), .set_interface(set_interface), .set_test(set_test),
        .read_registers(read_registers), .write_registers(write_registers), .at(at));

    wire brief = get_status || get_configuration || get_interface;
    wire give  = brief || get_descriptor || read_registers;
    wire obey  = set_halt || clear_halt || set_address || set_configuration || set_interface || set_test;

    // ---- where an answer comes from, and how long it is ----
    wire [8:0]  descriptor_start;
    wire [7:0]  descriptor_length, descriptor_byte, register_byte;
    wire [15:0] answer_length = brief ? {14'd0, get_status, !get_status} : {8'd0, descriptor_length};
    wire        shorter       = (brief || get_descriptor) && answer_length < left;
    reg         end_short;                  // less than the host asked for: a short packet ends it
    reg         reading;                    // from the registers
    reg         telling;                    // a brief answer, from here:
    reg         flag;

    always @(posedge clk)
        if (decode) begin
            end_short <= shorter;
            reading   <= read_registers;
            telling   <= brief;
            flag      <= get_configuration ? configured : get_status && |(at & halted);
        end

    // ---- packets ----
    wire [6:0] packet_length = left[15:6] != 10'd0 ? 7'd64 : left[6:0];
    wire       whole         = packet_length[6];
    wire       more          = left[15:6] > 10'd1 || (whole && (left[5:0] != 6'd0 || (end_short && state == DATA_IN)));
    wire [6:0] index_next    = in_start ? 7'd0 : payload_take ? index + 7'd1 : index;
    wire       setup_byte    = out_open && setup && data_valid;
    wire       length_right, writing, write_end;
    wire       write_start   = state == DATA_OUT && out_commit && length_right;
    wire       read_end      = state == DATA_IN && in_taken;

    usb_descriptors #(.SERIAL(SERIAL), .PRODUCT(PRODUCT)) descriptors (
        .clk(clk), .high_speed(high_speed), .value(value), .found(found), .start(descriptor_start),
        .length(descriptor_length), .address(address[8:0] + {2'd0, index_next}), .data(descriptor_byte));

    usb_registers registers (
        .clk(clk), .rst(rst || setup_start), .address(address), // its bytes will shift the address away
        .read_start(reading && state == DATA_IN && in_start), .read_take(reading && payload_take), .read_index(index),
        .packet_length(packet_length), .read_byte(register_byte),
        .open(out_open), .data_valid(data_valid), .data(data), .length_right(length_right),
        .write_start(write_start), .writing(writing), .write_end(write_end),
        .reg_address(reg_address), .reg_write(reg_write), .reg_read(reg_read), .reg_write_data(reg_write_data),
        .reg_read_data(reg_read_data));

    assign payload_valid = index != packet_length;
    assign payload_data  = reading ? register_byte : telling ? {7'd0, flag && index == 7'd0} : descriptor_byte;

    always @(posedge clk)
        if (setup_start)     index <= 7'd0;
        else if (setup_byte) index <= index + {6'd0, !index[6]};
        else                 index <= index_next;

    always @(posedge clk) decode <= setup_commit && index == 7'd8 && !rst;

    always @(posedge clk)
        if (setup_byte)      value <= {address[7:0], value[15:8]};

    always @(posedge clk)
        if (setup_byte)      {request, request_type} <= {value[7:0], request};

    always @(posedge clk)
        if (setup_byte)                    address <= {left[7:0], address[15:8]};
        else if (decode && get_descriptor) address <= {7'd0, descriptor_start};
        else if (reg_write || read_end)    address <= address + (read_end ? 16'd64 : 16'd4);

    always @(posedge clk)
        if (setup_byte)                 left <= {data, left[15:8]};
        else if (decode && shorter)     left <= answer_length;
        else if (read_end || write_end) left <= {left[15:6] - {9'd0, whole}, whole ? left[5:0] : 6'd0};

    // ---- the transfer's stages ----
    always @(posedge clk)
        if (rst || setup_start) state <= IDLE;
        else if (decode)        state <= give && left != 16'd0 ? DATA_IN : write_registers ? DATA_OUT
                                         : give || obey ? STATUS_IN : STALLED;
        else case (state)
            DATA_IN:    if (out_commit) state <= IDLE; else if (in_taken && !more) state <= STATUS_OUT;
            STATUS_OUT: if (out_commit) state <= IDLE;
            DATA_OUT:   if (out_commit && !length_right) state <= STALLED;
                        else if (write_end && !more)     state <= STATUS_IN;
            STATUS_IN:  if (in_taken) state <= IDLE;
            default:    state <= state;
        endcase

    assign in_ready  = state == DATA_IN || state == STATUS_IN;
    assign in_stall  = !in_ready && !writing;
    assign out_stall = state == IDLE || state == STATUS_IN || state == STALLED;
    assign out_room  = !writing;
    assign idle      = !writing && !decode && !renew;

    // ---- what requests change ----
    reg renew;                              // configured was taken low by SET_CONFIGURATION

    always @(posedge clk)
        if (rst)                                                    device_address <= 7'd0;
        else if (state == STATUS_IN && in_taken && set_address)     device_address <= value[6:0];

    always @(posedge clk)
        if (rst) {renew, configured} <= 2'b00;
        else if (decode && set_configuration) {renew, configured} <= 2'b10;
        else if (renew)                       {renew, configured} <= {1'b0, value[0]};

    assign test_start    = state == STATUS_IN && in_taken && set_test;
    assign test_selector = address[10:8];

    wire [2:0] all = {3{decode && (set_configuration || set_interface)}};

    assign toggle_clear = all | ({3{decode && clear_halt}} & at);

    always @(posedge clk)
        if (rst) halted <= 3'b000;
        else     halted <= (halted | ({3{decode && set_halt}} & at)) & ~toggle_clear;
endmodule
`default_nettype wire
