/* A conversation's numbers. See flow.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/flow.h"

#include "tests/conformance/frame.h"
#include "tests/conformance/message.h"

enum { FIRST_PEER_PORT = 40000 };

uint8_t flow_byte(bool from_stack, uint32_t index)
{
    return (uint8_t)(index * 31 + (index >> 8) * 7 + (from_stack ? 1 : 101));
}

struct flow *flow_add(struct flows *flows, uint16_t local_port, uint16_t remote_port)
{
    struct flow *flow = script_allocate(flows->script, sizeof *flow);
    *flow = (struct flow){local_port, remote_port, .next = flows->all};
    flows->all = flows->current = flow;
    return flow;
}

struct flow *flow_of(struct flows *flows, const struct packet *packet)
{
    uint16_t remote = packet->out ? packet->destination_port : packet->source_port;
    uint16_t local = packet->out ? packet->source_port : packet->destination_port;
    if (!remote) {
        if (!flows->current)
            flow_add(flows, flows->script->settings.bind_port, FIRST_PEER_PORT);
        return flows->current;
    }
    for (struct flow *flow = flows->all; flow; flow = flow->next)
        if (flow->remote_port == remote && (!flow->local_port || flow->local_port == local)) {
            flow->local_port = local;
            return flow;
        }
    return flow_add(flows, local, remote);
}

/* What the peer says, from sequence number seq on. */
static const uint8_t *peer_data(struct flows *flows, const struct flow *flow,
                                const struct packet *packet)
{
    uint8_t *data = script_allocate(flows->script, packet->length + 1);
    uint32_t first = packet->protocol == PROTOCOL_IS_TCP
                         ? packet->seq + !!(packet->flags & FLAG_SYN) - flow->irs - 1
                         : 0;
    for (uint32_t i = 0; i < packet->length; i++)
        data[i] = flow_byte(false, first + i);
    return data;
}

/* The peer returns the last timestamp of that number; one that the stack never sent, as it is. */
static void echo_to_wire(const struct flow *flow, uint32_t *echo)
{
    for (const struct stamp *stamp = flow->stamps; stamp; stamp = stamp->next)
        if (stamp->script == *echo) {
            *echo = stamp->wire;
            return;
        }
}

static void options_to_wire(const struct flow *flow, struct packet *out)
{
    for (size_t i = 0; i < out->option_count; i++) {
        struct option *option = &out->options[i];
        if (option->kind == OPT_TS)
            echo_to_wire(flow, &option->values[1]);
        for (int k = 0; option->kind == OPT_SACK && k < option->count; k++)
            option->values[k] += flow->shift;
    }
}

static struct ip address_of(struct script *script, const struct place *place,
                            const struct ip *usual)
{
    struct ip address = *usual;
    if (place->kind != PLACE_DEFAULT && !place_find(script, place, &address))
        script_fail(script, NULL, "%s: no packet before says which address '%s' is", script->path,
                    place->name);
    return address;
}

static void ends_to_wire(struct script *script, const struct packet *packet, struct packet *out)
{
    const struct settings *settings = &script->settings;
    out->source_ip = address_of(script, &packet->from, &settings->remote_ip);
    out->destination_ip = address_of(script, &packet->to, &settings->local_ip);
    out->quoted_from.address = address_of(script, &packet->quoted_from, &settings->local_ip);
    out->quoted_to.address = address_of(script, &packet->quoted_to, &settings->remote_ip);
}

void flow_to_wire(struct flows *flows, struct flow *flow, const struct packet *packet,
                  struct packet *out)
{
    *out = *packet;
    ends_to_wire(flows->script, packet, out);
    out->source_port = flow->remote_port;
    out->destination_port = flow->local_port;
    if (packet->message)
        out->data = message_to_wire(flows->script, packet->message);
    if (packet->protocol == PROTOCOL_IS_ICMP || packet->protocol == PROTOCOL_IS_ICMPV6) {
        out->seq += flow->shift;
        return;
    }
    if (packet->protocol == PROTOCOL_IS_TCP && packet->flags & FLAG_SYN) {
        flow->irs = packet->seq;
        flow->began |= !(packet->flags & FLAG_ACK);
    }
    out->data = peer_data(flows, flow, packet);
    if (packet->flags & FLAG_ACK)
        out->ack += flow->shift;
    options_to_wire(flow, out);
}

static const char *stamp_learn(struct flows *flows, struct flow *flow,
                               const struct option *expected, const struct packet *wire)
{
    const struct option *came = packet_option(wire, OPT_TS);
    uint64_t tick_ns = flows->script->settings.ts_tick_ns;
    const struct stamp *last = flow->stamps;
    if (!expected || !came)
        return NULL;
    if (last && tick_ns) {
        uint32_t due = (uint32_t)((wire->sent_ns - last->at_ns + tick_ns / 2) / tick_ns);
        if (expected->values[0] - last->script != due || came->values[0] - last->wire != due)
            return "timestamp, which does not move as the time does";
    }
    struct stamp *stamp = script_allocate(flows->script, sizeof *stamp);
    *stamp = (struct stamp){expected->values[0], came->values[0], wire->sent_ns, flow->stamps};
    flow->stamps = stamp;
    return NULL;
}

static void isn_learn(struct flow *flow, const struct packet *expected, const struct packet *wire)
{
    if (!(expected->flags & wire->flags & FLAG_SYN) || (flow->known && !flow->began))
        return;
    flow->shift = wire->seq - expected->seq;
    flow->iss = expected->seq;
    flow->known = true;
    flow->began = false;
}

static bool data_differs(const struct flow *flow, const struct packet *packet)
{
    uint32_t first = packet->protocol == PROTOCOL_IS_TCP ? packet->seq - flow->iss - 1 : 0;
    for (uint32_t i = 0; i < packet->length; i++)
        if (packet->data[i] != flow_byte(true, first + i))
            return true;
    return false;
}

static bool ends_meet(struct script *script, const struct packet *expected,
                      const struct packet *wire)
{
    const struct settings *settings = &script->settings;
    bool source = expected->from.kind == PLACE_DEFAULT
                      ? ip_equal(&wire->source_ip, &settings->local_ip)
                      : place_meets(script, &expected->from, &wire->source_ip);
    return source && (expected->to.kind == PLACE_DEFAULT
                          ? ip_equal(&wire->destination_ip, &settings->remote_ip)
                          : place_meets(script, &expected->to, &wire->destination_ip));
}

/* The number that the script gave the stack's fragments, which is the same for all of a packet and no other's: else NULL. */
static struct fragment_id *id_meets(struct flows *flows, uint32_t script_id, uint32_t wire_id)
{
    struct fragment_id *at = flows->ids;
    while (at && at->script != script_id && at->wire != wire_id)
        at = at->next;
    if (at)
        return at->script == script_id && at->wire == wire_id ? at : NULL;
    at = script_allocate(flows->script, sizeof *at);
    *at = (struct fragment_id){script_id, wire_id, .next = flows->ids};
    return flows->ids = at;
}

/* The whole packet behind its IPv6 header, and its fragment header, has so many bytes. */
static size_t whole_length(const struct packet *expected)
{
    return expected->message ? expected->message->length : UDP_HEADER + expected->length;
}

/* What stands in front of a datagram's data; the checksum is summed up with the other pieces. */
static const char *udp_head_meets(struct flow *flow, const struct packet *expected,
                                  const uint8_t *head)
{
    uint16_t source = (uint16_t)number_get(head, 2);
    if (!flow->local_port)
        flow->local_port = source;
    if (source != flow->local_port || number_get(head + 2, 2) != flow->remote_port)
        return "port";
    if (number_get(head + 4, 2) != whole_length(expected))
        return "length in its header";
    return number_get(head + 6, 2) ? NULL : "checksum: it has none";
}

/* Of the first fragment, which is long enough for it. */
static const char *head_meets(struct flow *flow, const struct packet *expected,
                              const struct packet *wire)
{
    enum { SUM_AT = 2 };
    if (wire->protocol == PROTOCOL_IS_UDP)
        return udp_head_meets(flow, expected, wire->data);
    if (!expected->message)
        return "protocol";
    for (size_t at = 0; at < ICMP_HEADER; at++)
        if (at / 2 != SUM_AT / 2 && wire->data[at] != expected->message->bytes[at])
            return at < SUM_AT ? "type or code" : "identifier or number";
    return NULL;
}

/* At the last fragment, behind all others: the stack sends them in their order. */
static const char *whole_meets(const struct fragment_id *id, const struct packet *expected,
                               const struct packet *wire)
{
    uint32_t length = wire->headers->to;
    uint64_t pseudo =
        ipv6_pseudo_sum(&wire->source_ip, &wire->destination_ip, wire->protocol, length);
    if (length != whole_length(expected))
        return "length";
    return internet_sum(id->sum + pseudo, NULL, 0) ? "checksum over all its fragments" : NULL;
}

/* Datagrams of programs have their own data, answers to echo requests the peer's. */
static const char *fragment_meets(struct flows *flows, struct flow *flow,
                                  const struct packet *expected, const struct packet *wire)
{
    enum { BEFORE_DATA = 8 };
    const struct header *wished = expected->headers, *came = wire->headers;
    const char *fault = NULL;
    if (!wished)
        return "header: it is a fragment";
    struct fragment_id *id = id_meets(flows, wished->id, came->id);
    if (!id)
        return "identification";
    if (came->from < BEFORE_DATA)
        fault = came->to < BEFORE_DATA ? "length" : head_meets(flow, expected, wire);
    for (uint32_t at = came->from; !fault && at < came->to; at++)
        if (at >= BEFORE_DATA && wire->data[at - came->from] !=
                                     flow_byte(wire->protocol == PROTOCOL_IS_UDP, at - BEFORE_DATA))
            fault = "data";
    id->sum += (uint16_t)~internet_sum(0, wire->data, wire->length);
    return fault || came->more ? fault : whole_meets(id, expected, wire);
}

const char *flow_from_wire(struct flows *flows, struct flow *flow, const struct packet *expected,
                           const struct packet *wire, struct packet *out)
{
    *out = *wire;
    if (expected->message && wire->protocol == PROTOCOL_IS_ICMPV6 && !wire->headers) {
        const char *difference =
            message_difference(flows->script, expected->message, wire->data, wire->length);
        if (difference)
            return difference;
    }
    if (!ends_meet(flows->script, expected, wire))
        return "address";
    if (wire->headers)
        return fragment_meets(flows, flow, expected, wire);
    if (wire->protocol == PROTOCOL_IS_ICMP || wire->protocol == PROTOCOL_IS_ICMPV6)
        return NULL;
    if (!flow->local_port)
        flow->local_port = wire->source_port;
    isn_learn(flow, expected, wire);
    out->seq -= flow->shift;
    if (!expected->source_port)
        out->source_port = out->destination_port = 0;
    if (expected->ecn == ECN_ANY)
        out->ecn = ECN_ANY;
    struct option *stamp = (struct option *)packet_option(out, OPT_TS);
    const struct option *wished = packet_option(expected, OPT_TS);
    if (stamp && wished)
        stamp->values[0] = wished->values[0];
    if (wire->source_port != flow->local_port || wire->destination_port != flow->remote_port)
        return "port";
    if (data_differs(flow, out))
        return "data: not what was written at this sequence number";
    return stamp_learn(flows, flow, wished, wire);
}
