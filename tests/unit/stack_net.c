/* A network for unit tests: a stack whose frames go into a list.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/stack_net.h"

const uint8_t NET_MAC[6] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x15};
const uint8_t NET_PEER_MAC[6] = {0x52, 0x55, 0x0a, 0x00, 0x02, 0x02};

static void put(uint8_t *at, size_t bytes, uint32_t value)
{
    while (bytes--) {
        at[bytes] = (uint8_t)value;
        value >>= 8;
    }
}

static uint32_t get(const uint8_t *at, size_t bytes)
{
    uint32_t value = 0;

    while (bytes--)
        value = value << 8 | *at++;
    return value;
}

uint16_t net_sum(uint32_t sum, const uint8_t *bytes, size_t len)
{
    uint64_t total = sum;

    for (size_t i = 0; i < len; i++)
        total += i & 1 ? bytes[i] : (uint64_t)bytes[i] << 8;
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return (uint16_t)~total;
}

static uint32_t pseudo(uint32_t source, uint32_t destination, uint8_t protocol, size_t len)
{
    if (protocol == PROTOCOL_ICMP)
        return 0;
    return (source >> 16) + (source & 0xffff) + (destination >> 16) + (destination & 0xffff) +
           protocol + (uint32_t)len;
}

/* splitmix64, so that a test run repeats exactly. */
static uint64_t net_random(void *user)
{
    struct net *net = user;
    uint64_t z = net->seed += 0x9e3779b97f4a7c15ull;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static uint8_t *net_reserve(void *user, size_t len)
{
    struct net *net = user;

    if (net->no_room)
        return NULL;
    free(net->reserved);
    net->reserved = malloc(len);
    net->reserved_len = len;
    return net->reserved;
}

static bool is_arp_request_to_peer(const uint8_t *frame, size_t len)
{
    return len >= 42 && get(frame + 12, 2) == 0x0806 && get(frame + 20, 2) == 1 &&
           get(frame + 28, 4) != 0 && get(frame + 28, 4) != get(frame + 38, 4);
}

static uint64_t net_commit(void *user, const struct vnet_header *vnet, size_t len)
{
    struct net *net = user;

    assert_non_null(net->reserved);
    assert_true(len <= net->reserved_len);
    if (net->answer_arp && is_arp_request_to_peer(net->reserved, len)) {
        assert_true(net->asked_count < 64);
        net->asked[net->asked_count++] = get(net->reserved + 38, 4);
        return 0;
    }
    if (net->count == net->room) {
        net->room = net->room ? 2 * net->room : 64;
        net->frames = realloc(net->frames, net->room * sizeof *net->frames);
    }
    net->frames[net->count++] =
        (struct net_frame){net->now_ns, *vnet, len, realloc(net->reserved, len)};
    net->reserved = NULL;
    return 0;
}

static void net_line(void *user, uint64_t now_ns, enum journal_level level, const char *layer,
                     const char *text)
{
    struct net *net = user;

    (void)now_ns, (void)level;
    if (net->text_len + strlen(layer) + strlen(text) + 4 < sizeof net->text)
        net->text_len += (size_t)sprintf(net->text + net->text_len, "%s: %s\n", layer, text);
}

bool net_journal_has(const struct net *net, const char *text)
{
    return strstr(net->text, text) != NULL;
}

struct stack_config net_config(struct net *net)
{
    struct stack_config config = {
        .device = {.mtu = 1500, .reserve = net_reserve, .commit = net_commit, .user = net},
        .random = net_random,
        .random_user = net,
        .source = ADDRESS_STATIC,
        .prefix_len = 24,
    };

    memset(net, 0, sizeof *net);
    net->journal = (struct journal){net_line, net, JOURNAL_EVENT};
    memcpy(config.device.mac, NET_MAC, 6);
    config.address = address_v4(NET_ADDRESS);
    config.gateway = address_v4(NET_PEER);
    config.journal = &net->journal;
    net->seed = 1;
    net->now_ns = NET_S;
    return config;
}

void net_start_with(struct net *net, const struct stack_config *config)
{
    assert_int_equal(stack_create(&net->stack, config, net->now_ns), 0);
    stack_link(net->stack, true, net->now_ns);
}

void net_start(struct net *net)
{
    struct stack_config config = net_config(net);

    net_start_with(net, &config);
    net_run(net, 20 * NET_S);
    assert_int_equal(stack_state(net->stack), STACK_READY);
    net->answer_arp = true;
    net_forget(net);
}

void net_start_without_server(struct net *net)
{
    struct stack_config config = net_config(net);

    config.source = ADDRESS_FROM_DHCP;
    net_start_with(net, &config);
}

void net_stop(struct net *net)
{
    stack_destroy(net->stack);
    net_forget(net);
    free(net->frames);
    free(net->reserved);
}

static void answer_asked(struct net *net)
{
    while (net->asked_count)
        net_arp_in(net, 2, net->asked[--net->asked_count], NET_PEER_MAC, NET_ADDRESS);
}

void net_run(struct net *net, uint64_t ns)
{
    uint64_t end = net->now_ns + ns;

    for (;;) {
        uint64_t next;

        answer_asked(net);
        next = stack_deadline(net->stack);
        if (next > end)
            break;
        if (next > net->now_ns)
            net->now_ns = next;
        stack_poll(net->stack, net->now_ns);
    }
    net->now_ns = end;
    stack_poll(net->stack, end);
    answer_asked(net);
}

void net_frame_in(struct net *net, const void *bytes, size_t len)
{
    struct vnet_header vnet = {.flags = net->vnet_flags, .num_buffers = 1};
    uint8_t *copy = malloc(len ? len : 1);

    if (len)
        memcpy(copy, bytes, len);
    stack_input(net->stack, &vnet, copy, len, net->now_ns);
    free(copy);
    if (net->asked_count)
        answer_asked(net);
}

void net_header_sum(uint8_t *frame)
{
    put(frame + 24, 2, 0);
    put(frame + 24, 2, net_sum(0, frame + 14, 4 * (frame[14] & 15u)));
}

void net_headers(uint8_t *frame, uint32_t source, uint32_t destination, uint8_t protocol,
                 size_t payload_len)
{
    memset(frame, 0, 34);
    memcpy(frame, NET_MAC, 6);
    memcpy(frame + 6, NET_PEER_MAC, 6);
    put(frame + 12, 2, 0x0800);
    frame[14] = 0x45;
    put(frame + 16, 2, 20 + (uint32_t)payload_len);
    frame[22] = 64;
    frame[23] = protocol;
    put(frame + 26, 4, source);
    put(frame + 30, 4, destination);
    net_header_sum(frame);
}

void net_packet_in(struct net *net, uint32_t source, uint8_t protocol, const void *payload,
                   size_t len, int csum_offset)
{
    uint8_t *frame = malloc(34 + len);

    net_headers(frame, source, NET_ADDRESS, protocol, len);
    if (len)
        memcpy(frame + 34, payload, len);
    if (csum_offset >= 0) {
        put(frame + 34 + csum_offset, 2, 0);
        put(frame + 34 + csum_offset, 2,
            net_sum(pseudo(source, NET_ADDRESS, protocol, len), frame + 34, len));
    }
    net_frame_in(net, frame, 34 + len);
    free(frame);
}

void net_arp_in(struct net *net, unsigned operation, uint32_t sender, const uint8_t *mac,
                uint32_t target)
{
    uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    memcpy(frame + 6, mac, 6);
    put(frame + 12, 2, 0x0806);
    put(frame + 14, 4, 0x00010800);
    put(frame + 18, 2, 0x0604);
    put(frame + 20, 2, operation);
    memcpy(frame + 22, mac, 6);
    put(frame + 28, 4, sender);
    if (operation == 2)
        memcpy(frame + 32, NET_MAC, 6), memcpy(frame, NET_MAC, 6);
    put(frame + 38, 4, target);
    net_frame_in(net, frame, sizeof frame);
}

const struct net_frame *net_take(struct net *net)
{
    answer_asked(net);
    return net->taken < net->count ? &net->frames[net->taken++] : NULL;
}

const uint8_t *net_take_arp(struct net *net, uint64_t *time_ns)
{
    const struct net_frame *frame = net_take(net);

    while (frame && get(frame->bytes + 12, 2) != 0x0806)
        frame = net_take(net);
    if (frame && time_ns)
        *time_ns = frame->time_ns;
    return frame ? frame->bytes + 14 : NULL;
}

void net_forget(struct net *net)
{
    for (size_t i = 0; i < net->count; i++)
        free(net->frames[i].bytes);
    net->count = net->taken = 0;
}

static void check_transport_sum(const struct net_packet *packet)
{
    bool udp_without =
        packet->protocol == PROTOCOL_UDP && packet->length >= 8 && get(packet->payload + 6, 2) == 0;

    if (packet->fragment & 0x3fff || udp_without)
        return;
    if (packet->protocol == PROTOCOL_TCP || packet->protocol == PROTOCOL_UDP ||
        packet->protocol == PROTOCOL_ICMP)
        assert_int_equal(
            net_sum(pseudo(packet->source, packet->destination, packet->protocol, packet->length),
                    packet->payload, packet->length),
            0);
}

bool net_take_packet(struct net *net, struct net_packet *out)
{
    const struct net_frame *frame = net_take(net);
    const uint8_t *header = frame ? frame->bytes + 14 : NULL;

    if (!frame)
        return false;
    assert_true(frame->len >= 34);
    assert_int_equal(get(frame->bytes + 12, 2), 0x0800);
    assert_int_equal(header[0], 0x45);
    assert_int_equal(net_sum(0, header, 20), 0);
    assert_int_equal(get(header + 2, 2), frame->len - 14);
    *out = (struct net_packet){
        .source = get(header + 12, 4),
        .destination = get(header + 16, 4),
        .protocol = header[9],
        .ttl = header[8],
        .tos = header[1],
        .id = (uint16_t)get(header + 4, 2),
        .fragment = (uint16_t)get(header + 6, 2),
        .header = header,
        .payload = header + 20,
        .length = frame->len - 34,
        .time_ns = frame->time_ns,
    };
    check_transport_sum(out);
    return true;
}
