// eth_hash: look a group's address up in a filter of 64 buckets.
// SPDX-License-Identifier: MIT
//
// A bucket is named by the highest six bits of the CRC of IEEE 802.3, 3.2.9 over the address, not complemented: what Linux
// calls ether_crc(6, address) >> 26. crc holds it mirrored, as the frame's own sum runs (eth_crc32), in the clock after
// the address' last byte; so the filter costs no sum of its own. The buckets stay in the clock of those who set them: the
// answer takes four clocks, and a frame that counts has at least 58 bytes more.
`default_nettype none
module eth_hash (
    input  wire        clk,
    input  wire        strobe,                 // the address' last byte comes
    input  wire [5:0]  crc,                    // its low bits
    input  wire [63:0] buckets,                // bucket n is bit n; registers of another clock
    output wire        listed                  // from the fourth clock behind strobe on: the address' bucket is set
);
    reg       whole;                           // the address is
    reg [5:0] bucket;

    always @(posedge clk) whole <= strobe;

    always @(posedge clk)
        if (whole) bucket <= {crc[0], crc[1], crc[2], crc[3], crc[4], crc[5]};

    cross_lookup #(.BITS(6)) filter (.clk(clk), .content(buckets), .at(bucket), .out(listed));

`ifdef FORMAL
    // The clock behind strobe names a bucket, by the sum's highest bits; nothing else does, and the buckets rest meanwhile.
    (* anyconst *) wire [5:0]  name;
    (* anyconst *) wire [63:0] resting;
    reg [4:0] since;                           // clocks ago was a strobe, one bit each

    initial since = 5'd0;
    always @(posedge clk) since <= {since[3:0], strobe};
    always @(posedge clk) begin
        assume (!since[0] || crc == {name[0], name[1], name[2], name[3], name[4], name[5]});
        assume (buckets == resting);
        if (since[3] || since[4]) assert (listed == resting[name]);
    end

    // To be reached, or the rest says nothing.
    (* keep *) wire hit = since[3] && listed && name == 6'd29 && resting == 64'd1 << 29;
`endif
endmodule
`default_nettype wire
