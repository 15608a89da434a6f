/* Neighbour discovery: solicitations and advertisements, in and out. See ndp.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/ndp.h"

#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/ethernet.h"
#include "host/stack/icmp.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_internal.h"
#include "host/stack/neighbor.h"
#include "host/stack/stack_internal.h"

enum {
    HEADERS = ETHERNET_HEADER_BYTES + IPV6_HEADER_BYTES,
    TARGET_AT = 8, /* in a solicitation or advertisement (4.3, 4.4) */
    NEIGHBOR_BYTES = 24,
    LINK_OPTION_BYTES = 8,
    BODY_MOST = NEIGHBOR_BYTES + LINK_OPTION_BYTES,
    FLAG_ROUTER = 0x80,
    FLAG_SOLICITED = 0x40,
    FLAG_OVERRIDE = 0x20,
};

/* A message from type on, its checksum still to be filled in. */
struct message {
    struct address source, destination;
    uint8_t body[BODY_MOST];
    size_t length;
};

static void add_link_option(const struct stack *stack, struct message *message, uint8_t type)
{
    uint8_t *at = message->body + message->length;

    at[0] = type;
    at[1] = 1;
    memcpy(at + 2, stack->config.device.mac, 6);
    message->length += LINK_OPTION_BYTES;
}

static void write_headers(const struct message *message, uint8_t *h)
{
    uint32_t sum =
        checksum_pseudo(&message->source, &message->destination, PROTOCOL_ICMPV6, message->length);

    put32(h, 6u << 28);
    put16(h + 4, (uint16_t)message->length);
    h[6] = PROTOCOL_ICMPV6;
    h[7] = NDP_HOP_LIMIT;
    memcpy(h + 8, message->source.bytes, 16);
    memcpy(h + 24, message->destination.bytes, 16);
    memcpy(h + IPV6_HEADER_BYTES, message->body, message->length);
    put16(h + IPV6_HEADER_BYTES + 2,
          checksum_fold(checksum_add(sum, h + IPV6_HEADER_BYTES, message->length)));
}

/* Without room (false) it is lost, as it could be on the wire; whoever needs an answer asks again. */
static bool send(struct stack *stack, const struct message *message, const uint8_t *mac,
                 uint64_t now_ns)
{
    uint8_t *frame = ethernet_reserve(stack, HEADERS + message->length), group[6];

    if (!frame)
        return false;
    if (!mac)
        ethernet_group_v6(&message->destination, group);
    ethernet_header(stack, frame, mac ? mac : group, ETHERTYPE_IPV6);
    write_headers(message, frame + ETHERNET_HEADER_BYTES);
    stack->counters.ndp_out++;
    ethernet_commit(stack, NULL, frame, HEADERS + message->length, now_ns);
    return true;
}

static struct message solicitation(const struct address *target)
{
    struct message message = {
        .destination = address_solicited_node(target),
        .body = {NDP_NEIGHBOR_SOLICITATION},
        .length = NEIGHBOR_BYTES,
    };

    memcpy(message.body + TARGET_AT, target->bytes, 16);
    return message;
}

void ndp_ask(struct stack *stack, const struct address *target, const uint8_t *mac, uint64_t now_ns)
{
    const struct address *source = ipv6_source(stack, target);
    struct message message = solicitation(target);
    char asked[ADDRESS_TEXT_BYTES], asker[ADDRESS_TEXT_BYTES];

    if (!source)
        return;
    message.source = *source;
    if (mac)
        message.destination = *target;
    add_link_option(stack, &message, NDP_SOURCE_LINK);
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ndp", "who has %s? tell %s",
                  address_format(target, asked), address_format(source, asker));
    send(stack, &message, mac, now_ns);
}

bool ndp_probe(struct stack *stack, const struct address *address, uint64_t now_ns)
{
    struct message message = solicitation(address);
    char text[ADDRESS_TEXT_BYTES];

    if (!send(stack, &message, NULL, now_ns))
        return false;
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ndp",
                  "who has %s? does anybody use it?", address_format(address, text));
    return true;
}

void ndp_ask_routers(struct stack *stack, uint64_t now_ns)
{
    static const struct address all_routers = {.bytes = {0xff, 2, [15] = 2}};
    const struct address *source = ipv6_source(stack, &all_routers);
    struct message message = {
        .destination = all_routers,
        .body = {NDP_ROUTER_SOLICITATION},
        .length = 8,
    };

    if (source) {
        message.source = *source;
        add_link_option(stack, &message, NDP_SOURCE_LINK);
    }
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ndp", "which routers are there?");
    send(stack, &message, NULL, now_ns);
}

/* 7.2.4. Who probes has no address to answer to: all hear it. */
static void advertise(struct stack *stack, const struct address *address, const struct ip_input *in,
                      const uint8_t *mac, uint64_t now_ns)
{
    static const struct address all_nodes = {.bytes = {0xff, 2, [15] = 1}};
    bool probe = address_is_unspecified(&in->source);
    struct message message = {
        .source = *address,
        .destination = probe ? all_nodes : in->source,
        .body = {NDP_NEIGHBOR_ADVERTISEMENT, [4] = (uint8_t)(FLAG_OVERRIDE |
                                                             (probe ? 0 : FLAG_SOLICITED))},
        .length = NEIGHBOR_BYTES,
    };
    char asked[ADDRESS_TEXT_BYTES], asker[ADDRESS_TEXT_BYTES], text[MAC_TEXT_BYTES];

    memcpy(message.body + TARGET_AT, address->bytes, 16);
    add_link_option(stack, &message, NDP_TARGET_LINK);
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ndp", "%s asked: %s is at %s",
                  probe ? "somebody" : address_format(&in->source, asker),
                  address_format(address, asked), mac_format(stack->config.device.mac, text));
    send(stack, &message, probe ? NULL : mac, now_ns);
}

/* RFC 4862, 5.4.3: somebody asks for an address that we ask for, or are about to. A frame of our own that a loop
 * brought back is no conflict. */
static void solicited_tentative(struct stack *stack, struct own_address *own,
                                const struct ip_input *in, const uint8_t *mac, uint64_t now_ns)
{
    bool loop = mac && memcmp(mac, stack->config.device.mac, 6) == 0;

    if (address_is_unspecified(&in->source) && !loop)
        dad_fails(stack, own, mac, now_ns);
}

static void solicitation_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    struct address target;
    const uint8_t *end = in->payload + in->length;
    const uint8_t *link = ndp_link_address(in->payload + NEIGHBOR_BYTES, end, NDP_SOURCE_LINK);
    struct own_address *own;

    memcpy(target.bytes, in->payload + TARGET_AT, 16);
    own = own_find(stack, &target);
    if (!own || own->told.state == ADDRESS6_DUPLICATE)
        return;
    if (own->told.state == ADDRESS6_TENTATIVE) {
        solicited_tentative(stack, own, in, in->sender_mac, now_ns);
        return;
    }
    if (!address_is_unspecified(&in->source) && link && !own_find(stack, &in->source))
        neighbor_hear(stack, &in->source, link, NEIGHBOR_HEARD_CREATE | NEIGHBOR_HEARD_OVERRIDE,
                      now_ns);
    if (address_is_unspecified(&in->source) || link || in->sender_mac)
        advertise(stack, &target, in, link ? link : in->sender_mac, now_ns);
}

/* 7.2.5 */
static void advertisement_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    struct address target;
    const uint8_t *end = in->payload + in->length;
    const uint8_t *link = ndp_link_address(in->payload + NEIGHBOR_BYTES, end, NDP_TARGET_LINK);
    uint8_t flags = in->payload[4];
    struct own_address *own;
    unsigned heard = 0;

    memcpy(target.bytes, in->payload + TARGET_AT, 16);
    own = own_find(stack, &target);
    if (own) {
        if (own->told.state == ADDRESS6_TENTATIVE)
            dad_fails(stack, own, link ? link : in->sender_mac, now_ns);
        else if (own->told.state != ADDRESS6_DUPLICATE)
            stack->counters.ndp_duplicates++;
        return;
    }
    if (flags & FLAG_SOLICITED)
        heard |= NEIGHBOR_HEARD_REACHABLE;
    if (flags & FLAG_OVERRIDE)
        heard |= NEIGHBOR_HEARD_OVERRIDE;
    if (neighbor_hear(stack, &target, link, heard, now_ns) && !(flags & FLAG_ROUTER))
        router_is_none(stack, &target);
}

static bool is_solicited_node(const struct address *group)
{
    struct address same = address_solicited_node(group);

    return address_equal(group, &same);
}

/* 6.1.1, 6.1.2, 7.1.1, 7.1.2, 8.1: what every message must be like to be looked at. */
static bool is_valid(const struct ip_input *in)
{
    bool neighbor =
        in->payload[0] == NDP_NEIGHBOR_SOLICITATION || in->payload[0] == NDP_NEIGHBOR_ADVERTISEMENT;
    size_t fixed = neighbor                                     ? NEIGHBOR_BYTES
                   : in->payload[0] == NDP_ROUTER_ADVERTISEMENT ? 16u
                   : in->payload[0] == ICMPV6_REDIRECT          ? NDP_REDIRECT_BYTES
                                                                : 8u;
    bool to_group = address_is_multicast(&in->destination);

    if (in->ttl != NDP_HOP_LIMIT || in->payload[1] != 0 || in->length < fixed ||
        !ndp_options_fit(in->payload + fixed, in->payload + in->length))
        return false;
    if (neighbor && in->payload[TARGET_AT] == 0xff)
        return false;
    if (in->payload[0] == NDP_NEIGHBOR_ADVERTISEMENT)
        return !(to_group && in->payload[4] & FLAG_SOLICITED);
    if (in->payload[0] == NDP_NEIGHBOR_SOLICITATION && address_is_unspecified(&in->source))
        return is_solicited_node(&in->destination) &&
               !ndp_link_address(in->payload + fixed, in->payload + in->length, NDP_SOURCE_LINK);
    if (in->payload[0] == NDP_ROUTER_ADVERTISEMENT || in->payload[0] == ICMPV6_REDIRECT)
        return address_is_link_local_v6(&in->source);
    return true;
}

void ndp_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    stack->counters.ndp_in++;
    if (!in->sender_mac || !is_valid(in)) {
        stack->counters.ndp_in_bad++;
        return;
    }
    switch (in->payload[0]) {
    case NDP_NEIGHBOR_SOLICITATION: solicitation_input(stack, in, now_ns); break;
    case NDP_NEIGHBOR_ADVERTISEMENT: advertisement_input(stack, in, now_ns); break;
    case NDP_ROUTER_ADVERTISEMENT: router_advertised(stack, in, now_ns); break;
    case ICMPV6_REDIRECT: stack->counters.ndp_in_bad += !redirect_input(stack, in, now_ns); break;
    default: break; /* solicitations are for routers */
    }
}
