/* A USB/IP server in a thread, honest or not, for tests of the client. It exports one device, 3-7.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_USBIP_FAKE_H
#define TESTS_UNIT_USBIP_FAKE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum usbip_fake_behaviour {
    HONEST,
    BYTE_BY_BYTE,    /* every answer in pieces */
    HANG_UP_IN_DATA, /* at the first bulk IN, in the middle of its data */
    WRONG_SEQNUM,    /* … answers a number that nobody asked with */
    TOO_MUCH,        /* … says that it gives more than was asked for */
    UNKNOWN_COMMAND,
    STALLS,           /* answers each bulk transfer with -EPIPE */
    NEVER_ANSWERS,    /* bulk IN pends until it is unlinked */
    ANSWERS_TOO_LATE, /* … and answered when the unlink comes, and then the unlink with 0 */
    TWO_WITHOUT_END,  /* the device list claims 4,000,000,000 devices */
    REFUSES_IMPORT,
    NO_BOARD, /* exports another device only */
    HANGS_UP_AT_ONCE,
};

struct usbip_fake {
    enum usbip_fake_behaviour behaviour;
    int listener;
    unsigned port;
    pthread_t thread;
    atomic_int zero_packets, out_bytes, unlinks, configured;
    uint32_t pending; /* seqnum of a bulk IN that waits */
};

/* Listens on a free port of 127.0.0.1. */
void usbip_fake_start(struct usbip_fake *server, enum usbip_fake_behaviour behaviour);
/* Ends the thread; the client must have closed its connection. */
void usbip_fake_stop(struct usbip_fake *server);

#endif
