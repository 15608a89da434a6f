/* A whole station in simulated time: stack, driver and Verilated board, with the benchmark's peer at the wire's end.
 *
 * SPDX-License-Identifier: MIT
 *
 * The wall clock given to driver and board stands still, so that every run is the same: idle time is jumped over.
 * What goes wrong ends the program with a message.
 */
#ifndef TESTS_BENCH_STATION_H
#define TESTS_BENCH_STATION_H

#include "driver/lan.h"
#include "host/stack/stack.h"
#include "sim/board/sim.h"
#include "tests/bench/peer.h"

enum { STATION_START_NS = 1000000000 }; /* the time at which it is opened */

struct station {
    struct peer peer;
    struct transport *transport;
    struct lan *lan;
    struct stack *stack; /* NULL: frames go to heard */
    void (*heard)(void *user, const uint8_t *frame, size_t len, uint64_t now_ns);
    void *user;
    const char *name; /* of the figure being measured, for messages */
    uint64_t now_ns, random;
};

struct station_config {
    const char *name;
    struct lan_config lan; /* the MAC address is set by station_open */
    bool full_speed;
    bool ipv6;         /* the peer's TCP is over IPv6 */
    bool bare;         /* no stack */
    const char *trace; /* FST file for waves, or NULL */
};

/* Returns once the link is up and, with a stack, the address is in use. */
void station_open(struct station *station, const struct station_config *config);
void station_close(struct station *station);

/* One turn: timers, what is to be sent, then the board for at most step_ns; the peer acts at its end. */
void station_step(struct station *station, uint64_t step_ns);

_Noreturn void station_die(const struct station *station, const char *why);
/* Ends the program if now_ns is past limit_ns. */
void station_expect_by(const struct station *station, uint64_t limit_ns, const char *what);

#endif
