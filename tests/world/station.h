/* What the files of a station share: a host with our stack and driver on a board.
 *
 * SPDX-License-Identifier: MIT
 *
 *     station.c         it comes up, runs and ends
 *     station_device.c  stack, driver, the board's wire and the link, joined
 *     station_usb.c     what befalls its USB cable
 *     station_socket.c  its sockets, and what must hold for its connections
 *     station_accept.c  its listeners
 */
#ifndef TESTS_WORLD_STATION_H
#define TESTS_WORLD_STATION_H

#include "driver/lan.h"
#include "host/stack/stack.h"
#include "host/stack/tcp.h"
#include "sim/wire/backend.h"
#include "tests/world/frame_watch.h"
#include "tests/world/usb_cable.h"
#include "tests/world/world.h"

/* The wall clock that driver and board are shown stands still here. */
#define STATION_WALL_NS (WORLD_START_NS - 500 * WORLD_MS)

struct station {
    struct backend far_end; /* the link, as the board's wire sees it */
    struct host *host;
    struct transport *transport;
    struct transport *between; /* what the driver has in its place, if a fault wants that */
    struct lan *lan;
    struct stack *stack;
    struct journal journal;
    uint8_t *reserved;      /* what device_reserve gave */
    struct tcp_conn *crowd; /* the listener that several share, or NULL */
    uint64_t accept_ns;     /* when its program accepts again */

    struct usb_cable *cable; /* NULL: nothing befalls it */
    int events;              /* that have begun */
    uint64_t event_end_ns;   /* 0: none is under way */
    bool unplugged;          /* there is no driver */
    int plug_tries;
    struct frame_watch out, in; /* from the stack to the wire, and back */
    uint64_t told;              /* gaps in out of which somebody has told */
};

static inline struct station *station_of(const struct host *host)
{
    return host->own;
}

/* Opens board and driver. error is empty if it could. */
void station_open_board(struct station *station, char *error, size_t error_len);
/* The driver alone, on a board that is plugged in. Returns 0, or a negative errno and a message. */
int station_open_driver(struct station *station, char *error, size_t error_len);
/* Adds up what the driver has counted, before it is closed. */
void station_count_driver(struct station *station);
/* At the end: objects to frames lost of which no counter tells, those of board and driver. */
void station_expect_sent(struct station *station);
void station_expect_received(struct station *station);
/* What the stack gets as its device. */
void station_device(struct station *station, struct device *device);

/* The weather on the cable begins; when its next event is due; what is due happens. */
void station_usb_open(struct station *station);
void station_usb_close(struct station *station);
uint64_t station_usb_deadline(const struct station *station);
void station_usb_poll(struct station *station);

/* Lets the host's programs do what they can. Returns whether one did something. */
bool station_run_programs(struct host *host);
/* Objects if data is out and no timer runs, or if a listener has more waiting than it may. */
void station_expect_timers(struct host *host);
void station_event(void *user, struct tcp_conn *conn, unsigned events); /* user: struct end */

/* Gives an end its connection, once it is there. */
void station_accept(struct end *end);
/* The same for the listener that several share; returns whether one was accepted. */
bool station_accept_crowd(struct host *host);
uint64_t station_accepts_at(const struct station *station);
void station_expect_room(struct host *host);

struct endpoint station_endpoint(const struct target *target, uint16_t port);

/* struct host_ops */
bool station_has_ipv4(const struct host *host);
bool station_address6(const struct host *host, uint8_t out[16]);
int station_connections(const struct host *host);
void station_close_listeners(struct host *host);
void station_listen(struct end *end);
int station_connect(struct end *end, const struct target *to, uint16_t port);
void station_set_options(struct end *end);
size_t station_write(struct end *end, const uint8_t *bytes, size_t len);
size_t station_read(struct end *end, uint8_t *bytes, size_t len);
bool station_at_end(const struct end *end);
bool station_unsent(const struct end *end);
void station_shutdown(struct end *end);
void station_close_socket(struct end *end);
void station_abort_socket(struct end *end);

#endif
