/* The DHCP client's own state, for dhcp*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_DHCP_INTERNAL_H
#define HOST_STACK_DHCP_INTERNAL_H

#include "host/stack/dhcp.h"
#include "host/stack/dhcp_message.h"

/* RFC 2131, figure 5. IDLE: no link, or static. WAITING: after a refusal, before DISCOVER. */
enum dhcp_state {
    DHCP_IDLE,
    DHCP_WAITING,
    DHCP_SELECTING,
    DHCP_REQUESTING,
    DHCP_REBOOTING,
    DHCP_BOUND,
    DHCP_RENEWING,
    DHCP_REBINDING,
};

struct dhcp {
    enum dhcp_state state;
    uint32_t xid;
    struct address offered, server; /* the address asked for, and who offered it */
    unsigned tries;                 /* messages sent in this state */
    uint64_t began_ns;              /* when this transaction did */
    uint64_t requested_ns;          /* when REQUEST was sent */
    uint64_t deadline;              /* of the state; UINT64_MAX: none */
    bool has_lease;
    struct stack_lease lease;
};

/* dhcp_lease.c: sends a message of the kind that the state asks for. */
void dhcp_send(struct stack *stack, uint8_t type, uint64_t now_ns);
/* The lease that an ACK gives, counted from requested_ns. */
struct stack_lease dhcp_lease(const struct dhcp_answer *answer, uint64_t requested_ns);

#endif
