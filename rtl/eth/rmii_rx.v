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

`ifdef FORMAL
    // The speed rests, and a reset lasts until the pins have been seen.
    reg [2:0] begun;
    reg       was_fast;
    initial begun = 3'd0;
    always @(posedge clk) {begun, was_fast} <= {begun + {2'd0, !begun[2]}, fast};
    always @* begin
        if (!begun[2])      assume (rst);
        if (begun != 3'd0)  assume (fast == was_fast);
    end

    // At 100 Mbit/s, by the pins of two clocks ago alone: bits gather in a window; CRS_DV low twice is a frame's end, and
    // where the next may begin; D5 begins one, if frames were allowed at the end before it.
    reg [2:0] arriving, here;
    reg       here_was, allowed, inside;
    reg [5:0] window_was;
    reg [4:0] bits;                            // of a frame, modulo 32
    wire       none   = !here[2] && !here_was;
    wire [7:0] eight  = {here[1:0], window_was};
    wire       starts = allowed && here[2] && !inside && eight == 8'hd5;
    always @(posedge clk) {here, arriving} <= {arriving, rmii_crs_dv, rmii_rxd};
    always @(posedge clk) {here_was, window_was} <= {here[2], eight[7:2]};
    always @(posedge clk)
        if (rst) {allowed, inside} <= 2'b00;
        else begin
            if (none) allowed <= enable;
            inside <= !none && (inside || starts);
        end
    always @(posedge clk) bits <= inside ? bits + 5'd2 : 5'd0;

    reg       byte_due, end_due;
    reg [7:0] due;
    always @(posedge clk) begin
        byte_due <= !rst && inside && here[2] && bits[2:0] == 3'd6;
        end_due  <= !rst && inside && none;
        due      <= eight;
    end
    always @*
        if (begun[2] && fast) begin
            assert (byte_valid == byte_due && ended == end_due);
            if (byte_due) assert (byte_data == due);
            assert (!quiet || none && !inside && !end_due);
        end

    // At any speed: nothing that was never allowed; an end is no byte's; bytes lie four samples apart.
    reg       never, open;
    reg [3:0] since;                           // clocks behind a byte, up to 15
    initial never = 1'b1;
    always @(posedge clk) never <= never && !enable;
    always @(posedge clk)
        if (rst) {open, since} <= 5'b01111;
        else begin
            open  <= (open || byte_valid) && !ended;
            since <= byte_valid ? 4'd0 : since + {3'd0, since != 4'd15};
        end
    always @*
        if (begun[2] && !rst) begin
            if (never)      assert (!byte_valid && !ended);
            if (byte_valid) assert (!ended && since >= (fast ? 4'd3 : 4'd15));
            if (ended)      assert (!quiet);
        end

    // To be reached, or the rest says nothing.
    (* keep *) reg again;
    initial again = 1'b0;
    always @(posedge clk) again <= again || fast && ended && open;
`endif
endmodule
`default_nettype wire
