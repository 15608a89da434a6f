// usb_reset: follows the state of the line: bus reset, high-speed chirps, suspend and resume (USB 2.0, 7.1.7).
// SPDX-License-Identifier: MIT
//
// All times are counts of the clock, the shortest that the standard allows, since a simulator pays for each.
`default_nettype none
module usb_reset #(
    parameter HIGH_SPEED = 1,               // 0: full speed alone, without chirps
    parameter CLOCK_HZ   = 60000000         // of clk: 60 MHz at high speed, else 24 to 60
) (
    input  wire       clk, rst,
    input  wire [1:0] line_state,           // D-, D+; at high speed 0 means silence
    input  wire       rx_active,
    input  wire       unplugged,
    input  wire       testing,              // high speed, whatever the line says
    output wire [1:0] transceiver,
    output wire       terminate,
    output wire [1:0] mode,
    output wire       chirp,                // send K, a packet of zeros
    output wire       bus_reset,
    output wire       high_speed,           // negotiated; kept through suspend
    output wire       suspended,
    output wire       idle                  // no timer runs but the suspend timer
);
    localparam [1:0] SE0 = 2'b00, J = 2'b01, K = 2'b10;

    localparam [2:0] FULL      = 3'd0,      // full speed, the state after power-on
                     CHIRP     = 3'd1,      // reset seen: our K
                     LISTEN    = 3'd2,      // for the hub's K and J
                     FALLBACK  = 3'd3,      // no chirps came: full speed, once the reset ends
                     HIGH      = 3'd4,      // high speed
                     REVERT    = 3'd5,      // silence at high speed: back to full speed to see what the line says
                     SUSPENDED = 3'd6,
                     RESUME    = 3'd7;      // the host's K; its end is the way back
    localparam [2:0] RESET     = HIGH_SPEED != 0 ? CHIRP : FALLBACK;
    reg [2:0] state, next;

    // ---- how long the line has held its state ----
    localparam        FILTER        = CLOCK_HZ / 400000;     // 2.5 us
    localparam [7:0] FILTER_CLOCKS = FILTER[7:0];
    reg [1:0] line_was;
    reg [7:0] held;
    wire      same   = line_state == line_was;
    wire      steady = held == FILTER_CLOCKS && same;

    always @(posedge clk) line_was <= line_state;

    always @(posedge clk)
        if (rst || !same)                held <= 8'd0;
        else if (held != FILTER_CLOCKS)  held <= held + 8'd1;

    wire steady_se0 = steady && line_state == SE0;
    wire steady_k   = steady && line_state == K;
    wire steady_j   = steady && line_state == J;

    // ---- how long this state has lasted, or the silence in it ----
    localparam SILENCE_CLOCKS = CLOCK_HZ / 1000 * 3 + CLOCK_HZ / 250000;
    reg [17:0] timer;
    wire chirp_time   = &timer[15:12];      // 1.024 ms; our K lasts 1 or more, the hub's chirps begin within 1 to 2.5
    wire revert_time  = timer[13];          // 137 us; 100 to 875
    wire silence_time = timer == SILENCE_CLOCKS[17:0];  // 3.004 ms; 3.0 to 3.125

    wire sound = rx_active || (state == HIGH ? line_state != SE0 : line_state != J);
    wire awake = state == FULL || state == HIGH;

    always @(posedge clk)
        if (rst || next != state || (awake && sound)) timer <= 18'd0;
        else                                          timer <= timer + 18'd1;

    // ---- chirps: three pairs of K and J from the hub ----
    reg [2:0] chirps;

    always @(posedge clk)
        if (state != LISTEN)                         chirps <= 3'd0;
        else if (chirps[0] ? steady_j : steady_k)    chirps <= chirps + 3'd1;

    // ---- states ----
    reg negotiated;                         // high speed, and not left since

    always @* begin
        next = state;
        case (state)
            FULL:      if (steady_se0) next = RESET; else if (silence_time) next = SUSPENDED;
            CHIRP:     if (chirp_time) next = LISTEN;
            LISTEN:    if (chirps == 3'd6) next = HIGH; else if (chirp_time) next = FALLBACK;
            FALLBACK:  if (line_state != SE0) next = FULL;
            HIGH:      if (silence_time) next = REVERT;
            REVERT:    if (revert_time) next = line_state == SE0 ? CHIRP : SUSPENDED;
            SUSPENDED: if (steady_se0) next = RESET; else if (steady_k) next = RESUME;
            default:   if (line_state != K) next = high_speed ? HIGH : FULL;
        endcase
        if (testing)        next = HIGH;
        else if (unplugged) next = FULL;
    end

    always @(posedge clk)
        if (rst) state <= FULL;
        else     state <= next;

    always @(posedge clk)
        if (rst || bus_reset) negotiated <= next == HIGH;

    assign high_speed = negotiated && HIGH_SPEED != 0;

    wire chirping = state == CHIRP || state == LISTEN;
    wire released = unplugged && !testing;

    assign transceiver = {1'b0, !(state == HIGH || chirping)};
    assign terminate   = state != HIGH;
    assign mode        = released ? 2'd1 : chirping ? 2'd2 : 2'd0;
    assign chirp       = state == CHIRP;
    assign bus_reset   = chirping || state == FALLBACK || released;
    assign suspended   = state == SUSPENDED || state == RESUME;
    assign idle        = state == HIGH || state == FALLBACK
                         || ((state == FULL || state == SUSPENDED) && line_state == J);
endmodule
`default_nettype wire
