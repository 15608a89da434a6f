/* Address configuration's own state, for configure*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_CONFIGURE_INTERNAL_H
#define HOST_STACK_CONFIGURE_INTERNAL_H

#include "host/stack/configure.h"
#include "host/stack/conflict.h"
#include "host/stack/linklocal.h"

struct configure {
    struct conflict primary; /* of the static or leased address */
    struct conflict second;  /* of the link-local address */
    struct linklocal linklocal;
    struct stack_lease candidate; /* being probed */
    bool has_lease;
    struct stack_lease lease; /* in use */
    uint64_t retry_ns; /* when a static address that was taken is probed again; UINT64_MAX: not */
};

/* configure_tell.c: lines of the journal. */
void configure_tell(struct stack *stack, uint64_t now_ns);
void configure_tell_conflict(struct stack *stack, const struct arp_packet *packet,
                             enum conflict_verdict verdict, uint64_t now_ns);

#endif
