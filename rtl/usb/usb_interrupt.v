// usb_interrupt: reports the status word on the interrupt IN endpoint when it is not what the host last took.
// SPDX-License-Identifier: MIT
//
// A report is 8 bytes: the status, little-endian, and zeros. After reset the host is taken to know a status of 0.
// One that was not acknowledged is given again as it was: the host drops it if only the ACK was lost, and with it
// would drop a newer status.
`default_nettype none
module usb_interrupt (
    input  wire        clk, rst,
    input  wire [31:0] status,
    output wire        packet_ready,
    input  wire        start, taken,
    output reg  [7:0]  payload_data,
    output wire        payload_valid,
    input  wire        payload_take
);
    reg [31:0] reported;                    // what the last report said, or says if it is on its way
    reg        on_its_way;                  // and not yet acknowledged
    reg [3:0]  index;                       // of the byte on offer; 8 is the end

    assign packet_ready  = on_its_way || status != reported;
    assign payload_valid = !index[3];

    always @(posedge clk)
        if (rst)                       reported <= 32'd0;
        else if (start && !on_its_way) reported <= status;

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
endmodule
`default_nettype wire
