/* What the wire brought of each datagram, and of answers that nobody has the port. See datagram.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/world/datagram.h"
#include "tests/world/packet.h"
#include "tests/world/router6.h"
#include "tests/world/world.h"

enum { UDP = 8, ICMP = 8 };
enum { PORT_UNREACHABLE = 3 << 8 | 3, PORT_UNREACHABLE6 = 1 << 8 | 4, TOO_BIG6 = 2 << 8 };

/* The flow from host that a UDP header belongs to, or NULL. */
static struct flow *flow_of(const struct host *host, const uint8_t *udp)
{
    unsigned number = segment_word(udp, 2) - DATAGRAM_FROM_PORT;

    if (number >= (unsigned)host->world->scenario.flows ||
        segment_word(udp + 2, 2) != DATAGRAM_TO_PORT + number ||
        host->world->flows[number].plan->from != host->index)
        return NULL;
    return &host->world->flows[number];
}

/* The number that a datagram begins with, behind its header. */
static unsigned number_of(const struct packet *packet)
{
    return packet->offset || packet->bytes < UDP + DATAGRAM_LEAST
               ? FLOW_DATAGRAMS
               : segment_word(packet->data + UDP + 2, 2);
}

void flows_sent(struct host *host, const uint8_t *frame, size_t len)
{
    struct datagram *datagram;
    struct packet packet;
    struct flow *flow;
    unsigned number;

    if (!host->world->scenario.flows || !packet_read_frame(frame, len, &packet) ||
        packet.protocol != PACKET_UDP)
        return;
    number = number_of(&packet);
    flow = number < FLOW_DATAGRAMS ? flow_of(host, packet.data) : NULL;
    if (!flow || number >= flow->sent)
        return;
    datagram = &flow->datagrams[number];
    datagram->ip_id = packet.id;
    datagram->numbered = !packet.v6 || packet.fragment;
    datagram->out = true;
    memcpy(datagram->source, packet.source, 16);
    host->world->tally.datagrams6 += packet.v6;
    host->world->tally.fragmented6 += packet.v6 && packet.fragment;
}

static bool is_of(const struct datagram *datagram, const struct packet *packet, unsigned number)
{
    bool numbered = !packet->v6 || packet->fragment;

    return datagram->out && datagram->numbered == numbered &&
           !memcmp(datagram->source, packet->source, 16) &&
           (numbered ? datagram->ip_id == packet->id : number == number_of(packet));
}

/* Those that have the same number in IP count it, all of them. */
static void count_datagram(struct flow *flow, const struct packet *packet)
{
    uint32_t first = packet->offset / 8, last = (packet->offset + packet->bytes + 7) / 8;

    for (unsigned i = 0; i < flow->sent; i++) {
        struct datagram *datagram = &flow->datagrams[i];

        if (!is_of(datagram, packet, i))
            continue;
        for (uint32_t unit = first; unit < last && unit < DATAGRAM_UNITS; unit++)
            datagram->arrived[unit] += datagram->arrived[unit] < UINT8_MAX;
    }
}

unsigned datagram_arrivals(const struct datagram *datagram)
{
    unsigned least = UINT8_MAX;

    for (uint32_t unit = 0; unit < (UDP + datagram->bytes + 7) / 8; unit++)
        if (datagram->arrived[unit] < least)
            least = datagram->arrived[unit];
    return least;
}

static bool is_address_of(const uint8_t address[16], bool v6, int host)
{
    return v6 ? router6_host(address) == host : segment_word(address + 12, 4) == host_address(host);
}

/* The flow from host whose datagram an ICMP message quotes, or NULL, and the port to which that went by what is quoted. */
static struct flow *quoted_flow(struct host *host, const struct packet *packet, bool whole,
                                uint16_t *port)
{
    struct packet quoted;
    unsigned number;

    if (packet->offset || packet->bytes < ICMP || (!whole && !packet->more) ||
        !packet_read(packet->data + ICMP, packet->bytes - ICMP, true, &quoted) ||
        quoted.bytes < UDP || quoted.protocol != PACKET_UDP || quoted.offset ||
        quoted.v6 != packet->v6 || !is_address_of(quoted.source, quoted.v6, host->index))
        return NULL;
    number = segment_word(quoted.data, 2) - DATAGRAM_FROM_PORT;
    *port = (uint16_t)segment_word(quoted.data + 2, 2);
    if (number >= (unsigned)host->world->scenario.flows ||
        host->world->flows[number].plan->from != host->index ||
        !is_address_of(quoted.destination, quoted.v6, host->world->flows[number].plan->to))
        return NULL;
    return &host->world->flows[number];
}

static bool is_sound(const struct packet *packet)
{
    uint32_t pseudo = packet->v6 ? segment_pseudo6(packet->ip, PACKET_ICMPV6, packet->bytes) : 0;

    return !packet->fragment && !segment_sum(packet->data, packet->bytes, pseudo);
}

static void count_icmp(struct host *host, const struct packet *packet, uint64_t now_ns)
{
    bool whole = is_sound(packet);
    uint16_t port = 0;
    struct flow *flow = quoted_flow(host, packet, whole, &port);
    struct datagram_refusals *refusals = flow ? &flow->refusals : NULL;
    uint32_t kind;

    if (!flow)
        return;
    kind = segment_word(packet->data, 2);
    refusals->too_big += packet->v6 && kind == TOO_BIG6;
    if (port != DATAGRAM_TO_PORT + flow->number) {
        if (refusals->misquotes < DATAGRAM_MISQUOTES)
            refusals->misquoted[refusals->misquotes++] = port;
    } else if (kind == (packet->v6 ? PORT_UNREACHABLE6 : PORT_UNREACHABLE)) {
        refusals->whole += whole;
        refusals->most++;
        refusals->arrived_ns = now_ns;
    }
}

void flows_arrived(struct host *host, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    struct packet packet;

    if (!host->world->scenario.flows || !packet_read_frame(frame, len, &packet))
        return;
    if (packet.protocol == (packet.v6 ? PACKET_ICMPV6 : PACKET_ICMP))
        count_icmp(host, &packet, now_ns);
    for (int i = 0; i < host->world->scenario.flows && packet.protocol == PACKET_UDP; i++)
        if (host->world->flows[i].plan->to == host->index)
            count_datagram(&host->world->flows[i], &packet);
}
