/* IPv4 packets in. RFC 791, RFC 1122 (3.2).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_IPV4_H
#define HOST_STACK_IPV4_H

#include "host/stack/ip.h"

struct ipv4_packet {
    const uint8_t *bytes; /* from the IP header on; may be longer than the packet (Ethernet pads) */
    size_t len;
    bool link_broadcast; /* it came in a broadcast or multicast frame */
    bool checksum_verified;
    bool local; /* it came from ourselves */
};

void ipv4_input(struct stack *stack, const struct ipv4_packet *packet, uint64_t now_ns);

#endif
