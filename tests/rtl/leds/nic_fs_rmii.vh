    // What LEDs see of the adapter, as the test says it; the ports above are the adapter's own (tests/tests.mk).
    assign {idle, configured, suspended} = {board_leds.idle, board_leds.configured, board_leds.suspended};
    assign {link, fast, activity}        = {board_leds.link, board_leds.fast, board_leds.activity};
endmodule
