/* A board as a network interface of the kernel: driver and TAP joined, without a stack of ours.
 *
 * SPDX-License-Identifier: MIT
 *
 *     interface_open(&interface, &config, error, sizeof error);
 *     while (interface_run(interface))  (the board is gone)
 *         interface_replug(interface, transport, error, sizeof error);
 *     interface_close(interface);
 */
#ifndef HOST_INTERFACE_INTERFACE_H
#define HOST_INTERFACE_INTERFACE_H

#include "driver/lan.h"
#include "host/interface/tap.h"

struct interface_config {
    struct tap *tap;             /* open; stays the caller's, to be closed after interface_close */
    struct transport *transport; /* open, never jumping; the same */
    uint32_t features_off;       /* bits of FEATURES that are not to be used */
    uint8_t mac[6];              /* all zero: the board's own */
    struct journal *journal;     /* may be NULL */
    uint64_t (*wall_ns)(void);   /* CLOCK_MONOTONIC */
};

/* Frames "to send" come from the kernel, "received" ones go to it. */
struct interface_counters {
    uint64_t tx_frames, tx_bytes;
    uint64_t tx_super_frames, tx_super_bytes;  /* of them, with a gso_type */
    uint64_t tx_refused;                       /* lost: too long, or beyond the board's FEATURES */
    uint64_t tx_no_link;                       /* lost: the kernel sent without a link */
    uint64_t rx_frames, rx_bytes, rx_verified; /* rx_verified: with DATA_VALID */
    uint64_t rx_down;                          /* lost: the interface is not up */
    uint64_t rx_refused;                       /* lost: the kernel did not take them */
};

struct interface;

/* Opens the driver (blocks for its control transfers), gives the TAP the board's address, link and offloads and
 * brings it up. Returns 0 or a negative errno and a message. */
int interface_open(struct interface **out, const struct interface_config *config, char *error,
                   size_t error_len);
/* Takes the carrier away and closes the driver. */
void interface_close(struct interface *interface);

/* Moves frames until interface_stop (returns 0) or until the board is gone (-ENODEV, -EPROTO, -EIO). */
int interface_run(struct interface *interface);
/* From a signal handler; works also before interface_run. */
void interface_stop(struct interface *interface);

/* While the board is gone: sleeps until one of fds, of which there are count and room for one more, has something, or
 * until rest_ns have passed (TIME_NEVER: no limit). Returns false once interface_stop was called. */
bool interface_wait(struct interface *interface, struct pollfd *fds, int count, uint64_t rest_ns);
/* Goes on with a board that is back, under the address of the first. The kernel keeps the interface, and is told what this
 * board does. The old transport may be closed then. Returns 0, or a negative errno and a message: nothing has changed then. */
int interface_replug(struct interface *interface, struct transport *transport, char *error,
                     size_t error_len);

/* Whether the interface could be brought up; only root may do that to one that was made for us. */
bool interface_is_up(const struct interface *interface);
/* The offloads that are on, in words: "csum tso4 tso6 ecn uso", or "none". */
const char *interface_offloads(const struct interface *interface);
const struct interface_counters *interface_counters(const struct interface *interface);
struct lan *interface_lan(struct interface *interface);

#endif
