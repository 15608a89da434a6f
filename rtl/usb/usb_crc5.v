// usb_crc5: computes the CRC5 of a token's 11 bits (USB 2.0, 8.3.5.1).
// SPDX-License-Identifier: MIT
//
// Bit 0 of `bits` is the first on the wire, and bit 0 of `crc` the first of the five that follow: as the bytes of
// a packet hold them.
`default_nettype none
module usb_crc5 (
    input  wire [10:0] bits,
    output wire [4:0]  crc
);
    function [4:0] remainder(input [10:0] message);
        integer i;
        begin
            remainder = 5'h1f;
            for (i = 0; i < 11; i = i + 1)
                remainder = {1'b0, remainder[4:1]} ^ (remainder[0] ^ message[i] ? 5'h14 : 5'h00);
        end
    endfunction

    assign crc = ~remainder(bits);
endmodule
`default_nettype wire
