/* The USB/IP client's flights: transfers that the server has, their messages, and the socket they go through.
 *
 * SPDX-License-Identifier: MIT
 *
 * Each transfer in flight has a message to send, its CMD_SUBMIT, and perhaps a second, its CMD_UNLINK. A flight whose
 * unlink has gone out lives until the server answers that, also where its transfer ended before.
 */
#ifndef DRIVER_USBIP_FLIGHT_H
#define DRIVER_USBIP_FLIGHT_H

#include "driver/usbip_internal.h"

struct message {
    struct message *next;
    uint8_t header[USBIP_URB_BYTES];
    const uint8_t *data;
    size_t data_len, sent;
};

struct flight {
    struct flight *next;
    struct transfer *transfer;      /* NULL once done was called */
    uint32_t seqnum, unlink_seqnum; /* unlink_seqnum 0: not asked to end */
    struct message submit, unlink;
};

struct usbip {
    struct transport base;
    int fd;
    bool gone;
    uint32_t devid, next_seqnum;
    uint64_t wall_ns;
    uint64_t unlink_since_ns; /* since when poll has waited for an answer to one; 0: it does not */
    struct flight *flights;   /* oldest first */
    struct message *out_first, *out_last;
    /* the message that is coming in */
    uint8_t header[USBIP_URB_BYTES];
    size_t header_len;
    struct usbip_reply reply;
    struct flight *receiving; /* its data follows the header */
    uint32_t received;
};

/* Puts a message behind those that wait to be sent. */
void usbip_message_queue(struct usbip *self, struct message *message);
/* Sends and receives what the socket takes and gives now; sets gone if the server hung up or broke the protocol. */
void usbip_send(struct usbip *self);
void usbip_receive(struct usbip *self);
/* Ends everything in flight, oldest first. */
void usbip_flights_end(struct usbip *self, int status);

#endif
