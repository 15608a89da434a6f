/* Faults of datagrams, and of answers that nobody has their port. See fault.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/fault_internal.h"

enum { ETHERNET = 14, IPV4 = 20, ICMP = 8, UDP = 8, PROTOCOL_ICMP = 1, PROTOCOL_UDP = 17 };
enum { PORT_UNREACHABLE = 3 << 8 | 3, DATA_AT = ETHERNET + IPV4 + UDP, FRAGMENT_BITS = 0x3fff };

/* Of a packet of that protocol that is no fragment, with at least so many bytes of data; or NULL. */
static uint8_t *data_of(const struct passing *passing, int protocol, uint32_t least)
{
    uint8_t *ip = passing->frame + ETHERNET;

    if (passing->length < DATA_AT || segment_word(passing->frame + 12, 2) != 0x0800 ||
        ip[0] != 0x45 || ip[9] != protocol || (segment_word(ip + 6, 2) & FRAGMENT_BITS) ||
        segment_word(ip + 2, 2) < IPV4 + least)
        return NULL;
    return ip + IPV4;
}

static bool change_datagram(struct passing *passing, struct chance *chance)
{
    uint8_t *udp = data_of(passing, PROTOCOL_UDP, UDP + 1);

    if (udp && chance_of(chance, FAULT_RARELY)) {
        udp[UDP] ^= 1;
        passing->vnet->flags |= VNET_DATA_VALID;
    }
    return true;
}

/* The ICMP message that says that nobody has a port, or NULL. */
static uint8_t *refusal_of(const struct passing *passing)
{
    uint8_t *icmp = data_of(passing, PROTOCOL_ICMP, ICMP + IPV4 + UDP);

    return icmp && segment_word(icmp, 2) == PORT_UNREACHABLE ? icmp : NULL;
}

static bool lose_refusal(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return !refusal_of(passing);
}

/* To the socket of the flow behind it. */
static bool lead_refusal_astray(struct passing *passing, struct chance *chance)
{
    uint8_t *icmp = refusal_of(passing), *port;
    uint32_t bytes = segment_word(passing->frame + ETHERNET + 2, 2) - IPV4;
    unsigned flows = (unsigned)passing->host->world->scenario.flows;

    (void)chance;
    if (!icmp || !flows || segment_sum(icmp, bytes, 0))
        return true;
    port = icmp + ICMP + IPV4; /* that the datagram came from */
    segment_store(port, 2,
                  DATAGRAM_FROM_PORT + (segment_word(port, 2) - DATAGRAM_FROM_PORT + 1) % flows);
    segment_store(icmp + 2, 2, 0);
    segment_store(icmp + 2, 2, segment_sum(icmp, bytes, 0));
    return true;
}

const struct fault faults_datagram[] = {
    {"datagram-changed", "a datagram's byte is not what was sent", .packet_in = change_datagram},
    {"datagram-twice", "a datagram is received twice that came once", .twice = true},
    {"refusal-lost", "a program is not told that nobody has the port", .packet_in = lose_refusal},
    {"refusal-astray", "a program is told that nobody has the port, but another one asked",
     .packet_in = lead_refusal_astray},
    {.name = NULL},
};
