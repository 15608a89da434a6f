/* What mld.c and mld_report.c share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_MLD_INTERNAL_H
#define HOST_STACK_MLD_INTERNAL_H

#include "host/stack/ipv6_internal.h"
#include "host/stack/mld.h"

enum { MLD_GROUPS = 2 * IPV6_ADDRESSES }; /* those that are being left, too */

struct mld_group {
    bool used, joined; /* used alone: it is being left */
    struct address address;
    unsigned changes;   /* reports of our coming or going that are still to be sent */
    uint64_t change_ns; /* the next of them; UINT64_MAX: none */
    uint64_t answer_ns; /* a router's question is answered then; UINT64_MAX: there is none */
};

struct mld {
    struct mld_group groups[MLD_GROUPS];
    uint64_t version1_until_ns; /* a router on the link speaks version 1 (RFC 3810, 8.2.1) */
};

/* Sends one report with a record of each group that is due; with version1 a message for each. */
void mld_report(struct stack *stack, bool version1, uint64_t now_ns);

#endif
