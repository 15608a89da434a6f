// mdio_link: learn the link's state from the PHY's registers, between the host's own accesses to them.
// SPDX-License-Identifier: MIT
//
// For PHYs that tell nothing in-band. It reads control, status, and what both sides can do (IEEE 802.3, 22.2.4 and table
// 28B-3), then rests for 2^REST clocks. A PHY that does not answer (all ones) is looked for at the next address. What
// was read stands until the next round is over. No reset: the link is the PHY's and not ours.
`default_nettype none
module mdio_link #(
    parameter REST = 15                        // 2^REST clocks between two rounds; 4 to 24
) (
    input  wire        clk,
    output reg         link,
    output reg         fast,                   // 100 Mbit/s, else 10
    output reg         full_duplex,

    input  wire        start,                  // the host's access; ignored while busy
    input  wire        write,                  // these four rest while it is under way
    input  wire [4:0]  phy,
    input  wire [4:0]  phy_register,
    output wire        busy,
    output reg  [15:0] read_data,              // of the host's last access

    output wire        port_start,             // to mdio
    output wire        port_write,
    output wire [4:0]  port_phy,
    output wire [4:0]  port_register,
    input  wire        port_busy,
    input  wire [15:0] port_read_data
);
    localparam [4:0] CONTROL = 5'd0, STATUS = 5'd1, OURS = 5'd4, PARTNERS = 5'd5;

    generate
        if (REST < 4 || REST > 24) begin : illegal
            REST_must_be_from_4_to_24 stop ();
        end
    endgenerate

    initial {link, fast, full_duplex} = 3'b011;

    // ---- whose access it is
    reg  waiting;                              // the host's has not begun
    reg  accessing;                            // one is under way
    reg  hosts;                                // the host's
    reg  [REST:0] rest;                        // its highest bit: a round is due
    initial {waiting, accessing, hosts} = 3'd0;
    initial rest = {1'b1, {REST{1'b0}}};

    wire due    = rest[REST];
    wire begins = !accessing && (waiting || due);
    wire ends   = accessing && !port_busy;          // the port is busy from the clock behind its start

    assign busy       = waiting || (accessing && hosts);
    assign port_start = begins;

    always @(posedge clk)
        if (start && !busy) waiting <= 1'b1;
        else if (begins)    waiting <= 1'b0;

    always @(posedge clk)
        if (begins)    accessing <= 1'b1;
        else if (ends) accessing <= 1'b0;

    always @(posedge clk)
        if (begins) hosts <= waiting;

    always @(posedge clk)
        if (ends && hosts) read_data <= port_read_data;

    // ---- a round: four registers
    reg  [4:0] address;                        // of the PHY, as far as we know
    reg  [1:0] step;
    reg        negotiates, forced_fast, forced_full, linked;
    reg  [2:0] able;                           // we: 100 full, 100 half, 10 full
    initial {address, step} = 7'd0;

    wire [4:0] step_register = step == 2'd0 ? CONTROL : step == 2'd1 ? STATUS : step == 2'd2 ? OURS : PARTNERS;
    wire       told   = ends && !hosts;
    wire       absent = &port_read_data;
    wire       last   = absent || step == 2'd3;
    wire [2:0] common = able & port_read_data[8:6];

    assign port_write    = waiting && write;
    assign port_phy      = waiting ? phy : address;
    assign port_register = waiting ? phy_register : step_register;

    always @(posedge clk)
        if (told && last) rest <= {(REST + 1){1'b0}};
        else if (!due)    rest <= rest + 1'b1;

    always @(posedge clk)
        if (told) step <= last ? 2'd0 : step + 2'd1;

    always @(posedge clk)
        if (told && absent) address <= address + 5'd1;

    always @(posedge clk)
        if (told && step == 2'd0) {forced_fast, negotiates, forced_full} <= {port_read_data[13:12], port_read_data[8]};
    always @(posedge clk)
        if (told && step == 2'd1) linked <= port_read_data[2];
    always @(posedge clk)
        if (told && step == 2'd2) able <= port_read_data[8:6];

    always @(posedge clk)
        if (told && last) link <= linked && !absent;

    // The best that both can do. A partner that does not negotiate shows as one that can do its speed, half duplex.
    always @(posedge clk)
        if (told && last && !absent) begin
            fast        <= negotiates ? |common[2:1] : forced_fast;
            full_duplex <= negotiates ? common[2] || (!common[1] && common[0]) : forced_full;
        end
endmodule
`default_nettype wire
