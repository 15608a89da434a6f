// rgmii_tx: drive the RGMII transmit pins, and tell when the next byte is due (RGMII 2.0).
// SPDX-License-Identifier: MIT
//
// The clock is 125 MHz at every speed. At 1000 Mbit/s a byte leaves in each clock, low nibble at the rising edge. At 100
// and 10 a nibble takes 5 or 50 clocks, the same at both edges, and the pins' clock of 25 or 2.5 MHz is made here: its
// first half, 2.5 or 25 clocks, is high. We never signal an error, so tx_ctl is the same at both edges.
`default_nettype none
module rgmii_tx #(
    parameter CLOCK_DELAY = 80                 // of tx_clk behind the data, in steps of 25 ps
) (
    input  wire       clk,
    input  wire [1:0] speed,                   // 0: 10 Mbit/s, 1: 100, 2: 1000
    output reg        tick,                    // the byte on offer leaves, the next is due
    input  wire [7:0] gmii_data,
    input  wire       gmii_enable,
    output wire [3:0] rgmii_txd,
    output wire       rgmii_tx_ctl,
    output wire       rgmii_tx_clk
);
    reg  [5:0] phase;                          // of the nibble, in clocks
    reg        high;                           // the byte's high nibble is out

    initial phase = 6'd0;
    initial high  = 1'b0;
    initial tick  = 1'b0;

    wire gigabit   = speed[1];
    wire fast      = speed[0];
    wire ends      = phase == (fast ? 6'd4 : 6'd49);
    wire nearly    = phase == (fast ? 6'd3 : 6'd48);
    wire clk_rise  = gigabit || phase < (fast ? 6'd3 : 6'd25);
    wire clk_fall  = !gigabit && phase < (fast ? 6'd2 : 6'd25);
    wire [3:0] low_nibble = high ? gmii_data[7:4] : gmii_data[3:0];

    // From a register, for much hangs on it. Where the speed changes it goes by the one before for a clock, which spoils at
    // most the frame that is under way.
    always @(posedge clk) tick <= gigabit || (nearly && high);

    always @(posedge clk)
        if (gigabit || ends) phase <= 6'd0;
        else                 phase <= phase + 6'd1;

    always @(posedge clk)
        if (gigabit)   high <= 1'b0;
        else if (ends) high <= !high;

    ddr_out #(.WIDTH(5)) data_driver (
        .clk(clk),
        .rise({gmii_enable, gigabit ? gmii_data[3:0] : low_nibble}),
        .fall({gmii_enable, gigabit ? gmii_data[7:4] : low_nibble}),
        .pins({rgmii_tx_ctl, rgmii_txd})
    );
    ddr_out #(.WIDTH(1), .DELAY(CLOCK_DELAY)) clock_driver (
        .clk(clk), .rise(clk_rise), .fall(clk_fall), .pins(rgmii_tx_clk)
    );
endmodule
`default_nettype wire
