// usb_request: judges a control request: which one it is, and whether it is right in every field (USB 2.0, 9.4; ECM 1.2, 6.2).
// SPDX-License-Identifier: MIT
//
// A request that makes no output true is to be stalled: unknown, not supported (remote wake-up,
// SET_DESCRIPTOR, SYNCH_FRAME), or wrong in a field. Before configuration only the device and endpoint 0 can be
// addressed. Test modes are for high speed alone. While the board is a network adapter (configuration 2), registers can
// only be read: they are the class requests' to change.
`default_nettype none
module usb_request #(
    parameter ECM = 1                       // 1: with configuration 2
) (
    input  wire [7:0]  request_type, request,
    input  wire [15:0] value, index, length,
    input  wire        high_speed,
    input  wire        configured,
    input  wire        network, flowing,    // configuration 2; the bulk endpoints exist
    input  wire        descriptor_found,

    output wire        microsoft,           // the descriptor to get is Microsoft's
    output wire        get_status, get_descriptor, get_configuration, get_interface,
    output wire        set_halt, clear_halt, set_address, set_configuration, set_interface, set_test, set_filter,
    output wire        read_registers, write_registers,
    output wire [2:0]  at                   // the endpoint that wIndex names: bulk OUT, bulk IN, interrupt IN
);
    localparam [15:0] CONFIGURATIONS = ECM != 0 ? 16'd3 : 16'd2;   // that none is chosen is one, too

    wire no_data      = length == 16'd0;
    wire whole_words  = index[1:0] == 2'd0 && length[1:0] == 2'd0 && !no_data;
    wire no_value     = value == 16'd0;
    wire no_index     = index == 16'd0;

    wire to_host      = request_type[7];
    wire to_device    = request_type[6:0] == 7'h00;
    wire to_interface = request_type[6:0] == 7'h01 && (no_index || to_data) && configured;
    wire to_data      = network && index == 16'd1;
    wire to_endpoint  = request_type[6:0] == 7'h02;
    wire to_vendor    = request_type[6:0] == 7'h40;
    wire to_control   = to_endpoint && {index[15:8], index[6:0]} == 15'd0;
    wire to_bulk      = to_endpoint && |at;

    assign at = {index == 16'h0082, index == 16'h0081, index == 16'h0001} & {configured, flowing, flowing};

    assign get_status        = to_host && request == 8'd0 && no_value
                               && ((to_device && no_index) || to_interface || to_control || to_bulk);
    assign microsoft         = to_vendor && request == 8'd2;
    assign get_descriptor    = to_host && (to_device && request == 8'd6 && descriptor_found
                                           || microsoft && no_value && index == 16'd7);
    assign get_configuration = to_host && to_device && request == 8'd8 && no_value && no_index;
    assign get_interface     = to_host && to_interface && request == 8'd10 && no_value;

    wire halt = !to_host && to_bulk && no_value && no_data;

    assign clear_halt        = halt && request == 8'd1;
    assign set_halt          = halt && request == 8'd3;
    assign set_address       = !to_host && to_device && request == 8'd5 && value[15:7] == 9'd0 && no_index && no_data;
    assign set_configuration = !to_host && to_device && request == 8'd9 && value < CONFIGURATIONS && no_index && no_data;
    assign set_interface     = !to_host && to_interface && request == 8'd11 && value < (to_data ? 16'd2 : 16'd1) && no_data;

    // SetEthernetPacketFilter: the five bits that are defined.
    assign set_filter        = request_type == 8'h21 && no_index && network && request == 8'h43 && value[15:5] == 11'd0
                               && no_data;

    // Four of the standard's selectors; the fifth is for the ports of hubs.
    wire test_known = index == 16'h0100 || index == 16'h0200 || index == 16'h0300 || index == 16'h0400;

    assign set_test          = !to_host && to_device && request == 8'd3 && value == 16'd2 && test_known && no_data
                               && high_speed;

    assign read_registers    = to_host && to_vendor && request == 8'd1 && whole_words;
    assign write_registers   = !to_host && to_vendor && request == 8'd1 && whole_words && !network;
endmodule
`default_nettype wire
