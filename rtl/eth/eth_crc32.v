// eth_crc32: advance the Ethernet CRC by one byte (IEEE 802.3, 3.2.9).
// SPDX-License-Identifier: MIT
//
// Reflected form: bit 0 of a byte comes first. Starts at all ones; the FCS is its complement, low byte first. After a
// good frame with its FCS the register holds RESIDUE (32'hDEBB20E3).
// Each of the 8 bits that leave adds its own constant: the polynomial, divided on through the bits behind it.
`default_nettype none
module eth_crc32 (
    input  wire [31:0] crc,
    input  wire [7:0]  data,
    output wire [31:0] next
);
    wire [7:0] leaving = crc[7:0] ^ data;

    assign next = {8'h00, crc[31:8]}
        ^ ({32{leaving[0]}} & 32'h77073096)
        ^ ({32{leaving[1]}} & 32'hEE0E612C)
        ^ ({32{leaving[2]}} & 32'h076DC419)
        ^ ({32{leaving[3]}} & 32'h0EDB8832)
        ^ ({32{leaving[4]}} & 32'h1DB71064)
        ^ ({32{leaving[5]}} & 32'h3B6E20C8)
        ^ ({32{leaving[6]}} & 32'h76DC4190)
        ^ ({32{leaving[7]}} & 32'hEDB88320);
endmodule
`default_nettype wire
