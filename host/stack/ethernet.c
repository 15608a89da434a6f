/* Ethernet II frames: the one place where frames enter and leave the stack.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "host/stack/arp.h"
#include "host/stack/bytes.h"
#include "host/stack/dissect.h"
#include "host/stack/ethernet.h"
#include "host/stack/ip_input.h"
#include "host/stack/stack_internal.h"

const uint8_t ETHERNET_BROADCAST[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

void ethernet_header(const struct stack *stack, uint8_t *frame, const uint8_t *destination,
                     uint16_t type)
{
    memcpy(frame, destination, 6);
    memcpy(frame + 6, stack->config.device.mac, 6);
    put16(frame + 12, type);
}

uint8_t *ethernet_reserve(struct stack *stack, size_t len)
{
    return stack->config.device.reserve(stack->config.device.user, len);
}

uint64_t ethernet_commit(struct stack *stack, const struct vnet_header *vnet, const uint8_t *frame,
                         size_t len, uint64_t now_ns)
{
    static const struct vnet_header plain;

    dissect_frame(stack->config.journal, now_ns, "out", frame, len);
    return stack->config.device.commit(stack->config.device.user, vnet ? vnet : &plain, len);
}

/* A group address, or our own: the board's filter may be wider than we want (promiscuous). */
static bool is_for_us(const struct stack *stack, const uint8_t *destination)
{
    return (destination[0] & 1) || memcmp(destination, stack->config.device.mac, 6) == 0;
}

void ethernet_group_v6(const struct address *group, uint8_t mac[6])
{
    memcpy(mac, (uint8_t[]){0x33, 0x33}, 2);
    memcpy(mac + 2, group->bytes + 12, 4);
}

static struct ip_packet packet_in(const struct stack *stack, const struct vnet_header *vnet,
                                  const uint8_t *frame, size_t len)
{
    return (struct ip_packet){
        .bytes = frame + ETHERNET_HEADER_BYTES,
        .len = len - ETHERNET_HEADER_BYTES,
        .sender_mac = frame + 6,
        .link_broadcast = frame[0] & 1,
        .checksum_verified = (stack->config.device.features & DEVICE_CSUM_RECEIVE) &&
                             (vnet->flags & VNET_DATA_VALID),
    };
}

void ethernet_input(struct stack *stack, const struct vnet_header *vnet, const uint8_t *frame,
                    size_t len, uint64_t now_ns)
{
    struct ip_packet packet;
    uint16_t type;

    stack_parts_stirred(stack);
    dissect_frame(stack->config.journal, now_ns, "in", frame, len);
    if (len < ETHERNET_HEADER_BYTES) {
        stack->counters.eth_in_short++;
        return;
    }
    if (!is_for_us(stack, frame))
        return;
    type = get16(frame + 12);
    packet = packet_in(stack, vnet, frame, len);
    if (type < ETHERTYPE_MIN)
        stack->counters.eth_in_802_3++;
    else if (type == ETHERTYPE_IPV4)
        ipv4_input(stack, &packet, now_ns);
    else if (type == ETHERTYPE_IPV6 && stack->config.ipv6)
        ipv6_input(stack, &packet, now_ns);
    else if (type == ETHERTYPE_ARP)
        arp_input(stack, frame + ETHERNET_HEADER_BYTES, len - ETHERNET_HEADER_BYTES, now_ns);
    else
        stack->counters.eth_in_unknown++;
}

const char *mac_format(const uint8_t mac[6], char *text)
{
    snprintf(text, MAC_TEXT_BYTES, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
             mac[4], mac[5]);
    return text;
}
