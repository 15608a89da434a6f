    // What LEDs see of the adapter, as the test says it; the ports above are the adapter's own (tests/tests.mk).
    assign {idle, configured, high_speed} = {board_leds.idle, board_leds.configured, board_leds.high_speed};
    assign {suspended, link, activity}    = {board_leds.suspended, board_leds.link, board_leds.activity};
endmodule
