/* The Verilated board: its clocks, and what its pins meet.
 *
 * SPDX-License-Identifier: MIT
 *
 * verilated.cpp is built twice, without and with waves; full_speed.cpp, the other shape, once, with waves. They and
 * gates_shape.h are the only C++ in sim/.
 */
#ifndef SIM_BOARD_GATES_H
#define SIM_BOARD_GATES_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/board/mdio_slave.h"
#include "sim/bus/bus.h"
#include "sim/wire/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Everything outside the gates. */
struct outside {
    struct bus *bus;
    struct wire *wire;
    struct mdio_slave mdio;
    struct rgmii
        received; /* what the wire drives in this cycle of the receive clock; RMII: its last nibble */
    uint64_t now_ns;       /* time of the simulation */
    uint64_t clocks;       /* 60 MHz clocks that were simulated */
    uint64_t busy_clock;   /* the bus's clock when the board was last not idle */
    uint64_t active_clock; /* … when board or wire were last seen at work of their own */
    uint64_t wanted_clock; /* … when a transfer waited, or the wire was at work */
};

/* Why gates_run came back. */
enum gates_stop {
    GATES_TIME,  /* now_ns has come to its limit */
    GATES_DONE,  /* a transfer is complete */
    GATES_QUIET, /* nothing will change until something comes from outside */
};

struct gates;

/* One of the builds. */
struct gates_build {
    /* Powers the board on and resets it. trace: FST file, or NULL. NULL if the file cannot be written. */
    struct gates *(*open)(struct outside *outside, const char *trace);
    enum gates_stop (*run)(struct gates *gates, uint64_t until_ns);
    void (*close)(struct gates *gates);
};

extern const struct gates_build gates_fast, gates_tracing, gates_full_speed;

#ifdef __cplusplus
}
#endif

#endif
