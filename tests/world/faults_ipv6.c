/* Faults that only worlds with IPv6 meet. See fault.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/fault_internal.h"

enum { ETHERNET = 14, IPV6 = 40, ICMP = 58, HOP_LIMIT = 255, TOO_BIG = 2 };

static bool is_icmp(const struct passing *passing)
{
    return passing->length >= ETHERNET + IPV6 + 8 &&
           segment_word(passing->frame + 12, 2) == 0x86dd && passing->frame[ETHERNET + 6] == ICMP;
}

/* RFC 4861, 6.1.2 and 7.1 forgotten: the hop limit that no router has counted down. */
static bool believe_far_ones(struct passing *passing, struct chance *chance)
{
    (void)chance;
    if (is_icmp(passing))
        passing->frame[ETHERNET + 7] = HOP_LIMIT;
    return true;
}

static bool ignore_too_big(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return !is_icmp(passing) || passing->frame[ETHERNET + IPV6] != TOO_BIG;
}

static bool change_byte(struct passing *passing, struct chance *chance)
{
    if (passing->watch->v6 && passing->bytes && chance_of(chance, FAULT_RARELY))
        passing->data[0] ^= 1;
    return true;
}

/* Its sum is left as it was, with the board's offload told that it is right. */
static bool believe_sums(struct passing *passing, struct chance *chance)
{
    (void)chance;
    if (passing->watch->v6)
        passing->vnet->flags |= VNET_DATA_VALID;
    return true;
}

const struct fault faults_ipv6[] = {
    {"far-believed", "neighbour discovery from beyond the link is believed",
     .packet_in = believe_far_ones, .ipv6 = true},
    {"too-big-lost", "a router that says that a packet is too big is not heard",
     .packet_in = ignore_too_big, .ipv6 = true},
    {"byte-changed-6", "a byte changes", .out = change_byte, .ipv6 = true},
    {"sums-not-checked-6", "checksums are not checked", .in = believe_sums, .ipv6 = true},
    {.name = NULL},
};
