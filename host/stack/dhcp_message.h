/* DHCP messages: bytes to fields and back. RFC 2131 (2), RFC 2132.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_DHCP_MESSAGE_H
#define HOST_STACK_DHCP_MESSAGE_H

#include "host/stack/address.h"

enum {
    DHCP_DISCOVER = 1,
    DHCP_OFFER,
    DHCP_REQUEST,
    DHCP_DECLINE,
    DHCP_ACK,
    DHCP_NAK,
    DHCP_RELEASE,
    DHCP_INFORM,

    DHCP_MESSAGE_BYTES = 548, /* the most that we send: 576 less IP and UDP headers */
    DHCP_FIXED_BYTES = 240,   /* up to and with the magic cookie */
    DHCP_SERVERS = 3,         /* name servers that we keep */
};

/* An answer. Addresses are 0.0.0.0, times 0 where the option is missing. */
struct dhcp_answer {
    uint8_t type;
    uint32_t xid;
    uint8_t mac[6];
    struct address yours, server, mask, gateway, dns[DHCP_SERVERS];
    uint32_t lease_s, renew_s, rebind_s;
};

/* Reads a server's message. Returns 0, or -EBADMSG if it is short, no BOOTP reply for Ethernet,
 * without message type or cookie, or has an option that runs past the end. */
int dhcp_parse(const uint8_t *bytes, size_t len, struct dhcp_answer *out);

struct dhcp_question {
    uint8_t type;
    uint32_t xid;
    uint16_t seconds; /* since we began to ask */
    const uint8_t *mac;
    struct address ours;      /* ciaddr: our address, if we can be reached at it */
    struct address requested; /* option 50; 0.0.0.0: none */
    struct address server;    /* option 54; 0.0.0.0: none */
    const char *hostname;     /* option 12; "": none */
    uint16_t max_message;     /* option 57 */
};

/* Writes a message of ours; bytes has DHCP_MESSAGE_BYTES. Returns its length. */
size_t dhcp_write(uint8_t *bytes, const struct dhcp_question *question);

/* "DISCOVER", …; "type 99" is "?". */
const char *dhcp_type_name(uint8_t type);

#endif
