/* Faults of datagrams, and of answers that nobody has their port. See fault.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/fault_internal.h"
#include "tests/world/packet.h"

enum { ETHERNET = 14, ICMP = 8, UDP = 8 };
enum { PORT_UNREACHABLE = 3 << 8 | 3, PORT_UNREACHABLE6 = 1 << 8 | 4 };

/* The data of a packet of UDP, or ICMP, that is no fragment, with at least so many bytes; or NULL. In worlds with IPv6 only its
 * packets count. */
static uint8_t *data_of(const struct passing *passing, bool udp, uint32_t least,
                        struct packet *packet)
{
    if (!packet_read_frame(passing->frame, passing->length, packet) ||
        packet->v6 != passing->host->world->ipv6 ||
        packet->protocol != (udp          ? PACKET_UDP
                             : packet->v6 ? PACKET_ICMPV6
                                          : PACKET_ICMP) ||
        packet->fragment || packet->bytes < least)
        return NULL;
    return passing->frame + (packet->data - passing->frame);
}

static bool change_datagram(struct passing *passing, struct chance *chance)
{
    struct packet packet;
    uint8_t *udp = data_of(passing, true, UDP + 1, &packet);

    if (udp && chance_of(chance, FAULT_RARELY)) {
        udp[UDP] ^= 1;
        passing->vnet->flags |= VNET_DATA_VALID;
    }
    return true;
}

/* The ICMP message that says that nobody has a port, or NULL. */
static uint8_t *refusal_of(const struct passing *passing, struct packet *packet)
{
    uint8_t *icmp = data_of(passing, false, ICMP, packet);

    return icmp && segment_word(icmp, 2) == (packet->v6 ? PORT_UNREACHABLE6 : PORT_UNREACHABLE)
               ? icmp
               : NULL;
}

static bool lose_refusal(struct passing *passing, struct chance *chance)
{
    struct packet packet;

    (void)chance;
    return !refusal_of(passing, &packet);
}

/* To the socket of the flow behind it. */
static bool lead_refusal_astray(struct passing *passing, struct chance *chance)
{
    struct packet packet, quoted;
    uint8_t *icmp = refusal_of(passing, &packet), *port;
    unsigned flows = (unsigned)passing->host->world->scenario.flows;
    uint32_t pseudo;

    (void)chance;
    if (!icmp || !flows)
        return true;
    pseudo = packet.v6 ? segment_pseudo6(packet.ip, PACKET_ICMPV6, packet.bytes) : 0;
    if (segment_sum(icmp, packet.bytes, pseudo) ||
        !packet_read(icmp + ICMP, packet.bytes - ICMP, true, &quoted) || quoted.bytes < UDP)
        return true;
    port = icmp + (quoted.data - icmp); /* that the datagram came from */
    segment_store(port, 2,
                  DATAGRAM_FROM_PORT + (segment_word(port, 2) - DATAGRAM_FROM_PORT + 1) % flows);
    segment_store(icmp + 2, 2, 0);
    segment_store(icmp + 2, 2, segment_sum(icmp, packet.bytes, pseudo));
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
