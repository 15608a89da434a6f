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

/* Every address is the peer's. */
static void arp_answer(struct host *host, const uint8_t *request)
{
    uint8_t reply[42] = {0};
    struct vnet_header vnet = {.num_buffers = 1};
    memcpy(reply, stack_mac, 6);
    memcpy(reply + 6, peer_mac, 6);
    memcpy(reply + 12, request + 12, 8);
    reply[21] = 2;
    memcpy(reply + 22, peer_mac, 6);
    memcpy(reply + 28, request + 38, 4);
    memcpy(reply + 32, stack_mac, 6);
    memcpy(reply + 38, request + 28, 4);
    stack_input(host->stack, &vnet, reply, sizeof reply, host->now_ns);
}

static void packet_sent(struct host *host, size_t len)
{
    struct packet *packet = script_allocate(host->script, sizeof *packet);
    uint8_t *copy = script_allocate(host->script, len);
    memcpy(copy, host->reserved, len);
    if (!frame_read(copy, len, packet, &host->complaint))
        return;
    host->complaint = NULL;
    packet->sent_ns = host->now_ns;
    *host->sent_end = packet;
    host->sent_end = &packet->next;
}

/* An ARP request is kept until the stack has returned from its door. */
static uint64_t commit(void *user, const struct vnet_header *vnet, size_t len)
{
    struct host *host = user;
    (void)vnet;
    if (host->reserved[12] == 8 && host->reserved[13] == 6) {
        if (host->reserved[21] == 1 && memcmp(host->reserved + 28, host->reserved + 38, 4)) {
            memcpy(host->asked, host->reserved, sizeof host->asked);
            host->asks = true;
        }
    } else if (!host->complaint) {
        packet_sent(host, len);
    }
    return 0;
}

static void answer(struct host *host)
{
    while (host->asks) {
        host->asks = false;
        arp_answer(host, host->asked);
    }
}

void host_init(struct host *host, struct script *script)
{
    *host = (struct host){.script = script, .now_ns = START_NS, .seed = 1};
    host->sent_end = &host->sent;
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
    config->address = address_v4(settings->local_ip);
    config->gateway = address_v4(settings->gateway_ip);
    config->prefix_len = settings->prefix_len;
    config->skip_probing = true;
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
    uint8_t *frame = script_allocate(host->script, FRAME_MAX);
    size_t length = frame_write(packet, frame);
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
