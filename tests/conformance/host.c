/* The stack under test. See host.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/tcp_congestion.h"

static uint64_t chance(void *user)
{
    struct host *host = user;
    uint64_t z = host->seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint8_t *reserve(void *user, size_t len)
{
    struct host *host = user;
    free(host->reserved);
    host->reserved_len = len;
    return host->reserved = malloc(len);
}

/* Of an error: all of a packet that came, as far as the smallest MTU goes (RFC 4443, 2.4 (c)). */
static bool quote_is_true(const struct host *host, const struct packet *packet)
{
    enum { ROOM = 1280 - 40 - 8, ERRORS = 128 };
    if (packet->protocol != PROTOCOL_IS_ICMPV6 || packet->headers || packet->data[0] >= ERRORS)
        return true;
    for (const struct frame_in *in = host->input; in; in = in->before) {
        size_t length = in->length - FRAME_HEADER < ROOM ? in->length - FRAME_HEADER : ROOM;
        if (packet->length == length + 8 &&
            !memcmp(packet->data + 8, in->frame + FRAME_HEADER, length))
            return true;
    }
    return false;
}

static void packet_sent(struct host *host, size_t len)
{
    struct packet *packet = script_allocate(host->script, sizeof *packet);
    uint8_t *copy = script_allocate(host->script, len);
    memcpy(copy, host->reserved, len);
    if (!frame_read(copy, len, packet, &host->complaint))
        return;
    host->complaint = "an error that does not quote, as far as 1280 bytes reach, what it is about";
    if (!quote_is_true(host, packet))
        return;
    host->complaint = NULL;
    packet->sent_ns = host->now_ns;
    *host->sent_end = packet;
    host->sent_end = &packet->next;
}

/* A question is kept until the stack has returned from its door. */
static uint64_t commit(void *user, const struct vnet_header *vnet, size_t len)
{
    struct host *host = user;
    enum discovery discovery = discovery_of(&host->script->settings, host->reserved, len);
    (void)vnet;
    if (discovery == DISCOVERY_ANSWER) {
        memcpy(host->asked, host->reserved, len < sizeof host->asked ? len : sizeof host->asked);
        host->asks = true;
    } else if (discovery == DISCOVERY_SHOW && !host->complaint) {
        packet_sent(host, len);
    }
    return 0;
}

static void answer(struct host *host)
{
    while (host->asks) {
        struct vnet_header vnet = {.num_buffers = 1};
        uint8_t frame[ANSWER_MOST];
        host->asks = false;
        size_t length = discovery_answer(host->asked, frame);
        stack_input(host->stack, &vnet, frame, length, host->now_ns);
    }
}

void host_init(struct host *host, struct script *script)
{
    *host = (struct host){.script = script, .now_ns = START_NS, .seed = 1};
    host->sent_end = &host->sent;
}

struct address host_address(const struct ip *ip)
{
    struct address address;
    if (!ip->v6)
        return address_v4_wire(ip->bytes);
    memcpy(address.bytes, ip->bytes, sizeof address.bytes);
    return address;
}

static void configure_v4(struct stack_config *config, const struct settings *settings)
{
    config->address = host_address(&settings->local_ip);
    config->gateway = host_address(&settings->gateway_ip);
    config->prefix_len = settings->prefix_len;
}

/* IPv4 has an address besides, which no script sees. With --discovery=all the stack makes its own of IPv6. */
static void configure_v6(struct stack_config *config, const struct settings *settings)
{
    config->ipv6 = true;
    config->stable_secret[0] = 1;
    config->address = address_v4(0xc0a80001);
    config->prefix_len = 16;
    if (settings->discovery == DISCOVERY_ALL && !settings->local_told)
        return;
    config->static6[0].address = host_address(&settings->local_ip);
    if (settings->discovery != DISCOVERY_ALL)
        config->gateway6 = host_address(&settings->gateway_ip);
    config->static6[0].prefix_len = settings->prefix_len;
}

static void names_bind(struct script *script)
{
    const struct settings *settings = &script->settings;
    struct ip group;
    place_bind(script, "remote", &settings->remote_ip);
    if (settings->discovery != DISCOVERY_ALL || settings->local_told)
        place_bind(script, "local", &settings->local_ip);
    ip_parse("ff02::1", &group);
    place_bind(script, "all_nodes", &group);
    ip_parse("ff02::2", &group);
    place_bind(script, "all_routers", &group);
}

void host_start(struct host *host)
{
    const struct settings *settings = &host->script->settings;
    struct stack_config *config = &host->config;
    if (host->stack)
        return;
    config->device =
        (struct device){.mtu = settings->mtu, .reserve = reserve, .commit = commit, .user = host};
    memcpy(config->device.mac, stack_mac, 6);
    config->random = chance;
    config->random_user = host;
    config->source = ADDRESS_STATIC;
    config->skip_probing = settings->discovery != DISCOVERY_ALL;
    if (settings->v6)
        configure_v6(config, settings);
    else
        configure_v4(config, settings);
    names_bind(host->script);
    if (stack_create(&host->stack, config, host->now_ns))
        script_fail(host->script, NULL, "%s: no stack could be made", host->script->path);
    stack_link(host->stack, true, host->now_ns);
    while (host_next_ns(host) <= host->now_ns)
        host_step(host);
}

void host_stop(struct host *host)
{
    if (host->stack)
        stack_destroy(host->stack);
    free(host->reserved);
}

/* What Google's scripts begin with: Linux' own choices, as far as they show in packets. */
static bool defaults_of_linux(struct host *host, const char *text)
{
    enum { SCALED_BY_8 = 10000000 };
    if (!strstr(text, "common/defaults.sh"))
        return false;
    host->config.tcp_timestamps = true;
    host->config.tcp_receive_bytes = SCALED_BY_8;
    return true;
}

bool host_command(struct host *host, const char *text)
{
    unsigned number, least, usual;
    char name[16];
    if (sscanf(text, " sysctl -q net.ipv4.tcp_timestamps=%u", &number) == 1)
        host->config.tcp_timestamps = number != 0;
    else if (sscanf(text, " sysctl -q net.ipv4.tcp_ecn=%u", &number) == 1)
        host->config.tcp_ecn = number == 1;
    else if (sscanf(text, " sysctl -q net.ipv4.tcp_rmem=\"%u %u", &least, &usual) == 2)
        host->config.tcp_receive_bytes = usual;
    else if (sscanf(text, " sysctl -q net.ipv4.tcp_wmem=\"%u %u", &least, &usual) == 2)
        host->config.tcp_send_bytes = usual;
    else if (sscanf(text, " sysctl -q net.ipv4.tcp_congestion_control=%15[a-z]", name) == 1)
        return (host->config.tcp_congestion =
                    tcp_congestion_find(strcmp(name, "reno") ? name : "newreno")) != NULL;
    else
        return defaults_of_linux(host, text);
    return true;
}

void host_input(struct host *host, const struct packet *packet)
{
    struct vnet_header vnet = {.num_buffers = 1};
    struct frame_in *last = host->input;
    uint8_t *frame = script_allocate(host->script, FRAME_MAX);
    size_t length = frame_write(packet, frame);
    host->input = script_allocate(host->script, sizeof *host->input);
    *host->input = (struct frame_in){frame, length, last};
    stack_input(host->stack, &vnet, frame, length, host->now_ns);
    answer(host);
}

uint64_t host_next_ns(const struct host *host)
{
    return host->asks ? host->now_ns : stack_deadline(host->stack);
}

void host_step(struct host *host)
{
    uint64_t next = host_next_ns(host);
    if (next > host->now_ns)
        host->now_ns = next;
    answer(host);
    stack_poll(host->stack, host->now_ns);
    answer(host);
}

/* What follows packet without a gap, at the same time and otherwise alike. */
static bool goes_on(const struct packet *packet, const struct packet *next)
{
    return next && next->protocol == PROTOCOL_IS_TCP && next->length &&
           next->seq == packet->seq + packet->length && next->ack == packet->ack &&
           next->sent_ns == packet->sent_ns && next->source_port == packet->source_port &&
           next->destination_port == packet->destination_port;
}

struct packet *host_take_joined(struct host *host, uint32_t length)
{
    struct packet *packet = host_take_sent(host);
    while (packet->length && packet->length < length && goes_on(packet, host->sent) &&
           packet->length + host->sent->length <= length) {
        const struct packet *next = host_take_sent(host);
        uint8_t *data = script_allocate(host->script, packet->length + next->length);
        memcpy(data, packet->data, packet->length);
        memcpy(data + packet->length, next->data, next->length);
        packet->data = data;
        packet->length += next->length;
        packet->flags |= next->flags;
    }
    return packet;
}

struct packet *host_take_sent(struct host *host)
{
    struct packet *packet = host->sent;
    if (!packet)
        return NULL;
    host->sent = packet->next;
    if (!host->sent)
        host->sent_end = &host->sent;
    packet->next = NULL;
    return packet;
}
