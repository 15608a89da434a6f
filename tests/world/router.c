/* See router.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/router.h"

#include <string.h>

#include "tests/world/router6.h"
#include "tests/world/segment.h"
#include "tests/world/world.h"

enum {
    ETHERNET = 14,
    IPV4 = 20,
    ARP_BYTES = 28,
    ICMP_QUOTE = 28, /* header and 8 bytes, RFC 792 */
    FRAME = 1514,
    LEAST_FRAME = 60,
    DONT_FRAGMENT = 0x4000,
    MORE_FRAGMENTS = 0x2000,
    OFFSET_MASK = 0x1fff,
    CONGESTION = 3, /* both bits of ECN's field: experienced */
};

static void send_to(struct host *host, uint8_t *frame, uint16_t type, size_t len, uint64_t now_ns)
{
    host_mac(host->index, 0, frame);
    host_mac(host->index, 1, frame + 6);
    segment_store(frame + 12, 2, type);
    if (len < LEAST_FRAME) {
        memset(frame + len, 0, LEAST_FRAME - len);
        len = LEAST_FRAME;
    }
    link_push(&host->down, frame, len, now_ns);
}

static void answer_arp(struct host *host, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    const uint8_t *arp = frame + ETHERNET;
    uint8_t reply[LEAST_FRAME];

    if (len < ETHERNET + ARP_BYTES || segment_word(arp, 4) != 0x00010800 ||
        segment_word(arp + 4, 4) != 0x06040001 ||
        segment_word(arp + 24, 4) != host_gateway(host->index))
        return;
    memcpy(reply + ETHERNET, arp, 6);
    segment_store(reply + ETHERNET + 6, 2, 2);
    host_mac(host->index, 1, reply + ETHERNET + 8);
    segment_store(reply + ETHERNET + 14, 4, host_gateway(host->index));
    memcpy(reply + ETHERNET + 18, arp + 8, 10);
    send_to(host, reply, 0x0806, ETHERNET + ARP_BYTES, now_ns);
}

static void sum_header(uint8_t *ip)
{
    segment_store(ip + 10, 2, 0);
    segment_store(ip + 10, 2, segment_sum(ip, IPV4, 0));
}

/* To host, whose packet at ip was too long for a link that takes mtu bytes. */
static void tell_too_long(struct host *host, const uint8_t *packet, uint16_t mtu, uint64_t now_ns)
{
    uint8_t frame[FRAME] = {0}, *ip = frame + ETHERNET, *icmp = ip + IPV4;
    size_t bytes = 8 + ICMP_QUOTE;

    segment_store(ip, 4, 0x45000000u | (uint32_t)(IPV4 + bytes));
    segment_store(ip + 8, 2, 64 << 8 | 1);
    segment_store(ip + 12, 4, host_gateway(host->index));
    segment_store(ip + 16, 4, host_address(host->index));
    sum_header(ip);
    segment_store(icmp, 2, 3 << 8 | 4);
    segment_store(icmp + 6, 2, mtu);
    memcpy(icmp + 8, packet, ICMP_QUOTE);
    segment_store(icmp + 2, 2, segment_sum(icmp, bytes, 0));
    send_to(host, frame, 0x0800, ETHERNET + IPV4 + bytes, now_ns);
}

static void send_fragments(struct host *to, const uint8_t *packet, uint32_t length, uint16_t mtu,
                           uint64_t now_ns)
{
    uint32_t most = (mtu - IPV4) / 8 * 8, data = length - IPV4;
    uint32_t field = segment_word(packet + 6, 2); /* of what may be a fragment itself */

    for (uint32_t at = 0; at < data; at += most) {
        uint32_t count = data - at < most ? data - at : most;
        uint8_t frame[FRAME], *ip = frame + ETHERNET;

        memcpy(ip, packet, IPV4);
        memcpy(ip + IPV4, packet + IPV4 + at, count);
        segment_store(ip + 2, 2, IPV4 + count);
        segment_store(ip + 6, 2, (field & MORE_FRAGMENTS) + (field & OFFSET_MASK) + at / 8);
        if (at + count < data)
            ip[6] |= MORE_FRAGMENTS >> 8;
        sum_header(ip);
        send_to(to, frame, 0x0800, ETHERNET + IPV4 + count, now_ns);
    }
}

static uint16_t mtu_to(const struct host *host, uint64_t now_ns)
{
    const struct host_config *config = host->config;

    return config->narrow_mtu && now_ns >= config->narrow_ns ? config->narrow_mtu : config->mtu;
}

/* Congestion, to those who can be told so (RFC 3168, 5). */
static void mark(struct host *to, uint8_t *ip)
{
    bool can_be_told = ip[1] & CONGESTION && (ip[1] & CONGESTION) != CONGESTION;

    if (!can_be_told || !chance_of(&to->down.chance, to->config->mark))
        return;
    ip[1] |= CONGESTION;
    to->world->tally.marked++;
}

static void forward(struct host *from, const uint8_t *packet, size_t len, uint64_t now_ns)
{
    struct world *world = from->world;
    uint32_t length = segment_word(packet + 2, 2),
             index = segment_word(packet + 16, 4) - host_address(0);
    uint8_t frame[FRAME] = {[12] = 8}, *ip = frame + ETHERNET;
    struct host *to;
    uint16_t mtu;

    if (len < IPV4 || packet[0] != 0x45 || length > len || length < IPV4 || packet[8] < 2 ||
        segment_sum(packet, IPV4, 0) || index & 0xff ||
        index >> 8 >= (uint32_t)world->scenario.hosts)
        return;
    to = &world->hosts[index >> 8];
    mtu = mtu_to(to, now_ns);
    memcpy(ip, packet, length);
    ip[8]--;
    mark(to, ip);
    sum_header(ip);
    if (length <= mtu)
        send_to(to, frame, 0x0800, ETHERNET + length, now_ns);
    else if (segment_word(packet + 6, 2) & DONT_FRAGMENT)
        tell_too_long(from, packet, mtu, now_ns);
    else {
        world_will_arrive(to, frame, ETHERNET + length, 0);
        send_fragments(to, ip, length, mtu, now_ns);
    }
}

void router_take(struct host *host, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    uint8_t mac[6];

    host_mac(host->index, 1, mac);
    if (len < ETHERNET || (!(frame[0] & 1) && memcmp(frame, mac, 6)))
        return;
    if (segment_word(frame + 12, 2) == 0x0806)
        answer_arp(host, frame, len, now_ns);
    else if (segment_word(frame + 12, 2) == 0x86dd)
        router6_take(host, frame + ETHERNET, len - ETHERNET, now_ns);
    else if (segment_word(frame + 12, 2) == 0x0800)
        forward(host, frame + ETHERNET, len - ETHERNET, now_ns);
}
