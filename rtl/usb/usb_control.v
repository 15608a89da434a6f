// usb_control: answers requests on endpoint 0: those of USB 2.0, chapter 9, the registers, and a network adapter's.
// SPDX-License-Identifier: MIT
//
// Data to the host is made on the fly, so a packet can be given again. Data from the host goes into a buffer of one
// packet and is written to the registers once it is known to be good.
`default_nettype none
module usb_control #(
    parameter [127:0] SERIAL  = "00000001", // 1 to 16 ASCII characters
    parameter [247:0] PRODUCT = "Ferrite",  // 1 to 31 ASCII characters
    parameter         ECM     = 1,          // 1: with configuration 2, a network adapter
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001,
    parameter         HIGH_SPEED = 1        // 0: full speed alone
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
    output wire        configured,
    output wire        network,             // in configuration 2
    output wire        flowing,             // the bulk endpoints exist; low for a clock whenever they begin anew
    output reg  [1:0]  filter,              // of the network's frames: all multicast ones, all
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
    wire       set_halt, clear_halt, set_address, set_configuration, set_interface, set_test, set_filter;
    wire       read_registers, write_registers, found, microsoft;
    wire [2:0] at;

    usb_request #(.ECM(ECM)) judge (
        .request_type(request_type), .request(request), .value(value), .index(address), .length(left),
        .high_speed(high_speed), .configured(configured), .network(network), .flowing(flowing),
        .descriptor_found(found), .microsoft(microsoft), .get_status(get_status),
        .get_descriptor(get_descriptor), .get_configuration(get_configuration), .get_interface(get_interface),
        .set_halt(set_halt), .clear_halt(clear_halt), .set_address(set_address),
        .set_configuration(set_configuration), .set_interface(set_interface), .set_test(set_test),
        .set_filter(set_filter), .read_registers(read_registers), .write_registers(write_registers), .at(at));

    wire brief = get_status || get_configuration || get_interface;
    wire give  = brief || get_descriptor || read_registers;
    wire obey  = set_halt || clear_halt || set_address || set_configuration || set_interface || set_test
                 || set_filter;

    // ---- where an answer comes from, and how long it is ----
    wire [9:0]  descriptor_start;
    wire [7:0]  descriptor_length, descriptor_byte, register_byte;
    wire [15:0] answer_length = brief ? {14'd0, get_status, !get_status} : {8'd0, descriptor_length};
    wire        shorter       = (brief || get_descriptor) && answer_length < left;
    reg         end_short;                  // less than the host asked for: a short packet ends it
    reg         reading;                    // from the registers
    reg         telling;                    // a brief answer, from here:
    reg  [1:0]  word;

    always @(posedge clk)
        if (decode) begin
            end_short <= shorter;
            reading   <= read_registers;
            telling   <= brief;
            word      <= get_configuration ? configuration : {1'b0, get_interface ? alternate && address[0]
                                                                                  : get_status && |(at & halted)};
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

    usb_descriptors #(
        .SERIAL(SERIAL), .PRODUCT(PRODUCT), .ECM(ECM), .MAC_ADDRESS(MAC_ADDRESS), .HIGH_SPEED(HIGH_SPEED)
    ) descriptors (
        .clk(clk), .high_speed(high_speed), .value(value), .microsoft(microsoft), .found(found), .start(descriptor_start),
        .length(descriptor_length), .address(address[9:0] + {3'd0, index_next}), .data(descriptor_byte));

    usb_registers registers (
        .clk(clk), .rst(rst || setup_start), .address(address), // its bytes will shift the address away
        .read_start(reading && state == DATA_IN && in_start), .read_take(reading && payload_take), .read_index(index),
        .packet_length(packet_length), .read_byte(register_byte),
        .open(out_open), .data_valid(data_valid), .data(data), .length_right(length_right),
        .write_start(write_start), .writing(writing), .write_end(write_end),
        .reg_address(reg_address), .reg_write(reg_write), .reg_read(reg_read), .reg_write_data(reg_write_data),
        .reg_read_data(reg_read_data));

    assign payload_valid = index != packet_length;
    assign payload_data  = reading ? register_byte : telling ? {6'd0, index == 7'd0 ? word : 2'd0} : descriptor_byte;

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
        else if (decode && get_descriptor) address <= {6'd0, descriptor_start};
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
    assign idle      = !writing && !decode && !renew && !reopen;

    // ---- what requests change ----
    reg [1:0] configuration;
    reg       alternate;                    // of the network's data interface: it has endpoints
    reg       renew, reopen;                // SET_CONFIGURATION took configuration away, SET_INTERFACE alternate

    assign configured = configuration != 2'd0;
    assign network    = ECM != 0 && configuration[1];
    assign flowing    = configuration[0] || (network && alternate);

    always @(posedge clk)
        if (rst)                                                    device_address <= 7'd0;
        else if (state == STATUS_IN && in_taken && set_address)     device_address <= value[6:0];

    always @(posedge clk)
        if (rst) {renew, configuration} <= 3'b000;
        else if (decode && set_configuration) {renew, configuration} <= 3'b100;
        else if (renew)                       {renew, configuration} <= {1'b0, value[1:0]};

    wire data_interface = network && address[0];

    always @(posedge clk)
        if (rst || (decode && set_configuration))               {reopen, alternate} <= 2'b00;
        else if (decode && set_interface && data_interface)     {reopen, alternate} <= 2'b10;
        else if (reopen)                                        {reopen, alternate} <= {1'b0, value[0]};

    always @(posedge clk)
        if (rst || (decode && set_configuration)) filter <= 2'b00;
        else if (decode && set_filter)            filter <= {value[4] || value[1], value[0]};

    assign test_start    = state == STATUS_IN && in_taken && set_test;
    assign test_selector = address[10:8];

    // An interface that is set begins anew with its endpoints, no other's.
    wire       all  = set_configuration || (set_interface && !network);
    wire       bulk = set_interface && data_interface;
    wire       own  = set_interface && !data_interface;
    wire [2:0] anew = {all || own, all || bulk, all || bulk} & {3{decode}};

    assign toggle_clear = anew | ({3{decode && clear_halt}} & at);

    always @(posedge clk)
        if (rst) halted <= 3'b000;
        else     halted <= (halted | ({3{decode && set_halt}} & at)) & ~toggle_clear;

`ifdef FORMAL
    reg begun, was_rst, was_high;
    initial begun = 1'b0;
    always @(posedge clk) {begun, was_rst, was_high} <= {1'b1, rst, high_speed};

    // As usb_transaction has it: a SETUP's bytes come between its token and its end, and nothing while it is judged; a packet to the host is begun where one is ready, and acknowledged when all of it has gone; one may begin where data were due, which then do not come.
    reg setting, sending, was_in_start;
    always @(posedge clk) begin
        was_in_start <= in_start;
        setting <= !rst && (setup_start || setting && !setup_commit && !(out_open && !setup));
        sending <= !rst && !setup_start && !in_taken && (sending && !out_open || in_start);
    end
    wire none = !in_start && !in_taken && !payload_take && !out_commit;
    always @* begin
        if (!begun) assume (rst);
        if (begun && !was_rst) assume (high_speed == was_high);
        if (setup_start || decode) assume (none);
        if (setup_start || decode) assume (!out_open && !setup_commit);
        if (decode)       assume (!setup_start);
        if (!setting)     assume (!setup_commit && !(out_open && setup));
        if (setup_commit) assume (!data_valid);
        if (out_open)     assume (!in_taken && !payload_take && !was_in_start);
        if (out_commit)   assume (out_open && !out_stall && out_room && !data_valid && !in_start);
        if (in_start)     assume (in_ready && !in_stall && !payload_take && !in_taken);
        if (payload_take) assume (sending && payload_valid && !in_taken);
        if (in_taken)     assume (sending && !payload_valid);
    end

    reg settled;                               // the packet's first byte is on offer
    always @(posedge clk) settled <= sending && !in_start;
    always @* if (payload_take) assume (settled);

    stream_rules #(.WIDTH(8)) rules_payload (
        .clk(clk), .rst(rst || setup_start || out_open || in_start || !sending || !settled), .offer(payload_data),
        .valid(payload_valid), .ready(payload_take)
    );

    // What the SETUP packet says, and how the transfer went on.
    reg         to_host;
    reg  [15:0] asked;                         // its wLength
    reg  [3:0]  got;                           // its bytes, up to 9
    reg         judged;                        // it was whole
    reg  [6:0]  bytes;                         // of the packet on its way to the host, up to now
    reg  [15:0] moved;                         // bytes of the packets before
    reg         over, ended;                   // the data stage, and the transfer
    wire        give_data = judged && to_host && asked != 16'd0;
    wire        refused   = in_stall && out_stall;
    wire        last_one  = give_data && in_taken && (bytes != 7'd64 || moved + 16'd64 == asked);

    always @(posedge clk)
        if (rst || setup_start) {got, judged, bytes, moved, over, ended} <= 30'd0;
        else begin
            got    <= got + {3'd0, setup_byte && got != 4'd9};
            judged <= judged || setup_commit && got == 4'd8;
            bytes  <= sending && !in_start && !in_taken && !out_open ? bytes + {6'd0, payload_take} : 7'd0;
            if (give_data && in_taken) moved <= moved + {9'd0, bytes};
            if (write_end)             moved <= moved + {9'd0, packet_length};
            over  <= over || last_one;
            ended <= ended || out_commit && give_data || in_taken && judged && !give_data;
        end
    always @(posedge clk)
        if (setup_byte) begin
            if (got == 4'd0) to_host     <= data[7];
            if (got == 4'd6) asked[7:0]  <= data;
            if (got == 4'd7) asked[15:8] <= data;
        end

    // USB 2.0, 8.5.3: no more data than wLength, in packets of 64 until the last; then, always, the status stage the other
    // way, empty; behind it, and behind a refusal, STALL until the next SETUP.
    wire known = judged && !decode;
    reg  was_refused;
    always @(posedge clk) was_refused <= known && refused && !setup_start && !rst;
    always @*
        if (begun && !rst) begin
            assert (bytes <= 7'd64 && {1'b0, moved} + {10'd0, bytes} <= {1'b0, asked} || !known);
            if (known && !give_data)           assert (bytes == 7'd0 && !(sending && payload_valid));
            if (known && give_data && !refused) assert (over ? in_stall && !out_stall && out_room : in_ready && !out_stall);
            if (known && !to_host && asked != 16'd0 && !refused)
                assert (in_ready == (moved == asked) && in_ready == out_stall);
            if (known && asked == 16'd0 && !refused) assert (in_ready && out_stall);
            if (ended || was_refused) assert (refused);
            if (setting)              assert (refused || !out_room);
            assert (!in_ready || !in_stall);
        end

    // The way there.
    wire [63:0] fields = {left, address, value, request, request_type};
    wire [63:0] first = fields >> (7'd64 - {got, 3'd0});
    always @*
        if (begun && !rst) begin
            assert (!decode || judged && got == 4'd8);
            assert (!(setting && judged) && !(setting && sending));
            if (!known) assert (state == IDLE && !writing && moved == 16'd0 && bytes == 7'd0 && !over && !ended && !sending);
            if (setting || decode) begin
                assert (got == 4'd9 ? index >= 7'd9 : index == {3'd0, got});
                assert (index <= 7'd64 && got <= 4'd9);
                if (got != 4'd0 && got != 4'd9) assert (first[7] == to_host);
                if (got == 4'd7) assert (left[15:8] == asked[7:0]);
                if (got == 4'd8) assert (left == asked);
            end
            if (known) begin
                assert (!writing || state == DATA_OUT);
                if (sending) assert ((state == DATA_IN || state == STATUS_IN) && index == bytes && bytes <= packet_length);
                if (!sending) assert (bytes == 7'd0);
                case (state)
                    DATA_IN:    assert (give_data && !over && !ended && moved[5:0] == 6'd0
                                        && (end_short ? {1'b0, moved} + {1'b0, left} < {1'b0, asked}
                                                      : {1'b0, moved} + {1'b0, left} == {1'b0, asked} && left != 16'd0));
                    STATUS_OUT: assert (give_data && over && !ended && moved <= asked && bytes == 7'd0);
                    DATA_OUT:   assert (!to_host && !ended && {1'b0, moved} + {1'b0, left} == {1'b0, asked} && left != 16'd0);
                    STATUS_IN:  assert (!give_data && !ended && left == 16'd0 && moved == asked && bytes == 7'd0);
                    IDLE:       assert (ended);
                    default:    assert (state == STALLED && !ended);
                endcase
            end
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire given = begun && ended && moved != 16'd0;
`endif
endmodule
`default_nettype wire
