/* The one interface through which the driver sees a board, whatever carries it there.
 *
 * SPDX-License-Identifier: MIT
 *
 * Four transports implement it: libusb and a USB/IP client (both in driver/), the Verilated board in
 * process and the C model (both in sim/). A new one needs the functions of struct transport_ops and
 * nothing else.
 *
 * Time: a transport to real hardware lives in wall time. One that simulates the board in this process
 * has a clock of its own, which advances with the simulated cycles while the board is busy and with
 * the wall clock while it idles; poll() returns that time, and everything above lives in it.
 */
#ifndef DRIVER_TRANSPORT_H
#define DRIVER_TRANSPORT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum transport_speed { SPEED_UNKNOWN = 0, SPEED_LOW = 1, SPEED_FULL = 2, SPEED_HIGH = 3 };

/* Time value that never comes. */
#define TIME_NEVER UINT64_MAX

/* One USB transfer. The caller owns it and its data; both stay untouched between submit and done. */
struct transfer {
    uint8_t endpoint; /* address with direction bit; 0x00 for a control transfer either way */
    uint8_t setup[8]; /* control only: the SETUP bytes as on the bus (USB 2.0, 9.3) */
    uint8_t *data;
    uint32_t length; /* bytes to send, or room for bytes to receive */
    bool
        zero_packet; /* OUT: a non-zero multiple of the packet size is followed by an empty packet */

    uint32_t actual; /* bytes sent or received, also where status is not 0 */
    int status;      /* 0; -EPIPE stall; -EOVERFLOW the device sent more than length;
                         * -ECANCELED; -ENODEV unplugged; -EPROTO bus errors; -EIO anything else */
    void (*done)(struct transfer *transfer); /* called from poll() only; may submit again */
    void *user;                              /* the caller's */
    void *context;                           /* the transport's, while the transfer is in flight */
};

struct transport;

struct transport_ops {
    /* Starts a transfer. Returns 0, or -ENODEV, -ENOMEM, -EINVAL (endpoint); done follows only after 0.
     * Transfers of one endpoint complete in the order of submission. Behind a bulk transfer that fails, those in flight on
     * its endpoint end with -ECANCELED: one to send before a byte of it moves (USB 2.0, 5.8.5), of one to receive bytes
     * may have come and are lost. */
    int (*submit)(struct transport *transport, struct transfer *transfer);

    /* Asks for an early end; done still comes, with -ECANCELED unless the transfer was quicker. */
    void (*cancel)(struct transport *transport, struct transfer *transfer);

    /* Runs what is due, done callbacks included, without blocking. wall_ns is CLOCK_MONOTONIC; until_ns,
     * in the transport's time, is when the caller has a timer of its own: a simulated board does not
     * run past it in one call. Returns the transport's time in ns (wall_ns itself on real hardware). */
    uint64_t (*poll)(struct transport *transport, uint64_t wall_ns, uint64_t until_ns);

    /* When poll wants to be called again at the latest, in the transport's time: its present time
     * means at once (it is busy), TIME_NEVER that only its descriptors matter. */
    uint64_t (*deadline)(struct transport *transport);

    /* Writes the descriptors to wait for, with their events, into fds, at most max of them; returns how many. */
    int (*fds)(struct transport *transport, struct pollfd *fds, int max);

    /* The caller waits for its own timer at until_ns and nothing else: a simulated board that idles, with
     * no host socket open behind its wire, may let its time jump there. May be NULL (real time cannot jump).
     * Returns true if time jumped. */
    bool (*jump)(struct transport *transport, uint64_t until_ns);

    /* Memory whose transfers the kernel does not copy, or NULL if there is none: then any memory will do. It is given back
     * when nothing in it is in flight, before close. Both may be NULL. */
    uint8_t *(*memory_new)(struct transport *transport, size_t size);
    void (*memory_free)(struct transport *transport, uint8_t *memory, size_t size);

    /* Cancels what is in flight (done is called with -ECANCELED), gives the device back and frees transport. */
    void (*close)(struct transport *transport);
};

/* The first member of every transport's own structure. */
struct transport {
    const struct transport_ops *ops;
    uint64_t
        now_ns; /* the transport's present time; set before each done callback and at poll's end */
    enum transport_speed speed; /* negotiated on the bus */
    char name[64];   /* what to call it in messages: "sim", "usb 1-2", "usbip localhost:3240 1-1" */
    char serial[64]; /* the device's serial number string, or "" */
    /* Bytes that transfers have carried, and how many of them the kernel has copied on their way between the caller's
     * memory and the host controller; both 0 where nobody counts. */
    uint64_t bytes_carried, bytes_copied;
};

#endif
