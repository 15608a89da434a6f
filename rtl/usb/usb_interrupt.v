// usb_interrupt: reports the status word on the interrupt IN endpoint, first and when it is not what the host last took.
// SPDX-License-Identifier: MIT
//
// A report is 8 bytes: the status, little-endian, and zeros. After reset the host knows nothing: whatever it has read of
// the status until its first transfer may have changed since.
// One that was not acknowledged is given again as it was: the host drops it if only the ACK was lost, and with it
// would drop a newer status.
`default_nettype none
module usb_interrupt (
    input  wire        clk, rst,
    input  wire [31:0] status,
    output wire        packet_ready,
    output wire        changed,             // since the last report, or that one was not acknowledged
    input  wire        start, taken,
    output reg  [7:0]  payload_data,
    output wire        payload_valid,
    input  wire        payload_take
);
    reg [31:0] reported;                    // what the last report said, or says if it is on its way
    reg        told;                        // there has been one since reset
    reg        on_its_way;                  // and not yet acknowledged
    reg [3:0]  index;                       // of the byte on offer; 8 is the end

    assign changed       = on_its_way || (told && status != reported);
    assign packet_ready  = changed || !told;
    assign payload_valid = !index[3];

    always @(posedge clk)
        if (start && !on_its_way) reported <= status;

    always @(posedge clk)
        if (rst)        told <= 1'b0;
        else if (start) told <= 1'b1;

    always @(posedge clk)
        if (rst || taken) on_its_way <= 1'b0;
        else if (start)   on_its_way <= 1'b1;

    always @(posedge clk)
        if (start)             index <= 4'd0;
        else if (payload_take) index <= index + 4'd1;

    always @*
        case (index)
            4'd0:    payload_data = reported[7:0];
            4'd1:    payload_data = reported[15:8];
            4'd2:    payload_data = reported[23:16];
            4'd3:    payload_data = reported[31:24];
            default: payload_data = 8'h00;
        endcase

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (rst);
    always @(posedge clk) begin
        assume (!payload_take || payload_valid);
        assume (!start || packet_ready);
        assume (!start || !taken && !payload_take);
        assume (!taken || on_its_way);
    end

    stream_rules #(.WIDTH(8)) rules_payload (
        .clk(clk), .rst(rst || start), .offer(payload_data), .valid(payload_valid), .ready(payload_take)
    );

    // A report is 8 bytes: the status at its first start, again the same until it is acknowledged.
    reg [31:0] due;
    reg [3:0]  given;
    reg        unacknowledged;
    initial unacknowledged = 1'b0;

    always @(posedge clk) if (start && !unacknowledged) due <= status;
    always @(posedge clk)
        if (rst || taken) unacknowledged <= 1'b0;
        else if (start)   unacknowledged <= 1'b1;
    always @(posedge clk)
        if (start)             given <= 4'd0;
        else if (payload_take) given <= given + 4'd1;

    wire [63:0] report = {32'd0, due};
    reg         going;                         // a report has been started since reset
    always @(posedge clk) going <= !rst && (going || start);

    always @(posedge clk)
        if (begun && !rst && going) begin
            assert (payload_valid == (given < 4'd8));
            if (payload_valid && unacknowledged) assert (payload_data == report[8*given[2:0] +: 8]);
            if (unacknowledged)                  assert (packet_ready);
            if (!unacknowledged)                 assert (packet_ready == (status != due));
        end

    always @(posedge clk)
        if (begun && !rst && !going) assert (packet_ready);

    // To be reached, or the rest says nothing.
    (* keep *) wire whole = begun && taken && given == 4'd8 && due[31:24] != 8'd0;
`endif
endmodule
`default_nettype wire
