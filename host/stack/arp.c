/* ARP: who has an address.
 *
 * SPDX-License-Identifier: MIT
 *
 * What the answers teach is kept in neighbor.c; what they say about our own address is judged in
 * conflict.c.
 */
#include <errno.h>
#include <string.h>

#include "host/stack/arp.h"
#include "host/stack/bytes.h"
#include "host/stack/configure.h"
#include "host/stack/ethernet.h"
#include "host/stack/ip_internal.h"
#include "host/stack/neighbor.h"
#include "host/stack/stack_internal.h"

enum { HARDWARE_ETHERNET = 1 };

int arp_parse(const uint8_t *bytes, size_t len, struct arp_packet *out)
{
    if (len < ARP_PACKET_BYTES || get16(bytes) != HARDWARE_ETHERNET ||
        get16(bytes + 2) != ETHERTYPE_IPV4 || bytes[4] != 6 || bytes[5] != 4)
        return -EBADMSG;
    out->operation = get16(bytes + 6);
    memcpy(out->sender_mac, bytes + 8, 6);
    out->sender = address_v4(get32(bytes + 14));
    memcpy(out->target_mac, bytes + 18, 6);
    out->target = address_v4(get32(bytes + 24));
    if (out->operation != ARP_REQUEST && out->operation != ARP_REPLY)
        return -EBADMSG;
    if (out->sender_mac[0] & 1 || address_is_multicast(&out->sender) ||
        address_is_broadcast(&out->sender) || address_is_loopback(&out->sender))
        return -EBADMSG;
    return 0;
}

static void arp_write(uint8_t *bytes, const struct arp_packet *packet)
{
    put16(bytes, HARDWARE_ETHERNET);
    put16(bytes + 2, ETHERTYPE_IPV4);
    bytes[4] = 6;
    bytes[5] = 4;
    put16(bytes + 6, packet->operation);
    memcpy(bytes + 8, packet->sender_mac, 6);
    put32(bytes + 14, address_to_v4(&packet->sender));
    memcpy(bytes + 18, packet->target_mac, 6);
    put32(bytes + 24, address_to_v4(&packet->target));
}

static void arp_send(struct stack *stack, const uint8_t *destination, struct arp_packet *packet,
                     uint64_t now_ns)
{
    const size_t len = ETHERNET_HEADER_BYTES + ARP_PACKET_BYTES;
    uint8_t *frame = ethernet_reserve(stack, len);

    /* Without room the packet is lost as it could be on the wire; whoever needs an answer asks
     * again. */
    if (!frame)
        return;
    memcpy(packet->sender_mac, stack->config.device.mac, 6);
    ethernet_header(stack, frame, destination, ETHERTYPE_ARP);
    arp_write(frame + ETHERNET_HEADER_BYTES, packet);
    stack->counters.arp_out++;
    ethernet_commit(stack, NULL, frame, len, now_ns);
}

void arp_ask(struct stack *stack, const struct address *target, const uint8_t *mac, uint64_t now_ns)
{
    struct arp_packet packet = {
        .operation = ARP_REQUEST, .sender = stack->ip->own, .target = *target};
    char asked[ADDRESS_TEXT_BYTES], asker[ADDRESS_TEXT_BYTES];

    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "arp", "who-has %s tell %s",
                  address_format(target, asked), address_format(&packet.sender, asker));
    arp_send(stack, mac ? mac : ETHERNET_BROADCAST, &packet, now_ns);
}

void arp_probe(struct stack *stack, const struct address *address, uint64_t now_ns)
{
    struct arp_packet packet = {
        .operation = ARP_REQUEST, .sender = address_v4(0), .target = *address};
    char text[ADDRESS_TEXT_BYTES];

    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "arp",
                  "who-has %s: probe, does anybody use it?", address_format(address, text));
    arp_send(stack, ETHERNET_BROADCAST, &packet, now_ns);
}

void arp_announce(struct stack *stack, const struct address *address, uint64_t now_ns)
{
    struct arp_packet packet = {.operation = ARP_REQUEST, .sender = *address, .target = *address};
    char text[ADDRESS_TEXT_BYTES], mac[MAC_TEXT_BYTES];

    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "arp", "announce: %s is-at %s",
                  address_format(address, text), mac_format(stack->config.device.mac, mac));
    arp_send(stack, ETHERNET_BROADCAST, &packet, now_ns);
}

static void reply(struct stack *stack, const struct arp_packet *request, uint64_t now_ns)
{
    struct arp_packet packet = {
        .operation = ARP_REPLY, .sender = request->target, .target = request->sender};
    char asked[ADDRESS_TEXT_BYTES], asker[ADDRESS_TEXT_BYTES], mac[MAC_TEXT_BYTES];

    memcpy(packet.target_mac, request->sender_mac, 6);
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "arp", "%s asked: %s is-at %s",
                  address_format(&request->sender, asker), address_format(&request->target, asked),
                  mac_format(stack->config.device.mac, mac));
    arp_send(stack, request->sender_mac, &packet, now_ns);
}

/* RFC 826: an entry that exists is renewed by every packet of its station; a new one is made if we
 * are asked. Nobody is a neighbour at our own address, also where the link was down and no conflict was seen. */
static void learn(struct stack *stack, const struct arp_packet *packet, bool for_us,
                  uint64_t now_ns)
{
    if (stack->ip->configured && !address_is_unspecified(&packet->sender) &&
        !address_equal(&packet->sender, &stack->ip->own) &&
        address_in_prefix(&packet->sender, &stack->ip->own, stack->ip->prefix_len))
        neighbor_learn(stack, &packet->sender, packet->sender_mac, for_us, now_ns);
}

void arp_input(struct stack *stack, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct arp_packet packet;
    bool for_us;

    stack->counters.arp_in++;
    if (arp_parse(bytes, len, &packet) < 0) {
        stack->counters.arp_in_bad++;
        return;
    }
    /* Our own packet, come back through a loop in the network, is no conflict. */
    if (memcmp(packet.sender_mac, stack->config.device.mac, 6) == 0)
        return;
    if (configure_arp(stack, &packet, now_ns))
        return;
    for_us = stack->ip->configured && address_equal(&packet.target, &stack->ip->own);
    learn(stack, &packet, for_us, now_ns);
    if (for_us && packet.operation == ARP_REQUEST)
        reply(stack, &packet, now_ns);
}
