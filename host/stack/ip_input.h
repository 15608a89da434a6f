/* IP packets in. RFC 791, RFC 1122 (3.2), RFC 8200.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_IP_INPUT_H
#define HOST_STACK_IP_INPUT_H

#include "host/stack/ip.h"

struct ip_packet {
    const uint8_t *bytes; /* from the IP header on; may be longer than the packet (Ethernet pads) */
    size_t len;
    const uint8_t *sender_mac; /* of its frame; NULL if local */
    bool link_broadcast;       /* it came in a broadcast or multicast frame */
    bool checksum_verified;
    bool local; /* it came from ourselves */
};

void ipv4_input(struct stack *stack, const struct ip_packet *packet, uint64_t now_ns);
void ipv6_input(struct stack *stack, const struct ip_packet *packet, uint64_t now_ns);

/* To the transport that in->protocol names. False: there is none. */
bool ip_deliver(struct stack *stack, const struct ip_input *in, uint64_t now_ns);

/* ipv6_extension.c: goes over what stands between the IPv6 header and the transport's. */
struct ipv6_walk {
    struct ip_input *in; /* protocol: of the header at payload; payload and length: what is left */
    size_t next_at;      /* where the packet names that header: for errors */
    unsigned headers;    /* gone over so far */
};
enum ipv6_verdict {
    IPV6_TRANSPORT,     /* what stands at in->payload is no extension header */
    IPV6_DROP,          /* counted, and refused where the sender may be told */
    IPV6_FRAGMENT_NEXT, /* a fragment header stands there */
};
/* What stands behind the extension headers that are not gone over yet: options, routing, fragment. */
struct ipv6_upper {
    uint8_t protocol;
    const uint8_t *at;
    size_t left;
};
/* False where one of them is cut, or what follows is a later fragment's. */
bool ipv6_upper_find(struct ipv6_upper *upper, const struct ip_input *in);
enum ipv6_verdict ipv6_walk(struct stack *stack, struct ipv6_walk *walk, uint64_t now_ns);
/* Whether a first fragment's data, at in->payload, has all headers up to the end of the transport's (RFC 7112, 5). */
bool ipv6_reaches_transport(const struct ip_input *in);

#endif
