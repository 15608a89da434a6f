// registers: hold what the driver sets and show what the board says, at the addresses of driver/registers.map.
// SPDX-License-Identifier: MIT
//
// Counters lie behind the same window in a RAM of their own (counters.v), which answers in the same clock.
`default_nettype none
`include "registers.vh"

module registers #(
    parameter [255:0] BOARD       = "board",            // its name, 1 to 32 ASCII characters
    parameter         CLOCK_HZ    = 60000000,
    parameter [31:0]  FEATURES    = 32'd0,
    parameter         LIMITS      = 1518,               // largest frame data of a record to send, 14 to 65593
    parameter [47:0]  MAC_ADDRESS = 48'h024645000001    // until the driver sets another
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        configured,
    input  wire        network,                         // a network adapter, which its host rules by other requests:
    input  wire [1:0]  filter,                          // all multicast frames, all

    input  wire [15:0] reg_address,
    input  wire        reg_write,
    input  wire        reg_read,
    input  wire [31:0] reg_write_data,
    output wire [31:0] reg_read_data,

    output wire        counter_read,
    input  wire [31:0] counter_value,                   // in the clock after counter_read

    output wire        reset,                           // pulse: CONTROL.RESET was written
    output reg         enable,
    output reg         loopback,
    output reg         promiscuous,
    output reg         all_multicast,
    output reg  [63:0] multicast_hash,                  // buckets of the groups to deliver besides
    output reg  [47:0] mac_address,
    output reg  [15:0] batch_us,
    output reg  [19:0] batch_bytes,

    input  wire        link,
    input  wire        full_duplex,
    input  wire [1:0]  speed,
    output wire [31:0] status,

    output reg         mdio_start,
    output reg         mdio_write,
    output reg  [4:0]  mdio_phy,
    output reg  [4:0]  mdio_register,
    output reg  [15:0] mdio_write_data,
    input  wire        mdio_busy,
    input  wire [15:0] mdio_read_data
);
    localparam [19:0] BATCH_DEFAULT = 20'd16384, BATCH_LEAST = 20'd2048, BATCH_MOST = 20'hFFFFC;
    localparam [31:0] CLOCK   = CLOCK_HZ;
    localparam [31:0] LONGEST = LIMITS;
    localparam [15:0] MAJOR   = `REG_VERSION_MAJOR;
    localparam [15:0] MINOR   = `REG_VERSION_MINOR;
    localparam [31:0] RESET   = `REG_CONTROL_RESET;
    localparam [31:0] ENABLE  = `REG_CONTROL_ENABLE;
    localparam [31:0] ALL     = `REG_CONTROL_PROMISCUOUS;
    localparam [31:0] GROUPS  = `REG_CONTROL_ALL_MULTICAST;
    localparam [31:0] LOOP    = `REG_CONTROL_LOOPBACK;

    // The first character stands in the lowest byte of the lowest word.
    /*verilator coverage_off*/              // elaboration runs this, no clock does
    function [255:0] from_byte_0(input [255:0] text);
        integer i;
        begin
            from_byte_0 = 256'd0;
            for (i = 0; i < 32; i = i + 1)
                if (text[8 * i +: 8] != 8'h00) from_byte_0 = {from_byte_0[247:0], text[8 * i +: 8]};
        end
    endfunction
    /*verilator coverage_on*/
    localparam [255:0] NAME = from_byte_0(BOARD);

    wire control_write = reg_write && reg_address == `REG_CONTROL;
    wire mdio_access   = reg_write && reg_address == `REG_MDIO && !mdio_pending;
    wire mdio_pending  = mdio_start || mdio_busy;
    wire in_board      = reg_address[15:5] == 11'd2;    // 0x040 to 0x05f
    wire in_counters   = reg_address[15:7] == 9'd2;     // 0x100 to 0x17f

    assign reset        = control_write && (reg_write_data & RESET) != 32'd0;
    assign counter_read = reg_read && in_counters;
    assign status       = {28'd0, full_duplex, speed, link};

    wire restore = rst || reset;
    always @(posedge clk)
        if (restore || !configured) {loopback, all_multicast, promiscuous, enable} <= 4'd0;
        else if (network)           {loopback, all_multicast, promiscuous, enable} <= {1'b0, filter, 1'b1};
        else if (control_write) begin
            enable        <= (reg_write_data & ENABLE) != 32'd0;
            promiscuous   <= (reg_write_data & ALL) != 32'd0;
            all_multicast <= (reg_write_data & GROUPS) != 32'd0;
            loopback      <= (reg_write_data & LOOP) != 32'd0;
        end

    wire [31:0] mac_low  = {mac_address[23:16], mac_address[31:24], mac_address[39:32], mac_address[47:40]};
    wire [31:0] mac_high = {16'd0, mac_address[7:0], mac_address[15:8]};
    always @(posedge clk)
        if (restore || (network && !configured)) mac_address <= MAC_ADDRESS; // what the adapter's string says
        else if (reg_write && reg_address == `REG_MAC_LOW)
            mac_address[47:16] <= {reg_write_data[7:0], reg_write_data[15:8], reg_write_data[23:16], reg_write_data[31:24]};
        else if (reg_write && reg_address == `REG_MAC_HIGH)
            mac_address[15:0] <= {reg_write_data[7:0], reg_write_data[15:8]};

    always @(posedge clk)
        if (restore || !configured || network)               multicast_hash <= 64'd0;
        else if (reg_write && reg_address == `REG_HASH_LOW)  multicast_hash[31:0]  <= reg_write_data;
        else if (reg_write && reg_address == `REG_HASH_HIGH) multicast_hash[63:32] <= reg_write_data;

    wire over_us = reg_write_data[31:16] != 16'd0;
    always @(posedge clk)
        if (restore)                                         batch_us <= 16'd0;
        else if (reg_write && reg_address == `REG_BATCH_TIME) batch_us <= over_us ? 16'hFFFF : reg_write_data[15:0];

    wire over_bytes  = reg_write_data[31:20] != 12'd0;
    wire under_bytes = reg_write_data[31:11] == 21'd0;
    always @(posedge clk)
        if (restore) batch_bytes <= BATCH_DEFAULT;
        else if (reg_write && reg_address == `REG_BATCH_BYTES)
            batch_bytes <= over_bytes ? BATCH_MOST : under_bytes ? BATCH_LEAST : reg_write_data[19:0];

    always @(posedge clk)
        if (restore) mdio_start <= 1'b0;
        else         mdio_start <= mdio_access;
    always @(posedge clk)
        if (restore) {mdio_write, mdio_phy, mdio_register, mdio_write_data} <= 27'd0;
        else if (mdio_access)
            {mdio_write, mdio_phy, mdio_register, mdio_write_data} <= reg_write_data[26:0];
    wire [15:0] mdio_data = mdio_write ? mdio_write_data : mdio_read_data;

    reg [31:0] value;
    reg        from_counters;
    always @(posedge clk) from_counters <= in_counters;
    always @(posedge clk)
        if (in_board) value <= NAME[{reg_address[4:2], 5'd0} +: 32];
        else
            case (reg_address)
                `REG_ID:          value <= `REG_ID_VALUE;
                `REG_VERSION:     value <= {MAJOR, MINOR};
                `REG_LIMITS:      value <= LONGEST;
                `REG_FEATURES:    value <= FEATURES;
                `REG_CONTROL:     value <= {28'd0, loopback, all_multicast, promiscuous, enable};
                `REG_STATUS:      value <= status;
                `REG_MAC_LOW:     value <= mac_low;
                `REG_MAC_HIGH:    value <= mac_high;
                `REG_BATCH_TIME:  value <= {16'd0, batch_us};
                `REG_BATCH_BYTES: value <= {12'd0, batch_bytes};
                `REG_MDIO:        value <= {mdio_pending, 4'd0, mdio_write, mdio_phy, mdio_register, mdio_data};
                `REG_CLOCK:       value <= CLOCK;
                `REG_HASH_LOW:    value <= multicast_hash[31:0];
                `REG_HASH_HIGH:   value <= multicast_hash[63:32];
                default:          value <= 32'd0;
            endcase
    assign reg_read_data = from_counters ? counter_value : value;

    generate if (LIMITS < 14 || LIMITS > 65593) begin : check
        LIMITS_must_be_14_to_65593 stop();
    end endgenerate
endmodule
`default_nettype wire
