/* ARP: who has an address. RFC 826, RFC 5227.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_ARP_H
#define HOST_STACK_ARP_H

#include "host/stack/stack.h"

enum { ARP_REQUEST = 1, ARP_REPLY = 2, ARP_PACKET_BYTES = 28 };

struct arp_packet {
    uint16_t operation;
    uint8_t sender_mac[6], target_mac[6];
    struct address sender, target; /* sender unspecified: a probe (RFC 5227, 1.1) */
};

/* Returns 0, or -EBADMSG if the packet is short, not IPv4 over Ethernet, or its sender is no
 * station. */
int arp_parse(const uint8_t *bytes, size_t len, struct arp_packet *out);
void arp_input(struct stack *stack, const uint8_t *bytes, size_t len, uint64_t now_ns);

/* Asks for target's MAC address, everybody if mac is NULL, else only that station
 * (RFC 1122, 2.3.2.1 (2)). */
void arp_ask(struct stack *stack, const struct address *target, const uint8_t *mac,
             uint64_t now_ns);
/* Asks whether anybody uses address, without telling that we want it. */
void arp_probe(struct stack *stack, const struct address *address, uint64_t now_ns);
/* Tells everybody that address is ours. */
void arp_announce(struct stack *stack, const struct address *address, uint64_t now_ns);

#endif
