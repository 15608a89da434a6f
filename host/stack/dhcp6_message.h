/* DHCPv6 messages: bytes to fields and back. RFC 8415, 8 and 21; RFC 3646.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_DHCP6_MESSAGE_H
#define HOST_STACK_DHCP6_MESSAGE_H

#include "host/stack/stack.h"

enum {
    DHCP6_REPLY = 7,
    DHCP6_INFORMATION_REQUEST = 11,

    DHCP6_HEADER_BYTES = 4,    /* type and transaction number */
    DHCP6_OPTION_BYTES = 4,    /* code and length in front of each value */
    DHCP6_DUID_BYTES = 10,     /* of ours: link-layer (RFC 8415, 11.4) */
    DHCP6_QUESTION_BYTES = 36, /* of an Information-request */
    DHCP6_SERVERS = 3,
};

/* What a reply tells; zero where it tells nothing. */
struct dhcp6_answer {
    uint32_t refresh_s; /* 21.23, at least what that allows */
    uint32_t most_s;    /* between two questions (21.25) */
    struct address servers[DHCP6_SERVERS];
    int server_count;
    char domains[STACK_DOMAINS][STACK_DOMAIN_BYTES];
    int domain_count;
};

/* Writes an Information-request (18.2.6); elapsed in hundredths of a second. Returns its length. */
size_t dhcp6_write(uint8_t bytes[DHCP6_QUESTION_BYTES], uint32_t xid, const uint8_t mac[6],
                   uint16_t elapsed);
/* Reads a reply to it. -EBADMSG: cut off, or an option runs past the end; -EPROTO: another type of message, number or
 * client, or no server's name (16.10). */
int dhcp6_parse(const uint8_t *bytes, size_t len, uint32_t xid, const uint8_t mac[6],
                struct dhcp6_answer *out);
/* "Information-request"; "message" if it is not known. */
const char *dhcp6_type_name(uint8_t type);

#endif
