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
    input  wire        answered,               // the hash has had its time since strobe
    input  wire        listed,                 // beside answered: the address is a group's that it lets through
    output reg         refused,                // not for us: since strobe, or since answered
    output reg         multicast,              // to a group, but not broadcast
    output reg         broadcast,
    output reg         control                 // to whom pause frames go: their group address, or us
);
    localparam [47:0] BROADCAST = 48'hFFFFFFFFFFFF, MAC_CONTROL = 48'h0180C2000001;

    wire to_all   = destination == BROADCAST;
    wire to_us    = destination == mac_address;
    wire to_group = destination[40];           // lowest bit of the first byte
    wire wanted   = promiscuous || to_us || to_all || (to_group && all_multicast);

    reg doubtful;                              // only the hash can tell

    always @(posedge clk)
        if (rst || clear) {refused, doubtful, multicast, broadcast, control} <= 5'b00000;
        else if (strobe) begin
            refused   <= !wanted && !to_group;
            doubtful  <= !wanted && to_group;
            multicast <= to_group && !to_all;
            broadcast <= to_all;
            control   <= to_us || destination == MAC_CONTROL;
        end else if (answered && doubtful && !listed) refused <= 1'b1;
endmodule
`default_nettype wire
