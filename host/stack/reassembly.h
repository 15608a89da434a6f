/* Fragments put together again. RFC 791 (3.2), RFC 815, RFC 1122 (3.3.2), RFC 8200 (4.5).
 *
 * SPDX-License-Identifier: MIT
 *
 * Memory is fixed: REASSEMBLIES datagrams at a time, the oldest gives way. A datagram is dropped
 * whole, and so is what still comes of it, if two fragments disagree about a byte or about its end,
 * as only an attack or a broken station makes them (RFC 5722).
 */
#ifndef HOST_STACK_REASSEMBLY_H
#define HOST_STACK_REASSEMBLY_H

#include "host/stack/ip.h"

enum { REASSEMBLIES = 8 };

struct reassembly;

struct fragment {
    uint32_t id;
    uint8_t
        protocol; /* part of the datagram's name; 0 with IPv6, whose fragments may differ in it */
    uint32_t offset; /* in bytes, a multiple of 8 */
    bool more;
};

int reassembly_create(struct reassembly **out);
void reassembly_destroy(struct reassembly *reassembly);
/* Takes a fragment, whose header and data stand in in. Returns true when the datagram is whole: in
 * then describes it, with header and payload in our memory, valid until the next call. */
bool reassembly_add(struct stack *stack, const struct fragment *fragment, struct ip_input *in,
                    uint64_t now_ns);
void reassembly_poll(struct stack *stack, uint64_t now_ns);
uint64_t reassembly_deadline(const struct stack *stack);

#endif
