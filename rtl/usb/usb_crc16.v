// usb_crc16: advances the CRC16 of a data packet by one byte (USB 2.0, 8.3.5.2).
// SPDX-License-Identifier: MIT
//
// Start with FFFF. To send, append the complement, low byte first; a received packet is good if the remainder over
// its data and CRC bytes is B001. Bit 0 is the first on the wire throughout.
`default_nettype none
module usb_crc16 (
    input  wire [15:0] crc,
    input  wire [7:0]  data,
    output wire [15:0] crc_after
);
    function [15:0] remainder(input [15:0] first, input [7:0] message);
        integer i;
        begin
            remainder = first;
            for (i = 0; i < 8; i = i + 1)
                remainder = {1'b0, remainder[15:1]} ^ (remainder[0] ^ message[i] ? 16'ha001 : 16'h0000);
        end
    endfunction

    assign crc_after = remainder(crc, data);
endmodule
`default_nettype wire
