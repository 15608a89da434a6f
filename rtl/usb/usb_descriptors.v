// usb_descriptors: holds the descriptors and finds them by GET_DESCRIPTOR's wValue (USB 2.0, 9.6).
// SPDX-License-Identifier: MIT
//
// The identity of the device is stated here and nowhere else. A memory of eight parts of 64 bytes.
`default_nettype none
module usb_descriptors #(
    parameter [127:0] SERIAL  = "00000001", // 1 to 16 ASCII characters
    parameter [247:0] PRODUCT = "Ferrite"   // 1 to 31 ASCII characters
) (
    input  wire        clk,
    input  wire        high_speed,
    input  wire [15:0] value,               // type, index
    output reg         found,
    output reg  [8:0]  start,               // of the descriptor
    output reg  [7:0]  length,
    input  wire [8:0]  address,
    output reg  [7:0]  data                 // one clock behind address
);
    localparam [15:0] VENDOR_ID = 16'h1209, PRODUCT_ID = 16'h0001, VERSION = 16'h0010;
    localparam [247:0] MANUFACTURER = "Ferrite", SERIAL_NUMBER = {120'd0, SERIAL};
    localparam [7:0] CONFIGURATION_BYTES = 8'd39;

    // ---- where each begins ----
    localparam [8:0] DEVICE = 9'd0, QUALIFIER = 9'd32, LANGUAGE_STRING = 9'd320,
                     HIGH = 9'd64, FULL = 9'd128, OTHER_HIGH = 9'd192, OTHER_FULL = 9'd256,
                     MANUFACTURER_STRING = 9'd336, PRODUCT_STRING = 9'd384, SERIAL_STRING = 9'd448;

    function [4:0] characters(input [247:0] text);
        integer i;
        begin
            characters = 5'd0;
            for (i = 0; i < 31; i = i + 1)
                if (text[8 * i +: 8] != 8'h00) characters = characters + 5'd1;
        end
    endfunction

    function [7:0] string_bytes(input [247:0] text);
        string_bytes = {2'd0, characters(text), 1'b0} + 8'd2;
    endfunction

    always @* begin
        found = 1'b1;
        case (value)
            16'h0100: {start, length} = {DEVICE, 8'd18};
            16'h0200: {start, length} = {high_speed ? HIGH : FULL, CONFIGURATION_BYTES};
            16'h0300: {start, length} = {LANGUAGE_STRING, 8'd4};
            16'h0301: {start, length} = {MANUFACTURER_STRING, string_bytes(MANUFACTURER)};
            16'h0302: {start, length} = {PRODUCT_STRING, string_bytes(PRODUCT)};
            16'h0303: {start, length} = {SERIAL_STRING, string_bytes(SERIAL_NUMBER)};
            16'h0600: {start, length} = {QUALIFIER, 8'd10};
            16'h0700: {start, length} = {high_speed ? OTHER_FULL : OTHER_HIGH, CONFIGURATION_BYTES};
            default:  {found, start, length} = {1'b0, DEVICE, 8'd0};
        endcase
    end

    // ---- what they say ----
    function [7:0] device_byte(input [5:0] at);
        case (at)
            6'd0:    device_byte = 8'd18;
            6'd1:    device_byte = 8'h01;
            6'd3:    device_byte = 8'h02;   // USB 2.0
            6'd4:    device_byte = 8'hff;   // vendor-specific
            6'd7:    device_byte = 8'd64;
            6'd8:    device_byte = VENDOR_ID[7:0];
            6'd9:    device_byte = VENDOR_ID[15:8];
            6'd10:   device_byte = PRODUCT_ID[7:0];
            6'd11:   device_byte = PRODUCT_ID[15:8];
            6'd12:   device_byte = VERSION[7:0];
            6'd13:   device_byte = VERSION[15:8];
            6'd14:   device_byte = 8'd1;    // strings: manufacturer, product, serial number
            6'd15:   device_byte = 8'd2;
            6'd16:   device_byte = 8'd3;
            6'd17:   device_byte = 8'd1;    // configuration
            6'd32:   device_byte = 8'd10;   // the qualifier: the same at the other speed
            6'd33:   device_byte = 8'h06;
            6'd35:   device_byte = 8'h02;
            6'd36:   device_byte = 8'hff;
            6'd39:   device_byte = 8'd64;
            6'd40:   device_byte = 8'd1;
            default: device_byte = 8'h00;
        endcase
    endfunction

    function [7:0] configuration_byte(input [5:0] at, input high, input other);
        case (at)
            6'd0:    configuration_byte = 8'd9;
            6'd1:    configuration_byte = other ? 8'h07 : 8'h02;
            6'd2:    configuration_byte = CONFIGURATION_BYTES;
            6'd4:    configuration_byte = 8'd1;             // interface
            6'd5:    configuration_byte = 8'd1;             // its number
            6'd7:    configuration_byte = 8'h80;            // powered by the bus,
            6'd8:    configuration_byte = 8'd250;           // 500 mA
            6'd9:    configuration_byte = 8'd9;             // interface 0
            6'd10:   configuration_byte = 8'h04;
            6'd13:   configuration_byte = 8'd3;             // endpoints
            6'd14:   configuration_byte = 8'hff;            // vendor-specific
            6'd18:   configuration_byte = 8'd7;             // bulk OUT
            6'd19:   configuration_byte = 8'h05;
            6'd20:   configuration_byte = 8'h01;
            6'd21:   configuration_byte = 8'h02;
            6'd22:   configuration_byte = high ? 8'h00 : 8'd64;
            6'd23:   configuration_byte = high ? 8'h02 : 8'd0;
            6'd25:   configuration_byte = 8'd7;             // bulk IN
            6'd26:   configuration_byte = 8'h05;
            6'd27:   configuration_byte = 8'h81;
            6'd28:   configuration_byte = 8'h02;
            6'd29:   configuration_byte = high ? 8'h00 : 8'd64;
            6'd30:   configuration_byte = high ? 8'h02 : 8'd0;
            6'd32:   configuration_byte = 8'd7;             // interrupt IN, each millisecond
            6'd33:   configuration_byte = 8'h05;
            6'd34:   configuration_byte = 8'h82;
            6'd35:   configuration_byte = 8'h03;
            6'd36:   configuration_byte = 8'd8;
            6'd38:   configuration_byte = high ? 8'd4 : 8'd1;
            default: configuration_byte = 8'h00;
        endcase
    endfunction

    // UTF-16, little-endian: each character and a zero. The text's first character is its highest byte.
    function [7:0] string_byte(input [5:0] at, input [247:0] text);
        reg [4:0] behind;                   // characters behind this one
        begin
            behind = characters(text) - at[5:1];
            if (at == 6'd0)                                string_byte = string_bytes(text);
            else if (at == 6'd1)                           string_byte = 8'h03;
            else if (at[0] || at[5:1] > characters(text))  string_byte = 8'h00;
            else                                           string_byte = text[8 * behind +: 8];
        end
    endfunction

    // The languages (US English), and from 16 on the manufacturer.
    function [7:0] language_byte(input [5:0] at);
        case (at)
            6'd0:    language_byte = 8'd4;
            6'd1:    language_byte = 8'h03;
            6'd2:    language_byte = 8'h09;
            6'd3:    language_byte = 8'h04;
            default: language_byte = string_byte(at - 6'd16, MANUFACTURER);
        endcase
    endfunction

    function [7:0] content(input [8:0] at);
        case (at[8:6])
            3'd0:    content = device_byte(at[5:0]);
            3'd1:    content = configuration_byte(at[5:0], 1'b1, 1'b0);
            3'd2:    content = configuration_byte(at[5:0], 1'b0, 1'b0);
            3'd3:    content = configuration_byte(at[5:0], 1'b1, 1'b1);
            3'd4:    content = configuration_byte(at[5:0], 1'b0, 1'b1);
            3'd5:    content = language_byte(at[5:0]);
            3'd6:    content = string_byte(at[5:0], PRODUCT);
            default: content = string_byte(at[5:0], SERIAL_NUMBER);
        endcase
    endfunction

    reg [7:0] bytes [0:511];
    integer i;
    initial for (i = 0; i < 512; i = i + 1) bytes[i] = content(i[8:0]);

    always @(posedge clk) data <= bytes[address];
endmodule
`default_nettype wire
