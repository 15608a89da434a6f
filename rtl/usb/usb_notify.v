// usb_notify: tells a network adapter's host of the link by CDC notifications on the interrupt endpoint (ECM 1.2, 6.3).
// SPDX-License-Identifier: MIT
//
// NETWORK_CONNECTION says whether there is a link, and CONNECTION_SPEED_CHANGE how fast, once there is one; each again
// whenever that has changed. When its data interface is set the host knows nothing. One that was not acknowledged is
// given again as it was: the host drops it if only the ACK was lost, and with it would drop a newer one.
`default_nettype none
module usb_notify (
    input  wire       clk, rst,
    input  wire       silent,               // begin nothing, and forget what the host was told
    input  wire       link,
    input  wire [1:0] speed,                // 0: 10 Mbit/s, 1: 100, else 1000
    output wire       packet_ready,
    output wire       changed,              // since the last one, or that one was not acknowledged
    input  wire       start, taken,
    output reg  [7:0] payload_data,
    output wire       payload_valid,
    input  wire       payload_take
);
    reg       link_told, speed_told;        // the host knows the following
    reg       told_link;
    reg [1:0] told_speed;
    reg       of_speed;                     // what the last notification was about
    reg       on_its_way;                   // and it is not yet acknowledged
    reg [4:0] index;                        // of the byte on offer

    wire link_due  = !link_told || link != told_link;
    wire speed_due = link && (!speed_told || speed != told_speed);
    wire begins    = start && !on_its_way;

    wire due = !silent && (link_due || speed_due);

    assign changed       = on_its_way || (link_told && due);
    assign packet_ready  = on_its_way || due;
    assign payload_valid = of_speed ? !index[4] : !index[3];

    always @(posedge clk)
        if (rst || silent)           {link_told, speed_told} <= 2'b00;
        else if (begins && link_due) {link_told, speed_told} <= 2'b10;
        else if (begins)             speed_told <= 1'b1;

    always @(posedge clk)
        if (begins) begin
            of_speed <= !link_due;
            if (link_due) told_link  <= link;
            else          told_speed <= speed;
        end

    always @(posedge clk)
        if (rst || taken) on_its_way <= 1'b0;
        else if (start)   on_its_way <= 1'b1;

    always @(posedge clk)
        if (start)             index <= 5'd0;
        else if (payload_take) index <= index + 5'd1;

    // Bit/s, the same both ways.
    wire [31:0] rate = told_speed == 2'd0 ? 32'd10000000 : told_speed == 2'd1 ? 32'd100000000 : 32'd1000000000;

    always @*
        casez (index)
            5'd0:    payload_data = 8'ha1;
            5'd1:    payload_data = of_speed ? 8'h2a : 8'h00;
            5'd2:    payload_data = {7'd0, !of_speed && told_link};
            5'd6:    payload_data = of_speed ? 8'd8 : 8'd0;
            5'b?1?00: payload_data = rate[7:0];
            5'b?1?01: payload_data = rate[15:8];
            5'b?1?10: payload_data = rate[23:16];
            5'b?1?11: payload_data = rate[31:24];
            default: payload_data = 8'h00;
        endcase

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @* if (!begun) assume (rst);

    // As usb_transaction has it: a packet is begun when one is ready, as often as it takes, and acknowledged once.
    reg going;                                 // begun since reset, and not acknowledged
    initial going = 1'b0;
    always @(posedge clk) going <= !rst && !taken && (going || start);
    always @* begin
        assume (!payload_take || payload_valid && going);
        assume (!start || packet_ready);
        assume (!start || !taken && !payload_take);
        assume (!taken || going);
    end

    stream_rules #(.WIDTH(8)) rules_payload (
        .clk(clk), .rst(rst || start || !going), .offer(payload_data), .valid(payload_valid), .ready(payload_take)
    );

    // What the host will know once it has what was begun: nothing, no link, a link, a link of some speed.
    localparam [1:0] NOTHING = 2'd0, NO_LINK = 2'd1, LINK = 2'd2, SPEED = 2'd3;
    reg [1:0]   knows, at_speed;
    reg [127:0] must;                          // the notification's bytes, lowest first,
    reg [4:0]   bytes, given;                  // how many, and how many of them went
    wire        news = knows == NOTHING || (link ? knows == NO_LINK || knows == LINK || at_speed != speed : knows != NO_LINK);
    wire        first = start && !going;
    wire        about_link = knows == NOTHING || link == (knows == NO_LINK);

    always @(posedge clk)
        if (rst || silent) knows <= NOTHING;
        else if (first)    knows <= !about_link ? SPEED : link ? LINK : NO_LINK;
    always @(posedge clk)
        if (first) begin
            bytes <= about_link ? 5'd8 : 5'd16;
            must  <= about_link ? {64'd0, 40'd0, 7'd0, link, 16'h00a1} : {{2{rate_of(speed)}}, 64'h0008000000002aa1};
            if (!about_link) at_speed <= speed;
        end
    always @(posedge clk)
        if (start)             given <= 5'd0;
        else if (payload_take) given <= given + 5'd1;

    function [31:0] rate_of(input [1:0] code);
        case (code)
            2'd0:    rate_of = 32'h00989680;
            2'd1:    rate_of = 32'h05f5e100;
            default: rate_of = 32'h3b9aca00;
        endcase
    endfunction

    always @*
        if (begun && !rst) begin
            assert (packet_ready == (going || !silent && news));
            assert (changed == (going || !silent && news && knows != NOTHING));
            if (going) assert (payload_valid == (given < bytes));
            if (going && payload_valid) assert (payload_data == must[8*given[3:0] +: 8]);
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire twice = begun && taken && given == 5'd16 && must[31:24] == 8'd0 && at_speed == 2'd1;
`endif
endmodule
`default_nettype wire
