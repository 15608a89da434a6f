// BB: ECP5's bidirectional buffer, for Verilator, which cannot read the description that Yosys has.
// SPDX-License-Identifier: MIT
module BB (
    input  wire I, T,                           // T: 1 lets the pin go
    output wire O,
    inout  wire B
);
    assign B = T ? 1'bz : I;
    assign O = B;
endmodule
