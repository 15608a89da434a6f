/* What the wire brought of each datagram, and of answers that nobody has the port. See datagram.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/world/datagram.h"
#include "tests/world/world.h"

enum { ETHERNET = 14, IPV4 = 20, UDP = 8, ICMP = 8, PROTOCOL_ICMP = 1, PROTOCOL_UDP = 17 };
enum { OFFSET_MASK = 0x1fff, MORE_FRAGMENTS = 0x2000 };
enum { PORT_UNREACHABLE = 3 << 8 | 3 }; /* type and code */

/* An IPv4 packet with a sound header. */
struct packet {
    uint32_t source, destination, bytes, offset; /* of its data, and where this lies in the whole */
    uint16_t id;
    uint8_t protocol;
    bool more;
    const uint8_t *data;
};

static bool read_packet(const uint8_t *ip, size_t len, struct packet *out)
{
    uint32_t length, field;

    if (len < IPV4 || ip[0] != 0x45 || segment_sum(ip, IPV4, 0))
        return false;
    length = segment_word(ip + 2, 2);
    field = segment_word(ip + 6, 2);
    *out = (struct packet){.source = segment_word(ip + 12, 4),
                           .destination = segment_word(ip + 16, 4),
                           .bytes = length - IPV4,
                           .offset = (field & OFFSET_MASK) * 8,
                           .id = (uint16_t)segment_word(ip + 4, 2),
                           .protocol = ip[9],
                           .more = field & MORE_FRAGMENTS,
                           .data = ip + IPV4};
    return length >= IPV4 && length <= len;
}

static bool read_frame(const uint8_t *frame, size_t len, struct packet *out)
{
    return len >= ETHERNET && segment_word(frame + 12, 2) == 0x0800 &&
           read_packet(frame + ETHERNET, len - ETHERNET, out);
}

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

void flows_sent(struct host *host, const uint8_t *frame, size_t len)
{
    struct packet packet;
    struct flow *flow;
    unsigned number;

    if (!host->world->scenario.flows || !read_frame(frame, len, &packet) ||
        packet.protocol != PROTOCOL_UDP || packet.offset || packet.bytes < UDP + DATAGRAM_LEAST)
        return;
    flow = flow_of(host, packet.data);
    number = segment_word(packet.data + UDP + 2, 2);
    if (!flow || number >= flow->sent)
        return;
    flow->datagrams[number].ip_id = packet.id;
    flow->datagrams[number].out = true;
}

/* Those that have the same number in IP count it, all of them. */
static void count_datagram(struct flow *flow, const struct packet *packet)
{
    uint32_t first = packet->offset / 8, last = (packet->offset + packet->bytes + 7) / 8;

    for (unsigned i = 0; i < flow->sent; i++) {
        struct datagram *datagram = &flow->datagrams[i];

        if (!datagram->out || datagram->ip_id != packet->id)
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

/* The flow from host whose datagram an ICMP message quotes, or NULL, and the port to which that went by what is quoted. */
static struct flow *quoted_flow(struct host *host, const struct packet *packet, bool whole,
                                uint16_t *port)
{
    struct packet quoted;
    unsigned number;

    if (packet->offset || packet->bytes < ICMP + IPV4 + UDP || (!whole && !packet->more) ||
        !read_packet(packet->data + ICMP, SIZE_MAX, &quoted) || quoted.protocol != PROTOCOL_UDP ||
        quoted.source != host_address(host->index) || quoted.offset)
        return NULL;
    number = segment_word(quoted.data, 2) - DATAGRAM_FROM_PORT;
    *port = (uint16_t)segment_word(quoted.data + 2, 2);
    if (number >= (unsigned)host->world->scenario.flows ||
        host->world->flows[number].plan->from != host->index ||
        quoted.destination != host_address(host->world->flows[number].plan->to))
        return NULL;
    return &host->world->flows[number];
}

static void count_icmp(struct host *host, const struct packet *packet, uint64_t now_ns)
{
    bool whole = !packet->more && !segment_sum(packet->data, packet->bytes, 0);
    uint16_t port = 0;
    struct flow *flow = quoted_flow(host, packet, whole, &port);
    struct datagram_refusals *refusals = flow ? &flow->refusals : NULL;

    if (!flow)
        return;
    if (port != DATAGRAM_TO_PORT + flow->number) {
        if (refusals->misquotes < DATAGRAM_MISQUOTES)
            refusals->misquoted[refusals->misquotes++] = port;
    } else if (segment_word(packet->data, 2) == PORT_UNREACHABLE) {
        refusals->whole += whole;
        refusals->most++;
        refusals->arrived_ns = now_ns;
    }
}

void flows_arrived(struct host *host, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    struct packet packet;

    if (!host->world->scenario.flows || !read_frame(frame, len, &packet))
        return;
    if (packet.protocol == PROTOCOL_ICMP)
        count_icmp(host, &packet, now_ns);
    for (int i = 0; i < host->world->scenario.flows && packet.protocol == PROTOCOL_UDP; i++) {
        struct flow *flow = &host->world->flows[i];

        if (flow->plan->to == host->index && packet.source == host_address(flow->plan->from))
            count_datagram(flow, &packet);
    }
}
