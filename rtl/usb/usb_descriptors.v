// usb_descriptors: holds the descriptors and finds them by GET_DESCRIPTOR's wValue (USB 2.0, 9.6).
// SPDX-License-Identifier: MIT
//
// The identity of the device is stated here and nowhere else. One memory holds them one behind the other. The network
// adapter's are of CDC 1.2 and ECM 1.2; BOS is of USB 3.2, 9.6.2, and tells where Microsoft's descriptors are.
`default_nettype none
module usb_descriptors #(
    parameter [127:0] SERIAL  = "00000001", // 1 to 16 ASCII characters
    parameter [247:0] PRODUCT = "Ferrite",  // 1 to 31 ASCII characters
    parameter         ECM     = 1,          // 1: with the configuration that is a network adapter
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001,   // of that, [47:40] is the first byte on the wire
    parameter         HIGH_SPEED = 1        // 0: full speed alone, and nothing to say of another (9.6.2)
) (
    input  wire        clk,
    input  wire        high_speed,
    input  wire [15:0] value,               // type, index
    input  wire        microsoft,           // Microsoft OS 2.0 descriptors are asked for, whatever the value
    output reg         found,
    output reg  [9:0]  start,               // of the descriptor
    output reg  [7:0]  length,
    input  wire [9:0]  address,
    output reg  [7:0]  data                 // one clock behind address
);
    localparam [15:0] VENDOR_ID = 16'h1209, PRODUCT_ID = 16'h0001, VERSION = 16'h0010;
    localparam [247:0] MANUFACTURER = "Ferrite", SERIAL_NUMBER = {120'd0, SERIAL};
    localparam [127:0] PLATFORM = 128'hdf60ddd88945c74c9cd2659d9e648a9f;  // Microsoft OS 2.0, as its bytes stand
    localparam [159:0] PROPERTY = "DeviceInterfaceGUIDs";
    localparam [303:0] GUID     = "{8C2F4A60-6B1D-4E0B-9B57-52E2A1D0C7F3}";
    localparam [7:0] CONFIGURATION_BYTES = 8'd39, NETWORK_BYTES = 8'd80, BOS_BYTES = 8'd40, MICROSOFT_BYTES = 8'd162;
    localparam [7:0] CONFIGURATIONS = ECM != 0 ? 8'd2 : 8'd1;
    localparam [15:0] MOST_FRAME = 16'd1518;            // the network adapter's longest: with a VLAN tag, without FCS

    // ---- where each begins ----
    localparam [9:0] DEVICE = 10'd0, QUALIFIER = 10'd18, LANGUAGE_STRING = 10'd28, MANUFACTURER_STRING = 10'd32,
                     MAC_STRING = 10'd48, SERIAL_STRING = 10'd80, PRODUCT_STRING = 10'd128,
                     HIGH = 10'd192, FULL = 10'd232, OTHER_HIGH = 10'd272, OTHER_FULL = 10'd312,
                     BOS = 10'd352, MICROSOFT = 10'd392, NETWORK_HIGH = 10'd560, NETWORK_FULL = 10'd640,
                     NETWORK_OTHER_HIGH = 10'd720, NETWORK_OTHER_FULL = 10'd800;

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

    // Twelve digits as ASCII, upper case (ECM 1.2, 5.4).
    function [247:0] digits(input [47:0] number);
        integer i;
        reg [3:0] digit;
        begin
            digits = 248'd0;
            for (i = 0; i < 12; i = i + 1) begin
                digit = number[4 * i +: 4];
                digits[8 * i +: 8] = {4'd0, digit} + (digit > 4'd9 ? 8'd55 : 8'd48);
            end
        end
    endfunction

    localparam [247:0] MAC_DIGITS = digits(MAC_ADDRESS);

    wire network = ECM != 0;

    always @* begin
        found = 1'b1;
        case (microsoft ? 16'hffff : value)
            16'h0100: {start, length} = {DEVICE, 8'd18};
            16'h0200: {start, length} = {high_speed ? HIGH : FULL, CONFIGURATION_BYTES};
            16'h0201: {found, start, length} = {network, high_speed ? NETWORK_HIGH : NETWORK_FULL, NETWORK_BYTES};
            16'h0300: {start, length} = {LANGUAGE_STRING, 8'd4};
            16'h0301: {start, length} = {MANUFACTURER_STRING, string_bytes(MANUFACTURER)};
            16'h0302: {start, length} = {PRODUCT_STRING, string_bytes(PRODUCT)};
            16'h0303: {start, length} = {SERIAL_STRING, string_bytes(SERIAL_NUMBER)};
            16'h0304: {found, start, length} = {network, MAC_STRING, string_bytes(MAC_DIGITS)};
            16'h0600: {start, length} = {QUALIFIER, 8'd10};
            16'h0700: {start, length} = {high_speed ? OTHER_FULL : OTHER_HIGH, CONFIGURATION_BYTES};
            16'h0701: {found, start, length} = {network, high_speed ? NETWORK_OTHER_FULL : NETWORK_OTHER_HIGH, NETWORK_BYTES};
            16'h0f00: {start, length} = {BOS, BOS_BYTES};
            16'hffff: {found, start, length} = {microsoft, MICROSOFT, MICROSOFT_BYTES};
            default:  {found, start, length} = {1'b0, DEVICE, 8'd0};
        endcase
        if (HIGH_SPEED == 0 && value[15:9] == 7'd3 && !microsoft) found = 1'b0;
    end

    // ---- what they say ----
    function [7:0] device_byte(input [9:0] at);
        case (at)
            10'd0:   device_byte = 8'd18;
            10'd1:   device_byte = 8'h01;
            10'd2:   device_byte = 8'h01;   // USB 2.0.1: there is a BOS, and no link power management (its ECN, 3)
            10'd3:   device_byte = 8'h02;
            10'd7:   device_byte = 8'd64;   // behind class 0: the interfaces tell
            10'd8:   device_byte = VENDOR_ID[7:0];
            10'd9:   device_byte = VENDOR_ID[15:8];
            10'd10:  device_byte = PRODUCT_ID[7:0];
            10'd11:  device_byte = PRODUCT_ID[15:8];
            10'd12:  device_byte = VERSION[7:0];
            10'd13:  device_byte = VERSION[15:8];
            10'd14:  device_byte = 8'd1;    // strings: manufacturer, product, serial number
            10'd15:  device_byte = 8'd2;
            10'd16:  device_byte = 8'd3;
            10'd17:  device_byte = CONFIGURATIONS;
            default: device_byte = 8'h00;
        endcase
    endfunction

    // The qualifier: the same at the other speed.
    function [7:0] qualifier_byte(input [9:0] at);
        case (at)
            10'd0:   qualifier_byte = 8'd10;
            10'd1:   qualifier_byte = 8'h06;
            10'd8:   qualifier_byte = CONFIGURATIONS;
            10'd9:   qualifier_byte = 8'h00;
            default: qualifier_byte = device_byte(at);
        endcase
    endfunction

    // A pair of bulk endpoints, OUT and IN.
    function [7:0] bulk_byte(input [9:0] at, input high);
        case (at)
            10'd0:   bulk_byte = 8'd7;
            10'd1:   bulk_byte = 8'h05;
            10'd2:   bulk_byte = 8'h01;
            10'd3:   bulk_byte = 8'h02;
            10'd4:   bulk_byte = high ? 8'h00 : 8'd64;
            10'd5:   bulk_byte = high ? 8'h02 : 8'd0;
            10'd7:   bulk_byte = 8'd7;
            10'd8:   bulk_byte = 8'h05;
            10'd9:   bulk_byte = 8'h81;
            10'd10:  bulk_byte = 8'h02;
            10'd11:  bulk_byte = high ? 8'h00 : 8'd64;
            10'd12:  bulk_byte = high ? 8'h02 : 8'd0;
            default: bulk_byte = 8'h00;
        endcase
    endfunction

    // Ferrite's own: records, and the link's state.
    function [7:0] configuration_byte(input [9:0] at, input high, input other);
        case (at)
            10'd0:   configuration_byte = 8'd9;
            10'd1:   configuration_byte = other ? 8'h07 : 8'h02;
            10'd2:   configuration_byte = CONFIGURATION_BYTES;
            10'd4:   configuration_byte = 8'd1;             // interface
            10'd5:   configuration_byte = 8'd1;             // its number
            10'd7:   configuration_byte = 8'h80;            // powered by the bus,
            10'd8:   configuration_byte = 8'd250;           // 500 mA
            10'd9:   configuration_byte = 8'd9;             // interface 0
            10'd10:  configuration_byte = 8'h04;
            10'd13:  configuration_byte = 8'd3;             // endpoints
            10'd14:  configuration_byte = 8'hff;            // vendor-specific
            10'd32:  configuration_byte = 8'd7;             // interrupt IN, each millisecond
            10'd33:  configuration_byte = 8'h05;
            10'd34:  configuration_byte = 8'h82;
            10'd35:  configuration_byte = 8'h03;
            10'd36:  configuration_byte = 8'd8;
            10'd38:  configuration_byte = high ? 8'd4 : 8'd1;
            default: configuration_byte = at < 10'd18 || at > 10'd31 ? 8'h00 : bulk_byte(at - 10'd18, high);
        endcase
    endfunction

    // CDC ECM: a communication interface with notifications, and data with (1) and without (0) endpoints.
    function [7:0] network_byte(input [9:0] at, input high, input other);
        case (at)
            10'd0:   network_byte = 8'd9;
            10'd1:   network_byte = other ? 8'h07 : 8'h02;
            10'd2:   network_byte = NETWORK_BYTES;
            10'd4:   network_byte = 8'd2;                   // interfaces
            10'd5:   network_byte = 8'd2;                   // its number
            10'd7:   network_byte = 8'h80;                  // powered by the bus,
            10'd8:   network_byte = 8'd250;                 // 500 mA
            10'd9:   network_byte = 8'd9;                   // interface 0: communication, Ethernet
            10'd10:  network_byte = 8'h04;
            10'd13:  network_byte = 8'd1;
            10'd14:  network_byte = 8'h02;
            10'd15:  network_byte = 8'h06;
            10'd18:  network_byte = 8'd5;                   // header: CDC 1.20
            10'd19:  network_byte = 8'h24;
            10'd21:  network_byte = 8'h20;
            10'd22:  network_byte = 8'h01;
            10'd23:  network_byte = 8'd5;                   // union: interface 0 rules 1
            10'd24:  network_byte = 8'h24;
            10'd25:  network_byte = 8'h06;
            10'd27:  network_byte = 8'd1;
            10'd28:  network_byte = 8'd13;                  // Ethernet networking: the MAC address is string 4;
            10'd29:  network_byte = 8'h24;                  // no statistics, no list of multicast addresses
            10'd30:  network_byte = 8'h0f;
            10'd31:  network_byte = 8'd4;
            10'd36:  network_byte = MOST_FRAME[7:0];
            10'd37:  network_byte = MOST_FRAME[15:8];
            10'd41:  network_byte = 8'd7;                   // interrupt IN, each millisecond
            10'd42:  network_byte = 8'h05;
            10'd43:  network_byte = 8'h82;
            10'd44:  network_byte = 8'h03;
            10'd45:  network_byte = 8'd16;
            10'd47:  network_byte = high ? 8'd4 : 8'd1;
            10'd48:  network_byte = 8'd9;                   // interface 1: data, off
            10'd49:  network_byte = 8'h04;
            10'd50:  network_byte = 8'd1;
            10'd53:  network_byte = 8'h0a;
            10'd57:  network_byte = 8'd9;                   // … and on
            10'd58:  network_byte = 8'h04;
            10'd59:  network_byte = 8'd1;
            10'd60:  network_byte = 8'd1;
            10'd61:  network_byte = 8'd2;
            10'd62:  network_byte = 8'h0a;
            default: network_byte = at < 10'd66 ? 8'h00 : bulk_byte(at - 10'd66, high);
        endcase
    endfunction

    // Binary device object store: USB 2.0 extension, and where Microsoft's are: vendor code 2, from Windows 8.1 on.
    function [7:0] bos_byte(input [9:0] at);
        case (at)
            10'd0:   bos_byte = 8'd5;
            10'd1:   bos_byte = 8'h0f;
            10'd2:   bos_byte = BOS_BYTES;
            10'd4:   bos_byte = 8'd2;
            10'd5:   bos_byte = 8'd7;                       // no link power management
            10'd6:   bos_byte = 8'h10;
            10'd7:   bos_byte = 8'h02;
            10'd12:  bos_byte = 8'd28;                      // platform
            10'd13:  bos_byte = 8'h10;
            10'd14:  bos_byte = 8'h05;
            10'd34:  bos_byte = 8'h03;                      // Windows 6.3
            10'd35:  bos_byte = 8'h06;
            10'd36:  bos_byte = MICROSOFT_BYTES;
            10'd38:  bos_byte = 8'd2;
            default: bos_byte = at >= 10'd16 && at < 10'd32 ? PLATFORM[8 * (10'd31 - at) +: 8] : 8'h00;
        endcase
    endfunction

    // Microsoft OS 2.0 descriptors: Windows shall take its WinUSB, and let programs find the device by an interface GUID.
    function [7:0] microsoft_byte(input [9:0] at);
        case (at)
            10'd0:   microsoft_byte = 8'd10;                // the set's header
            10'd6:   microsoft_byte = 8'h03;                // from Windows 8.1 on
            10'd7:   microsoft_byte = 8'h06;
            10'd8:   microsoft_byte = MICROSOFT_BYTES;
            10'd10:  microsoft_byte = 8'd20;                // compatible ID
            10'd12:  microsoft_byte = 8'h03;
            10'd14:  microsoft_byte = "W";
            10'd15:  microsoft_byte = "I";
            10'd16:  microsoft_byte = "N";
            10'd17:  microsoft_byte = "U";
            10'd18:  microsoft_byte = "S";
            10'd19:  microsoft_byte = "B";
            10'd30:  microsoft_byte = 8'd132;               // registry property: REG_MULTI_SZ
            10'd32:  microsoft_byte = 8'h04;
            10'd34:  microsoft_byte = 8'h07;
            10'd36:  microsoft_byte = 8'd42;                // bytes of its name
            10'd80:  microsoft_byte = 8'd80;                // bytes of what it says
            default: microsoft_byte = at < 10'd38 || at[0] ? 8'h00 : at < 10'd78 ? PROPERTY[8 * ((10'd76 - at) >> 1) +: 8]
                                      : at > 10'd81 && at < 10'd158 ? GUID[8 * ((10'd156 - at) >> 1) +: 8] : 8'h00;
        endcase
    endfunction

    // UTF-16, little-endian: each character and a zero. The text's first character is its highest byte.
    function [7:0] string_byte(input [9:0] at, input [247:0] text);
        reg [9:0] behind;                   // characters behind this one
        begin
            behind = {5'd0, characters(text)} - {1'b0, at[9:1]};
            if (at == 10'd0)                               string_byte = string_bytes(text);
            else if (at == 10'd1)                          string_byte = 8'h03;
            else if (at[0] || at >= {2'd0, string_bytes(text)}) string_byte = 8'h00;
            else                                           string_byte = text[8 * behind +: 8];
        end
    endfunction

    // US English.
    function [7:0] language_byte(input [9:0] at);
        case (at)
            10'd0:   language_byte = 8'd4;
            10'd1:   language_byte = 8'h03;
            10'd2:   language_byte = 8'h09;
            default: language_byte = 8'h04;
        endcase
    endfunction

    // Loops of their own: a function that chooses among them all takes tools ten times as long.
    reg [7:0] bytes [0:1023];
    integer i;
    initial begin
        for (i = 0; i < 18; i = i + 1) bytes[DEVICE + i[9:0]] = device_byte(i[9:0]);
        for (i = 0; i < 10; i = i + 1) bytes[QUALIFIER + i[9:0]] = qualifier_byte(i[9:0]);
        for (i = 0; i < 4; i = i + 1)  bytes[LANGUAGE_STRING + i[9:0]] = language_byte(i[9:0]);
        for (i = 0; i < 16; i = i + 1) bytes[MANUFACTURER_STRING + i[9:0]] = string_byte(i[9:0], MANUFACTURER);
        for (i = 0; i < 32; i = i + 1) bytes[MAC_STRING + i[9:0]] = string_byte(i[9:0], MAC_DIGITS);
        for (i = 0; i < 48; i = i + 1) bytes[SERIAL_STRING + i[9:0]] = string_byte(i[9:0], SERIAL_NUMBER);
        for (i = 0; i < 64; i = i + 1) bytes[PRODUCT_STRING + i[9:0]] = string_byte(i[9:0], PRODUCT);
        for (i = 0; i < 40; i = i + 1) begin
            bytes[HIGH + i[9:0]]       = configuration_byte(i[9:0], 1'b1, 1'b0);
            bytes[FULL + i[9:0]]       = configuration_byte(i[9:0], 1'b0, 1'b0);
            bytes[OTHER_HIGH + i[9:0]] = configuration_byte(i[9:0], 1'b1, 1'b1);
            bytes[OTHER_FULL + i[9:0]] = configuration_byte(i[9:0], 1'b0, 1'b1);
            bytes[BOS + i[9:0]]        = bos_byte(i[9:0]);
        end
        for (i = 0; i < 168; i = i + 1) bytes[MICROSOFT + i[9:0]] = microsoft_byte(i[9:0]);
        for (i = 0; i < 80; i = i + 1) begin
            bytes[NETWORK_HIGH + i[9:0]]       = network_byte(i[9:0], 1'b1, 1'b0);
            bytes[NETWORK_FULL + i[9:0]]       = network_byte(i[9:0], 1'b0, 1'b0);
            bytes[NETWORK_OTHER_HIGH + i[9:0]] = network_byte(i[9:0], 1'b1, 1'b1);
            bytes[NETWORK_OTHER_FULL + i[9:0]] = network_byte(i[9:0], 1'b0, 1'b1);
        end
        for (i = 880; i < 1024; i = i + 1) bytes[i] = 8'h00;
    end

    always @(posedge clk) data <= bytes[address];
endmodule
`default_nettype wire
