/* See tally.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/tally.h"

#include <stdio.h>
#include <string.h>

void tally_stack(struct tally *tally, const struct stack_counters *counters)
{
    uint64_t values[TALLY_COUNTERS];

    memcpy(values, counters, sizeof values);
    for (int i = 0; i < TALLY_COUNTERS; i++)
        tally->stack[i] += values[i];
}

void tally_link(struct tally *tally, const struct link *link)
{
    tally->lost += link->counters.lost;
    tally->reordered += link->counters.reordered;
    tally->duplicated += link->counters.duplicated;
    tally->changed += link->changed;
}

void tally_usb(struct tally *tally, const struct usb_tally *usb)
{
    uint64_t values[TALLY_USB];

    memcpy(values, usb, sizeof values);
    for (int i = 0; i < TALLY_USB; i++)
        tally->usb[i] += values[i];
}

void tally_driver(struct tally *tally, const struct lan_counters *counters)
{
    tally->stalls += counters->stalls;
    tally->transfer_errors += counters->transfer_errors;
    tally->recoveries += counters->recoveries;
    tally->tx_lost += counters->tx_lost;
    tally->rx_discarded += counters->rx_discarded;
}

void tally_add(struct tally *sum, const struct tally *tally)
{
    uint64_t a[sizeof *sum / sizeof(uint64_t)], b[sizeof a / sizeof a[0]];

    memcpy(a, sum, sizeof a);
    memcpy(b, tally, sizeof b);
    for (size_t i = 0; i < sizeof a / sizeof a[0]; i++)
        a[i] += b[i];
    memcpy(sum, a, sizeof a);
}

static void print(const char *name, uint64_t value)
{
    printf("%s %llu\n", name, (unsigned long long)value);
}

void tally_print(const struct tally *tally)
{
    static const char *const names[] = {
#define X(name, meaning) #name,
#include "host/stack/counters.def"
#undef X
    };

    static const char *const usb[TALLY_USB] = {
        "usb_packets_lost", "usb_packets_spoiled", "usb_packets_late", "usb_naks",
        "usb_stalls",       "usb_babbles",         "usb_outages",      "usb_storms",
        "usb_suspends",     "usb_unplugs",         "usb_resets",       "usb_cables_at_full_speed"};

    for (int i = 0; i < TALLY_COUNTERS; i++)
        print(names[i], tally->stack[i]);
    print("frames_lost", tally->lost);
    print("frames_reordered", tally->reordered);
    print("frames_duplicated", tally->duplicated);
    print("frames_changed", tally->changed);
    print("frames_with_wrong_fcs", tally->wrong_fcs);
    print("frames_forged", tally->forged);
    print("packets_marked", tally->marked);
    print("segments_over_ipv6", tally->segments6);
    print("segments_behind_extension_headers", tally->behind_headers6);
    print("segments_in_fragments_over_ipv6", tally->in_pieces6);
    print("datagrams_over_ipv6", tally->datagrams6);
    print("datagrams_fragmented_over_ipv6", tally->fragmented6);
    print("flood_over_ipv6", tally->flood6);
    print("storm_over_ipv6", tally->storm6);
    print("addresses_claimed", tally->duplicates6);
    for (int i = 0; i < TALLY_USB; i++)
        print(usb[i], tally->usb[i]);
    print("driver_stalls", tally->stalls);
    print("driver_transfer_errors", tally->transfer_errors);
    print("driver_recoveries", tally->recoveries);
    print("driver_tx_lost", tally->tx_lost);
    print("driver_rx_discarded", tally->rx_discarded);
}
