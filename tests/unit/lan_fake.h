/* A board for tests of the LAN driver: registers answer, everything else happens when the test says so.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_LAN_FAKE_H
#define TESTS_UNIT_LAN_FAKE_H

#include "driver/lan.h"

enum { MAX_PENDING = 32, MAX_CONTROLS = 4 };

/* A board of registers; bulk and interrupt transfers wait until the test ends them. */
struct fake {
    struct transport transport;
    uint32_t registers[256];
    struct transfer *pending[MAX_PENDING], *controls[MAX_CONTROLS];
    int count, control_count, clears;
    int control_status;   /* of the answers to control requests */
    int control_failures; /* so many of them fail with -EPROTO first */
    bool unplugged, mute;
    bool keeps; /* what is cancelled comes back later, if at all */
};

/* What the handler was told. */
struct heard {
    struct journal journal;
    char told[100]; /* the journal's last line */
    char order
        [40]; /* of calls: ( and ) a batch's begin and end, f a frame, x what came too late for this text */
    size_t calls;
    bool no_batch; /* set before try_open: the handler has no batch */
    int frames, links, rooms, gone, gone_error;
    uint64_t sent; /* the last ticket */
    size_t last_len;
    uint8_t last[64];
};

void fake_init(struct fake *fake);
/* A driver over a fresh board, with two transfers of 4,096 bytes each way. */
struct lan *open_lan(struct fake *fake, struct heard *heard);
/* lan_open with the same settings on a board that fake_init has made. */
int try_open(struct fake *fake, struct heard *heard, struct lan **lan, char error[200]);
/* The first transfer in flight on an endpoint, or -1. */
int find(const struct fake *fake, uint8_t endpoint);
/* Completes a transfer in flight. */
void end(struct fake *fake, int index, int status);
/* Time that goes on by 100 ms a look, so that patience ends soon. */
uint64_t wall(void);

#endif
