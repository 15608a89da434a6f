// batch_timer: tell when a bulk IN transfer that finds no further frame has waited long enough.
// SPDX-License-Identifier: MIT
//
// Two clocks must have run out: the batching time since the transfer's first frame, and a grace of a few cycles since
// the last record ended, in which the frame FIFO brings the next frame's first byte forward if it has one.
`default_nettype none

module batch_timer #(
    parameter CLOCK_HZ = 60000000           // of clk, 1000000 to 255000000
) (
    input  wire        clk,
    input  wire        start,               // a transfer begins
    input  wire        restart_grace,       // a record is being made
    input  wire [15:0] batch_us,
    output wire        expired
);
    localparam TICKS = CLOCK_HZ / 1000000 - 1; // a microsecond, less the clock at 0
    localparam [3:0] GRACE = 4'd8;

    reg [7:0]  tick;                        // down to the next microsecond
    reg [15:0] us_left;
    reg [3:0]  grace;

    wire waiting = us_left != 16'd0;
    assign expired = !waiting && grace == 4'd0;

    always @(posedge clk)
        if (start || tick == 8'd0) tick <= TICKS[7:0];
        else                       tick <= tick - 8'd1;

    always @(posedge clk)
        if (start)                        us_left <= batch_us;
        else if (waiting && tick == 8'd0) us_left <= us_left - 16'd1;

    always @(posedge clk)
        if (restart_grace)      grace <= GRACE;
        else if (grace != 4'd0) grace <= grace - 4'd1;

    generate if (CLOCK_HZ < 1000000 || CLOCK_HZ > 255000000) begin : check
        CLOCK_HZ_must_be_1_to_255_MHz stop();
    end endgenerate

`ifdef FORMAL
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    always @(posedge clk) if (!begun) assume (start && restart_grace);

    // Both clocks by their definition: cycles since the transfer's start, and since the last record.
    reg [23:0] since_start;
    reg [15:0] wanted;
    reg [3:0]  since_record;
    wire [23:0] due = {8'd0, wanted} * (TICKS + 1);

    always @(posedge clk)
        if (start)                   {since_start, wanted} <= {24'd0, batch_us};
        else if (since_start != due) since_start <= since_start + 24'd1;
    always @(posedge clk)
        if (restart_grace)             since_record <= 4'd0;
        else if (since_record != 4'd8) since_record <= since_record + 4'd1;

    always @(posedge clk)
        if (begun) assert (expired == (since_start == due && since_record == 4'd8));

    // The way there.
    always @(posedge clk)
        if (begun) begin
            assert (tick <= TICKS[7:0] && us_left <= wanted && grace == 4'd8 - since_record);
            assert (since_start == (waiting ? due - {8'd0, us_left} * (TICKS + 1) + (TICKS - tick) : due));
        end

    // To be reached, or the rest says nothing.
    (* keep *) wire ended = begun && expired && wanted == 16'd1;
`endif
endmodule
`default_nettype wire
