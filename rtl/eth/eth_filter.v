// eth_filter: decide by its destination address whether a frame is for us.
// SPDX-License-Identifier: MIT
`default_nettype none
module eth_filter (
    input  wire        clk,
    input  wire        rst,
    input  wire        strobe,                 // the destination address is complete
    input  wire        clear,                  // the frame is over
    input  wire [47:0] destination,            // [47:40] came first
    input  wire        promiscuous,
    input  wire        all_multicast,
    input  wire [47:0] mac_address,
    output reg         refused,                // since strobe: not for us
    output reg         multicast,              // to a group, but not broadcast
    output reg         broadcast,
    output reg         control                 // to whom pause frames go: their group address, or us
);
    localparam [47:0] BROADCAST = 48'hFFFFFFFFFFFF, MAC_CONTROL = 48'h0180C2000001;

    wire to_all   = destination == BROADCAST;
    wire to_us    = destination == mac_address;
    wire to_group = destination[40];           // lowest bit of the first byte
    wire wanted   = promiscuous || to_us || to_all || (to_group && all_multicast);

    always @(posedge clk)
        if (rst || clear) {refused, multicast, broadcast, control} <= 4'b0000;
        else if (strobe) begin
            refused   <= !wanted;
            multicast <= to_group && !to_all;
            broadcast <= to_all;
            control   <= to_us || destination == MAC_CONTROL;
        end
endmodule
`default_nettype wire
