/* Link-local addresses: which one to try next, and when. RFC 3927.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_LINKLOCAL_H
#define HOST_STACK_LINKLOCAL_H

#include "host/stack/stack.h"

enum { LINKLOCAL_PREFIX_LEN = 16 };

struct linklocal {
    bool wanted;        /* no DHCP server has answered */
    unsigned conflicts; /* addresses that others had */
    uint64_t deadline;  /* when to start, or to try the next address; UINT64_MAX: no timer */
};

void linklocal_init(struct linklocal *linklocal);
/* The address to try: 169.254.1.0 to 169.254.254.255, the same one each time for the same station
 * (RFC 3927, 2.1). */
struct address linklocal_address(const struct linklocal *linklocal, const uint8_t mac[6]);
/* The address was taken. Returns when the next may be tried: at once, after ten conflicts a minute
 * later (2.2.1). */
uint64_t linklocal_conflict(struct linklocal *linklocal, uint64_t now_ns);

#endif
