/* Multicast listener messages as a router on the link has them (RFC 3810, RFC 2710).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_MLD_NET_H
#define TESTS_UNIT_MLD_NET_H

#include "tests/unit/net6.h"

/* Types of messages (of version 1, where that is another), and of a report's records. */
enum {
    MLD_QUERY = 130,
    MLD_REPORT1 = 131,
    MLD_DONE = 132,
    MLD_REPORT = 143,
    MLD_IS_EX = 2,
    MLD_TO_IN = 3,
    MLD_TO_EX = 4
};
/* What may be wrong with a message: no router alert, a hop limit over 1, a sender from elsewhere. */
enum mld_fault { MLD_SOUND, MLD_NO_ALERT, MLD_FAR, MLD_NOT_LINK_LOCAL };

extern const struct address MLD_NOBODY; /* :: */

/* A stack with a link-local address and, for valid_s from 5 s ago on, a global one, its groups reported. */
void mld_start(struct net *net, uint32_t valid_s);
/* The solicited-node group of the stack's address of that origin. */
struct address mld_own_group(const struct net *net, unsigned origin);

/* The next multicast listener message, behind its router alert, with a right checksum; *message starts at its type. */
bool mld_take(struct net *net, struct net6_packet *packet, const uint8_t **message);
/* The next report has one record, of that type for group. */
struct net6_packet mld_expect(struct net *net, uint8_t type, const struct address *group);
void mld_expect_nothing(struct net *net);

/* A message to destination of a router, len bytes of it behind type and code. */
void mld_in(struct net *net, uint8_t type, const struct address *destination, const uint8_t *body,
            size_t len, enum mld_fault fault);
/* A question about group, or all of them with MLD_NOBODY; len is 24 in version 1, 28 in version 2. */
void mld_query(struct net *net, const struct address *group, uint16_t delay, size_t len,
               enum mld_fault fault);

#endif
