// rgmii_rx: find frames and the link's state on the RGMII receive pins (RGMII 2.0).
// SPDX-License-Identifier: MIT
//
// At 1000 Mbit/s each clock brings a byte, low nibble at the rising edge. At 100 and 10 it brings a nibble, low one first,
// and the start delimiter tells which is which; an odd nibble at the end is left out. Between frames the nibble tells
// link, speed and duplex, and is believed when it has been the same four times.
`default_nettype none
module rgmii_rx (
    input  wire       clk,
    input  wire       rst,
    input  wire       enable,                  // frames that begin now count
    input  wire [3:0] rgmii_rxd,
    input  wire       rgmii_rx_ctl,
    output reg  [7:0] byte_data,
    output reg        byte_valid,              // one clock: a byte behind the start delimiter
    output reg        ended,                   // one clock: the frame was over; comes behind its last byte
    output reg        error,                   // beside ended: the PHY signalled an error in it
    output reg        link,
    output reg  [1:0] speed,                   // 0: 10 Mbit/s, 1: 100, 2: 1000
    output reg        full_duplex,
    output wire       quiet                    // no frame comes in, and the link's state has settled
);
    wire [4:0] rise, fall;

    ddr_in #(.WIDTH(5)) sampler (.clk(clk), .pins({rgmii_rx_ctl, rgmii_rxd}), .rise(rise), .fall(fall));

    wire carrier   = rise[4];                  // RX_DV
    wire bad       = rise[4] != fall[4];       // RX_ER
    wire gigabit   = speed[1];

    // ---- frames
    localparam [7:0] DELIMITER = 8'hD5;

    reg  [3:0] earlier;                        // nibble of the clock before
    reg        listening;                      // the frame may count: enabled before its carrier came
    reg        in_frame;                       // behind the start delimiter
    reg        odd;                            // in_frame: the low nibble has come
    reg        spoiled;                        // an error was signalled since the carrier came

    wire [7:0] window   = gigabit ? {fall[3:0], rise[3:0]} : {rise[3:0], earlier};
    wire       complete = gigabit || odd;

    always @(posedge clk)
        if (carrier) earlier <= rise[3:0];

    always @(posedge clk)
        if (rst)           listening <= 1'b0;
        else if (!carrier) listening <= enable;

    always @(posedge clk)
        if (rst || !carrier)                       in_frame <= 1'b0;
        else if (listening && window == DELIMITER) in_frame <= 1'b1;

    always @(posedge clk)
        odd <= in_frame && !odd;

    always @(posedge clk)
        spoiled <= carrier && (spoiled || bad);

    always @(posedge clk)
        if (rst) byte_valid <= 1'b0;
        else     byte_valid <= carrier && in_frame && complete;

    always @(posedge clk)
        if (carrier) byte_data <= window;

    always @(posedge clk)
        if (rst) ended <= 1'b0;
        else     ended <= in_frame && !carrier;

    always @(posedge clk)
        error <= spoiled;

    // ---- in-band status: not reset, it is the link's and not ours
    reg  [3:0] candidate;
    reg  [1:0] count;                          // clocks in which the candidate came again
    wire [3:0] status    = {full_duplex, speed, link};
    wire       told      = !carrier && !bad;
    wire       differs   = rise[3:0] != status;

    initial {full_duplex, speed, link} = 4'd0;
    initial candidate = 4'd0;
    initial count     = 2'd0;

    always @(posedge clk)
        if (told && differs) candidate <= rise[3:0];

    always @(posedge clk)
        if (told) count <= differs && rise[3:0] == candidate ? count + 2'd1 : 2'd0;

    always @(posedge clk)
        if (told && differs && rise[3:0] == candidate && count == 2'd2)
            {full_duplex, speed, link} <= candidate;

    assign quiet = told && !differs && !in_frame && !ended;
endmodule
`default_nettype wire
