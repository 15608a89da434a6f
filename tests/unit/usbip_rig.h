/* A USB/IP server with a raw client, for tests of the server: its board's transfers end when the test says so.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_USBIP_RIG_H
#define TESTS_UNIT_USBIP_RIG_H

#include "sim/usbip/server.h"

enum { USBIP_SLOTS = 32, USBIP_URB = 48 };

/* Transfers stay in flight until the test ends them; control transfers for descriptors are answered at once. */
struct usbip_board {
    struct transport transport;
    struct transfer *waiting[USBIP_SLOTS];
    unsigned count;
    bool unplugged;
};

struct usbip_rig {
    struct usbip_board fake;
    struct usbip_server *server;
    int client;
};

/* A client that has connected, and one that has imported the board. There is one rig. */
struct usbip_rig *usbip_rig_start(void);
struct usbip_rig *usbip_rig_imported(void);
/* Ends the test if a transfer is still in flight. */
void usbip_rig_stop(struct usbip_rig *rig);
/* One more client's socket. */
int usbip_rig_connect(struct usbip_rig *rig);
void usbip_rig_poll(struct usbip_rig *rig);
/* Waits until the server has seen that every client has left. */
void usbip_rig_alone(struct usbip_rig *rig);
/* The server's clock: a microsecond later each time. */
uint64_t usbip_rig_ns(void);

/* Ends the transfer waiting[index]. */
void usbip_rig_end(struct usbip_board *fake, unsigned index, int status, uint32_t actual);

/* Sends, and lets the server read it. */
void usbip_rig_put(struct usbip_rig *rig, const void *bytes, size_t len);
/* Receives exactly len bytes. */
void usbip_rig_take(struct usbip_rig *rig, uint8_t *bytes, size_t len);
void usbip_rig_silent(struct usbip_rig *rig);
void usbip_rig_hung_up(struct usbip_rig *rig);

/* Makes the header of a CMD_SUBMIT (1), last: its length, or CMD_UNLINK (2), last: whom. */
void usbip_rig_urb(uint8_t *message, uint8_t command, uint8_t seqnum, uint8_t in, uint8_t endpoint,
                   uint32_t last);
/* A RET_SUBMIT (3) or RET_UNLINK (4) must come next. */
void usbip_rig_return(struct usbip_rig *rig, uint8_t command, uint8_t seqnum, int status,
                      uint32_t actual);

#endif
