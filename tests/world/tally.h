/* What worlds have met, so that nobody need believe it: the counters of all stacks and links, added up over all seeds.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_TALLY_H
#define TESTS_WORLD_TALLY_H

#include "driver/lan.h"
#include "host/stack/stack.h"
#include "tests/world/link.h"
#include "tests/world/usb_weather.h"

enum { TALLY_COUNTERS = sizeof(struct stack_counters) / sizeof(uint64_t) };

enum { TALLY_USB = sizeof(struct usb_tally) / sizeof(uint64_t) };

struct tally {
    uint64_t stack[TALLY_COUNTERS];
    uint64_t lost, reordered, duplicated, changed, wrong_fcs, forged,
        marked;                           /* frames on the links */
    uint64_t segments6;                   /* of TCP over IPv6, sent */
    uint64_t behind_headers6, in_pieces6; /* of them, behind extension headers; in fragments */
    uint64_t datagrams6, fragmented6;     /* of UDP over IPv6, sent; of them, in fragments */
    uint64_t flood6, storm6,
        duplicates6; /* SYNs from nobody; packets of storms; addresses claimed */
    uint64_t usb[TALLY_USB];
    uint64_t stalls, transfer_errors, recoveries, tx_lost, rx_discarded; /* of the drivers */
};

void tally_stack(struct tally *tally, const struct stack_counters *counters);
void tally_link(struct tally *tally, const struct link *link);
void tally_usb(struct tally *tally, const struct usb_tally *usb);
void tally_driver(struct tally *tally, const struct lan_counters *counters);
void tally_add(struct tally *sum, const struct tally *tally);
void tally_print(const struct tally *tally); /* a line "name number" for each */

#endif
