// SB_RAM40_4K: iCE40's block memory by the name that icebox_vlog gives it.
// SPDX-License-Identifier: MIT
`default_nettype none
module SB_RAM40_4K #(
    parameter READ_MODE  = 0,
    parameter WRITE_MODE = 0,
    parameter [255:0] INIT_0 = 0, INIT_1 = 0, INIT_2 = 0, INIT_3 = 0, INIT_4 = 0, INIT_5 = 0, INIT_6 = 0, INIT_7 = 0,
    parameter [255:0] INIT_8 = 0, INIT_9 = 0, INIT_A = 0, INIT_B = 0, INIT_C = 0, INIT_D = 0, INIT_E = 0, INIT_F = 0
) (
    input  wire [10:0] RADDR, WADDR,
    input  wire        RCLK, RCLKE, RE,
    input  wire        WCLK, WCLKE, WE,
    input  wire [15:0] WDATA, MASK,
    output wire [15:0] RDATA
);
    ice40_ram #(
        .READ_MODE(READ_MODE), .WRITE_MODE(WRITE_MODE),
        .CONTENT({INIT_F, INIT_E, INIT_D, INIT_C, INIT_B, INIT_A, INIT_9, INIT_8,
                  INIT_7, INIT_6, INIT_5, INIT_4, INIT_3, INIT_2, INIT_1, INIT_0})
    ) memory (
        .RADDR(RADDR), .WADDR(WADDR), .RCLK(RCLK), .RCLKE(RCLKE), .RE(RE), .WCLK(WCLK), .WCLKE(WCLKE), .WE(WE),
        .WDATA(WDATA), .MASK(MASK), .RDATA(RDATA)
    );
endmodule
`default_nettype wire
