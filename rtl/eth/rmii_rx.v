// rmii_rx: find frames on the RMII receive pins (RMII 1.2).
// SPDX-License-Identifier: MIT
//
// Each 50 MHz clock brings two bits, at 10 Mbit/s each ten clocks; the sample is taken in the middle of ten, counted
// from the last change. CRS_DV rises whenever it likes. While the PHY still has bits of a frame whose carrier is gone, it
// is low beside the first half of each nibble and high beside the second, so the frame is over when it is low twice.
// A PHY without RX_ER spoils the bits of a frame in which it saw an error, so its FCS tells.
`default_nettype none
module rmii_rx (
    input  wire       clk,                     // 50 MHz, the PHY's reference
    input  wire       rst,
    input  wire       enable,                  // frames that begin now count
    input  wire       fast,                    // 100 Mbit/s, else 10
    input  wire [1:0] rmii_rxd,
    input  wire       rmii_crs_dv,
    output reg  [7:0] byte_data,
    output reg        byte_valid,              // one clock: a byte behind the start delimiter
    output reg        ended,                   // one clock: the frame was over; comes behind its last byte
    output wire       quiet                    // no frame comes in
);
    localparam [7:0] DELIMITER = 8'hD5;
    localparam [3:0] MIDDLE = 4'd4, LAST = 4'd9;

    // ---- samples
    reg  [2:0] caught, pins, pins_was;         // CRS_DV and the two bits; CRS_DV's rise is nobody's clock's
    reg  [3:0] phase;                          // of the ten clocks
    wire       sample  = fast || phase == MIDDLE;
    wire       changed = pins != pins_was;

    always @(posedge clk) {pins_was, pins, caught} <= {pins, caught, rmii_crs_dv, rmii_rxd};

    always @(posedge clk)
        if (changed || phase == LAST) phase <= 4'd0;
        else                          phase <= phase + 4'd1;

    // ---- frames
    reg        carrier_was;                    // CRS_DV at the sample before
    reg        listening;                      // the frame may count: enabled before its carrier came
    reg        in_frame;                       // behind the start delimiter
    reg  [1:0] pair;                           // of the byte: the two bits that come
    reg  [5:0] earlier;                        // the three pairs before

    wire       carrier  = pins[2];
    wire [7:0] window   = {pins[1:0], earlier};
    wire       over     = sample && !carrier && !carrier_was;
    wire       complete = sample && in_frame && pair == 2'd3 && carrier;

    always @(posedge clk)
        if (sample) {carrier_was, earlier} <= {carrier, window[7:2]};

    always @(posedge clk)
        if (rst)       listening <= 1'b0;
        else if (over) listening <= enable;

    always @(posedge clk)
        if (rst || over)                                                 in_frame <= 1'b0;
        else if (sample && listening && carrier && window == DELIMITER) in_frame <= 1'b1;

    always @(posedge clk)
        if (!in_frame)   pair <= 2'd0;
        else if (sample) pair <= pair + 2'd1;

    always @(posedge clk)
        if (rst) byte_valid <= 1'b0;
        else     byte_valid <= complete;

    always @(posedge clk)
        if (complete) byte_data <= window;

    always @(posedge clk)
        if (rst) ended <= 1'b0;
        else     ended <= in_frame && over;

    assign quiet = !carrier && !carrier_was && !changed && !in_frame && !ended;
endmodule
`default_nettype wire
