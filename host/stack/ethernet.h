/* Ethernet II frames: the one place where frames enter and leave the stack. RFC 894.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_ETHERNET_H
#define HOST_STACK_ETHERNET_H

#include "host/stack/stack.h"

enum {
    ETHERNET_HEADER_BYTES = 14,
    ETHERTYPE_MIN = 0x0600, /* smaller values are lengths of 802.3 frames */
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_IPV6 = 0x86dd,
    MAC_TEXT_BYTES = 18,
};

extern const uint8_t ETHERNET_BROADCAST[6];

/* Writes destination, our own address and type in front of a packet: 14 bytes. */
void ethernet_header(const struct stack *stack, uint8_t *frame, const uint8_t *destination,
                     uint16_t type);
/* RFC 2464, 7: the MAC address of an IPv6 group. */
void ethernet_group_v6(const struct address *group, uint8_t mac[6]);
/* Place in the device for a frame of len bytes with its header, or NULL if there is no room now. */
uint8_t *ethernet_reserve(struct stack *stack, size_t len);
/* Sends the reserved frame; vnet may be NULL. Returns its ticket (struct device, commit). */
uint64_t ethernet_commit(struct stack *stack, const struct vnet_header *vnet, const uint8_t *frame,
                         size_t len, uint64_t now_ns);
void ethernet_input(struct stack *stack, const struct vnet_header *vnet, const uint8_t *frame,
                    size_t len, uint64_t now_ns);

/* "52:55:0a:00:02:02"; returns text, which has MAC_TEXT_BYTES. */
const char *mac_format(const uint8_t mac[6], char *text);

#endif
