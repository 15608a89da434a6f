/* A DHCP server in a test's hand: reads what the client says, writes answers. It shares no code
 * with the client's messages.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_DHCP_SERVER_H
#define TESTS_UNIT_DHCP_SERVER_H

#include "tests/unit/stack_net.h"

enum {
    SAY_DISCOVER = 1,
    SAY_OFFER,
    SAY_REQUEST,
    SAY_DECLINE,
    SAY_ACK,
    SAY_NAK,
    DHCP_LEASE_S = 1000
};

/* What the client said last. */
struct dhcp_asked {
    uint32_t xid, source, destination, client;
    uint8_t type;
    uint32_t requested, server;
    uint64_t time_ns;
};

/* The next DHCP message that the client has sent; ARP frames before it are stepped over. False:
 * none. */
bool dhcp_take(struct net *net, struct dhcp_asked *out);
/* The same, which must be there and of that type. */
struct dhcp_asked dhcp_question_next(struct net *net, uint8_t type);

/* Writes an answer from 10.0.2.2 with mask, gateway, two name servers and a lease of DHCP_LEASE_S;
 * message has 300 bytes. Returns its length. */
size_t dhcp_answer_write(uint8_t *message, uint8_t type, uint32_t xid, uint32_t yours);
/* Hands the client a message, or the answer to what it asked. */
void dhcp_message_in(struct net *net, const uint8_t *message, size_t len, uint32_t destination);
void dhcp_answer(struct net *net, uint8_t type, const struct dhcp_asked *asked, uint32_t yours);

#endif
