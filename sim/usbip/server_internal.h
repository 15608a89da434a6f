/* What the files of the USB/IP server share.
 *
 * SPDX-License-Identifier: MIT
 *
 * Format: Linux, Documentation/usb/usbip_protocol.rst. All numbers are big-endian, but for the eight setup bytes.
 */
#ifndef SIM_USBIP_SERVER_INTERNAL_H
#define SIM_USBIP_SERVER_INTERNAL_H

#include <stdbool.h>

#include "sim/usbip/server.h"

enum {
    VERSION = 0x0111,
    OPERATION_BYTES = 8,
    BUSID_BYTES = 32,
    DEVICE_BLOCK_BYTES = 312,
    MAX_INTERFACES = 8,
    URB_BYTES = 48,

    REQ_DEVLIST = 0x8005,
    REP_DEVLIST = 0x0005,
    REQ_IMPORT = 0x8003,
    REP_IMPORT = 0x0003,

    CMD_SUBMIT = 1,
    CMD_UNLINK = 2,
    RET_SUBMIT = 3,
    RET_UNLINK = 4,

    STATUS_OK = 0, /* of an operation */
    STATUS_FAILED = 1,
    STATUS_BUSY = 2,
    STATUS_NO_DEVICE = 4,

    BUS_NUMBER = 1,
    DEVICE_NUMBER = 2,

    MAX_TRANSFER = 16 << 20,  /* usbfs' own limit */
    MAX_IN_FLIGHT = 64 << 20, /* bytes of a session's transfers; it is not read from beyond */
    MAX_EARLY_UNLINKS = 64,
};
#define BUSID "1-1"

static inline uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* What the device says of itself. */
struct device_info {
    uint8_t descriptor[18];
    uint8_t configuration; /* bConfigurationValue */
    uint8_t interfaces;
    uint8_t interface[MAX_INTERFACES][4]; /* class, subclass, protocol, 0 */
};

/* Bytes that wait to be sent. */
struct outbox {
    uint8_t *bytes;
    size_t len, sent, room;
};

struct session;

/* A request of the client's: a transfer with its data behind it. */
struct urb {
    struct transfer transfer;
    struct session *session;
    uint32_t seqnum;
    bool in;
    bool unlinked;
    uint32_t unlink_seqnum;
    struct urb *next; /* in flight in the same session */
    uint8_t data[];
};

struct session {
    struct usbip_server *server; /* NULL: this place is free */
    int fd;                      /* -1: hung up, but transfers are still in flight */
    bool imported;
    bool ending;               /* hang up once everything is sent */
    uint8_t header[URB_BYTES]; /* being received */
    size_t header_len;
    struct urb *filling; /* a CMD_SUBMIT whose OUT data is being received */
    size_t filled;
    struct urb *in_flight;
    size_t in_flight_bytes;
    uint32_t last_seqnum; /* of the latest CMD_SUBMIT */
    uint32_t early[MAX_EARLY_UNLINKS]
                  [2]; /* unlinks that came before their submits: target, own number */
    unsigned early_count;
    struct outbox outbox;
};

struct usbip_server {
    struct transport *transport;
    int listener;
    uint16_t port;
    uint64_t (*wall_ns)(void);
    uint64_t now_ns;
    struct device_info device;
    struct session sessions[USBIP_SERVER_SESSIONS];
    struct usbip_server_counters counters;
};

/* describe.c: asks the device for its descriptors, and writes the blocks that tell them. */
int describe_read(struct usbip_server *server, char *error, size_t error_len);
void describe_write(const struct usbip_server *server, uint8_t block[DEVICE_BLOCK_BYTES]);

/* session.c */
void session_open(struct session *session, struct usbip_server *server, int fd);
/* Receives and sends what is possible now. */
void session_run(struct session *session);
/* Hangs up and cancels what is in flight; the place is free once that has ended. */
void session_hang_up(struct session *session);
/* Appends to what is to be sent; without memory the session ends. */
void session_send(struct session *session, const void *bytes, size_t len);
/* Events to wait for, or 0. */
short session_events(const struct session *session);

/* urb.c */

/* Takes a message's header. Returns -EBADMSG if the client breaks the protocol, -ENOMEM. */
int urb_header(struct session *session);
/* All data of session->filling is there. */
void urb_start(struct session *session);

#endif
