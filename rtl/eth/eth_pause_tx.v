// eth_pause_tx: ask the partner to stop while the receive buffer is nearly full (IEEE 802.3, annex 31B).
// SPDX-License-Identifier: MIT
//
// Sends a pause frame of the longest time when wanted rises and again while it stays (each half of that time), and one
// of time 0 when it has fallen. What the partner was told last outlives a reset, so that a reset never leaves it stopped.
`default_nettype none
module eth_pause_tx (
    input  wire        clk,
    input  wire        rst,
    input  wire        tick,                   // once a byte time
    input  wire        enable,
    input  wire        wanted,                 // the partner is to stop
    input  wire [47:0] mac_address,            // [47:40] is the first byte on the wire
    output reg  [7:0]  out_data,
    output wire        out_last,
    output wire        out_valid,
    input  wire        out_ready,
    output wire        quiet                   // the partner is free to send and we have nothing to tell
);
    localparam [4:0] LAST_INDEX = 5'd17;       // the transmitter pads the rest

    reg        sending;
    reg        stop;                           // what this frame says
    reg        told;                           // what the partner knows
    reg [4:0]  index;                          // of the byte on offer
    reg [21:0] age;                            // byte times since it was told to stop; 64 make a quantum

    initial told = 1'b0;

    wire old      = age[21];                   // 32,768 quanta of 65,535
    wire to_tell  = enable && (wanted ? !told || old : told);
    wire out_take = out_valid && out_ready;

    assign out_valid = sending;
    assign out_last  = index == LAST_INDEX;
    assign quiet     = !sending && !(enable && (told || wanted));

    always @(posedge clk)
        if (rst)                       sending <= 1'b0;
        else if (!sending)             sending <= to_tell;
        else if (out_take && out_last) sending <= 1'b0;

    always @(posedge clk)
        if (!sending) stop <= wanted;

    always @(posedge clk)
        if (!sending)      index <= 5'd0;
        else if (out_take) index <= index + 5'd1;

    always @(posedge clk)
        if (!rst && out_take && out_last) told <= stop;

    always @(posedge clk)
        if (sending || !told)  age <= 22'd0;
        else if (tick && !old) age <= age + 22'd1;

    always @*
        case (index)
            5'd0:    out_data = 8'h01;         // to the group address of MAC control
            5'd1:    out_data = 8'h80;
            5'd2:    out_data = 8'hC2;
            5'd3:    out_data = 8'h00;
            5'd4:    out_data = 8'h00;
            5'd5:    out_data = 8'h01;
            5'd6:    out_data = mac_address[47:40];
            5'd7:    out_data = mac_address[39:32];
            5'd8:    out_data = mac_address[31:24];
            5'd9:    out_data = mac_address[23:16];
            5'd10:   out_data = mac_address[15:8];
            5'd11:   out_data = mac_address[7:0];
            5'd12:   out_data = 8'h88;         // MAC control
            5'd13:   out_data = 8'h08;
            5'd14:   out_data = 8'h00;         // pause
            5'd15:   out_data = 8'h01;
            default: out_data = {8{stop}};     // for 65,535 quanta or none
        endcase

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);
    always @(posedge clk) if (begun && sending) assume ($stable(mac_address));

    stream_rules #(.WIDTH(9)) rules_out (
        .clk(clk), .rst(rst), .offer({out_last, out_data}), .valid(out_valid), .ready(out_ready)
    );

    // A frame has 18 bytes, the last two of them the time, which says all or nothing.
    reg [4:0] taken;
    reg [7:0] before;                          // the byte taken before

    always @(posedge clk)
        if (rst || (out_take && out_last)) taken <= 5'd0;
        else if (out_take)                 taken <= taken + 5'd1;
    always @(posedge clk) if (out_take) before <= out_data;

    always @(posedge clk)
        if (begun && !rst) begin
            if (out_valid) assert (out_last == (taken == 5'd17));
            if (out_valid && out_last) assert (out_data == before && (out_data == 8'h00 || out_data == 8'hFF));
            if ($past(out_take && out_last && !rst)) assert (told == (before == 8'hFF));
            if ($past(wanted && enable && !told && !rst)) assert (sending || told);   // asked for, it goes out
            assert (!quiet || !sending);
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire ended = begun && out_take && out_last;
`endif
endmodule
`default_nettype wire
