// ice40_ram: iCE40's block memory: 256 words of 16 bits, each port 16, 8, 4 or 2 wide.
// SPDX-License-Identifier: MIT
//
// A narrow port sees each word as 2, 4 or 8 of its own words, whose bits lie side by side: bit n of the port's word k is
// bit n * 2, 4 or 8 + k of the memory's. The port's bits come at the pins n * 2, n * 4 + 1 or n * 8 + 3.
`default_nettype none
module ice40_ram #(
    parameter READ_MODE  = 0,                   // 0 to 3: 16, 8, 4 or 2 bits
    parameter WRITE_MODE = 0,
    parameter [4095:0] CONTENT = 0              // word 0 lowest
) (
    input  wire [10:0] RADDR, WADDR,            // the lowest 8 bits: of the memory's word, the others: k
    input  wire        RCLK, RCLKE, RE,
    input  wire        WCLK, WCLKE, WE,
    input  wire [15:0] WDATA, MASK,             // 1: the bit stays; at 16 bits alone
    output reg  [15:0] RDATA
);
    reg [15:0] words [0:255];
    integer i, b;
    initial begin
        for (i = 0; i < 256; i = i + 1) words[i] = CONTENT[16 * i +: 16];
        RDATA = 16'd0;
    end

    localparam [2:0] READ_PARTS  = (1 << READ_MODE) - 1, WRITE_PARTS = (1 << WRITE_MODE) - 1; // of a word, less 1
    localparam READ_PIN  = READ_MODE == 0 ? 0 : (1 << (READ_MODE - 1)) - 1;   // the lowest that is used
    localparam WRITE_PIN = WRITE_MODE == 0 ? 0 : (1 << (WRITE_MODE - 1)) - 1;

    reg [15:0] spread, keep, gathered;
    always @* begin
        for (b = 0; b < 16; b = b + 1) begin
            spread[b] = WDATA[(b >> WRITE_MODE << WRITE_MODE) + WRITE_PIN];
            keep[b]   = WRITE_MODE == 0 ? MASK[b] : (b[2:0] & WRITE_PARTS) != (WADDR[10:8] & WRITE_PARTS);
        end
    end
    wire [15:0] word = words[RADDR[7:0]];
    always @* begin
        gathered = 16'd0;
        for (b = 0; b < 16 >> READ_MODE; b = b + 1)
            gathered[(b << READ_MODE) + READ_PIN] = word[(b << READ_MODE) + {29'd0, RADDR[10:8] & READ_PARTS}];
    end

    always @(posedge WCLK)
        if (WE && WCLKE) words[WADDR[7:0]] <= (words[WADDR[7:0]] & keep) | (spread & ~keep);
    always @(posedge RCLK)
        if (RE && RCLKE) RDATA <= gathered;
endmodule
`default_nettype wire
