/* IPv6 for unit tests. See net6.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/net6.h"

const struct address NET6_ROUTER = {{0xfe, 0x80, [15] = 2}};
const struct address NET6_PEER = {{0xfd, 0, 0, 1, [15] = 2}};
const struct address NET6_PREFIX = {{0xfd, 0, 0, 1}};
const struct address NET6_ALL_NODES = {{0xff, 2, [15] = 1}};

static uint32_t number(const uint8_t *at, size_t bytes)
{
    uint32_t value = 0;

    while (bytes--)
        value = value << 8 | *at++;
    return value;
}

static void number_put(uint8_t *at, size_t bytes, uint32_t value)
{
    for (; bytes--; value >>= 8)
        at[bytes] = (uint8_t)value;
}

/* RFC 8200, 8.1 */
static uint16_t transport_sum(const uint8_t *header, uint8_t next, const uint8_t *payload,
                              size_t length)
{
    uint32_t sum = next + (uint32_t)length;

    for (size_t at = 8; at < 40; at += 2)
        sum += number(header + at, 2);
    return net_sum(sum, payload, length);
}

void net6_start(struct net *net)
{
    struct stack_config config = net_config(net);

    config.ipv6 = true;
    config.stable_secret[0] = 0x0123456789abcdef;
    config.stable_secret[1] = 0xfedcba9876543210;
    net_start_with(net, &config);
    net_run(net, 20 * NET_S);
    net->answer_arp = true;
    net_forget(net);
}

static bool own_of(const struct net *net, unsigned origin, struct stack_address6 *out)
{
    struct stack_address6 all[32];
    int count = stack_addresses6(net->stack, all, 32);

    for (int i = 0; i < count; i++) {
        *out = all[i];
        if (out->origin == origin)
            return true;
    }
    return false;
}

bool net6_has(const struct net *net, unsigned origin)
{
    struct stack_address6 own;

    return own_of(net, origin, &own);
}

struct stack_address6 net6_own(const struct net *net, unsigned origin)
{
    struct stack_address6 own;

    assert_true(own_of(net, origin, &own));
    return own;
}

size_t net6_build(const struct net6_packet *packet, int csum_offset, uint8_t *frame)
{
    static const uint8_t group[2] = {0x33, 0x33};
    bool to_group = packet->destination.bytes[0] == 0xff;

    memcpy(frame, NET_MAC, 6);
    if (to_group) {
        memcpy(frame, group, 2);
        memcpy(frame + 2, packet->destination.bytes + 12, 4);
    }
    memcpy(frame + 6, NET_PEER_MAC, 6);
    number_put(frame + 12, 2, 0x86dd);
    number_put(frame + 14, 4,
               6u << 28 | (uint32_t)packet->traffic_class << 20 | (packet->flow & 0xfffff));
    number_put(frame + 18, 2, (uint32_t)packet->length);
    frame[20] = packet->next;
    frame[21] = packet->hop_limit ? packet->hop_limit : 64;
    memcpy(frame + 22, packet->source.bytes, 16);
    memcpy(frame + 38, packet->destination.bytes, 16);
    if (packet->length)
        memcpy(frame + 54, packet->payload, packet->length);
    if (csum_offset >= 0) {
        number_put(frame + 54 + csum_offset, 2, 0);
        number_put(frame + 54 + csum_offset, 2,
                   transport_sum(frame + 14, packet->next, frame + 54, packet->length));
    }
    return 54 + packet->length;
}

void net6_in(struct net *net, const struct net6_packet *packet, int csum_offset)
{
    uint8_t *frame = malloc(54 + packet->length);

    net_frame_in(net, frame, net6_build(packet, csum_offset, frame));
    free(frame);
}

void net6_discovery(struct net *net, const struct address *source,
                    const struct address *destination, uint8_t type, const void *body, size_t len)
{
    uint8_t message[1024] = {type};

    memcpy(message + 4, body, len);
    net6_in(net,
            &(struct net6_packet){.source = *source,
                                  .destination = *destination,
                                  .next = 58,
                                  .hop_limit = 255,
                                  .payload = message,
                                  .length = 4 + len},
            2);
}

void net6_router(struct net *net, uint16_t router_s, uint32_t valid_s, uint32_t preferred_s)
{
    uint8_t body[12 + 8 + 32] = {64, 0};

    number_put(body + 2, 2, router_s);
    body[12] = 1, body[13] = 1;
    memcpy(body + 14, NET_PEER_MAC, 6);
    body[20] = 3, body[21] = 4, body[22] = 64, body[23] = 0xc0;
    number_put(body + 24, 4, valid_s);
    number_put(body + 28, 4, preferred_s);
    memcpy(body + 36, NET6_PREFIX.bytes, 16);
    net6_discovery(net, &NET6_ROUTER, &NET6_ALL_NODES, 134, body, sizeof body);
}

void net6_meet(struct net *net, const struct address *address)
{
    struct address own = net6_own(net, ADDRESS6_LINK_LOCAL).address;
    uint8_t body[28] = {0};
    struct net6_packet answer;

    memcpy(body + 4, own.bytes, 16);
    body[20] = 1, body[21] = 1;
    memcpy(body + 22, NET_PEER_MAC, 6);
    net6_discovery(net, address, &own, 135, body, sizeof body);
    assert_true(net6_take(net, &answer));
    assert_int_equal(answer.payload[0], 136);
}

static void check_sum(const struct net6_packet *packet)
{
    bool summed = packet->next == 58 || packet->next == 6 || packet->next == 17;

    if (summed)
        assert_int_equal(
            transport_sum(packet->header, packet->next, packet->payload, packet->length), 0);
}

bool net6_take(struct net *net, struct net6_packet *out)
{
    const struct net_frame *frame = net_take(net);
    const uint8_t *h = frame ? frame->bytes + 14 : NULL;

    if (!frame)
        return false;
    assert_true(frame->len >= 54);
    assert_int_equal(number(frame->bytes + 12, 2), 0x86dd);
    assert_int_equal(h[0] >> 4, 6);
    assert_int_equal(number(h + 4, 2), frame->len - 54);
    *out = (struct net6_packet){
        .next = h[6],
        .hop_limit = h[7],
        .traffic_class = (uint8_t)(number(h, 2) >> 4),
        .flow = number(h, 4) & 0xfffff,
        .mac = frame->bytes,
        .header = h,
        .payload = h + 40,
        .length = frame->len - 54,
        .time_ns = frame->time_ns,
    };
    memcpy(out->source.bytes, h + 8, 16);
    memcpy(out->destination.bytes, h + 24, 16);
    check_sum(out);
    return true;
}

bool net6_find(struct net *net, uint8_t next, int type, struct net6_packet *out)
{
    while (net->taken < net->count) {
        const uint8_t *bytes = net->frames[net->taken].bytes;
        bool v6 = number(bytes + 12, 2) == 0x86dd;

        if (!v6)
            net->taken++;
        else if (net6_take(net, out) && out->next == next && (type < 0 || out->payload[0] == type))
            return true;
    }
    return false;
}
