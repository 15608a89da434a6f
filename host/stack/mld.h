/* Multicast listener discovery: routers and snooping switches are told which groups we listen to. RFC 3810; to a router that
 * speaks version 1, RFC 2710.
 *
 * SPDX-License-Identifier: MIT
 *
 * Our groups are the solicited-node groups of our addresses, of every source each. All nodes' group is reported to nobody
 * (RFC 3810, 6).
 */
#ifndef HOST_STACK_MLD_H
#define HOST_STACK_MLD_H

#include "host/stack/ip.h"

enum {
    MLD_QUERY = 130,
    MLD_REPORT1 = 131, /* version 1 */
    MLD_DONE = 132,
    MLD_REPORT = 143,

    MLD_MODE_IS_EXCLUDE = 2, /* of records in a report (5.2.12) */
    MLD_TO_INCLUDE = 3,
    MLD_TO_EXCLUDE = 4,
    MLD_RECORD_BYTES = 20, /* without sources */
};

struct mld;

int mld_create(struct mld **out); /* 0 or -ENOMEM */
void mld_destroy(struct mld *mld);
/* Tells the device of the groups that we listen to: once the link is there, of all nodes', which needs no address. */
void mld_listen(const struct stack *stack);
/* Addresses have come or gone: so does mld_listen; new groups are reported at once and again within a second, and so are
 * those that we leave. */
void mld_follow(struct stack *stack, uint64_t now_ns);
/* The link is gone, and with it who knew of our groups. */
void mld_forget(struct stack *stack);
/* An ICMPv6 message of type 130 or 131, its checksum verified. */
void mld_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns);
void mld_poll(struct stack *stack, uint64_t now_ns);
uint64_t mld_deadline(const struct stack *stack);

#endif
