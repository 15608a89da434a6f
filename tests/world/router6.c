/* See router6.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/router6.h"

#include <string.h>

#include "driver/transport.h"
#include "tests/world/scenario_ipv6.h"
#include "tests/world/segment.h"
#include "tests/world/world.h"

enum {
    ETHERNET = 14,
    IPV6 = 40,
    FRAME = 1514,
    LEAST_FRAME = 60,
    PROTOCOL_ICMP = 58,
    TOO_BIG = 2,
    ROUTER_SOLICITATION = 133,
    ROUTER_ADVERTISEMENT = 134,
    NEIGHBOR_SOLICITATION = 135,
    NEIGHBOR_ADVERTISEMENT = 136,
    HOP_LIMIT = 255,
    QUOTE = 200,
    CONGESTION = 3,
};
enum { ROUTER_S = 9000, VALID_S = 86400, PREFERRED_S = 14400 };

const uint8_t ROUTER6_ADDRESS[16] = {0xfe, 0x80, [15] = 1};
static const uint8_t ALL_NODES[16] = {0xff, 2, [15] = 1};

static void prefix_of(const struct host *host, unsigned generation, uint8_t prefix[16])
{
    const uint8_t begin[8] = {
        0x20, 0x01, 0x0d, 0xb8, 0, (uint8_t)generation, 0, (uint8_t)host->index};

    memset(prefix, 0, 16);
    memcpy(prefix, begin, sizeof begin);
}

static bool has_renumbered(const struct host *host, uint64_t now_ns)
{
    const struct router_plan *plan = &host->config->router;

    return plan->renumber_ns && now_ns >= plan->renumber_ns;
}

void router6_prefix(const struct host *host, uint64_t now_ns, uint8_t prefix[16])
{
    prefix_of(host, has_renumbered(host, now_ns), prefix);
}

static bool is_gone(const struct host *host, uint64_t now_ns)
{
    const struct link_spell *gone = &host->config->router.gone;

    return now_ns >= gone->from_ns && now_ns < gone->until_ns;
}

/* ---- what it sends ---- */

void router6_seal(uint8_t *ip, const uint8_t source[16], const uint8_t destination[16],
                  uint8_t hop_limit, size_t bytes)
{
    segment_store(ip, 4, 6u << 28);
    segment_store(ip + 4, 2, (uint32_t)bytes);
    ip[6] = PROTOCOL_ICMP;
    ip[7] = hop_limit;
    memcpy(ip + 8, source, 16);
    memcpy(ip + 24, destination, 16);
    segment_store(ip + IPV6 + 2, 2, 0);
    segment_store(
        ip + IPV6 + 2, 2,
        segment_sum(ip + IPV6, bytes, segment_pseudo6(ip, PROTOCOL_ICMP, (uint32_t)bytes)));
}

static void send_to(struct host *host, uint8_t *frame, size_t bytes, uint64_t now_ns)
{
    static const uint8_t group[2] = {0x33, 0x33};
    size_t len = ETHERNET + IPV6 + bytes;

    host_mac(host->index, 0, frame);
    if (frame[ETHERNET + 24] == 0xff) {
        memcpy(frame, group, 2);
        memcpy(frame + 2, frame + ETHERNET + 36, 4);
    }
    host_mac(host->index, 1, frame + 6);
    segment_store(frame + 12, 2, 0x86dd);
    link_push(&host->down, frame, len < LEAST_FRAME ? LEAST_FRAME : len, now_ns);
}

static size_t put_prefix(const struct host *host, unsigned generation, bool preferred, uint8_t *at)
{
    segment_store(at, 4, 3u << 24 | 4u << 16 | 64u << 8 | 0xc0); /* on link, and for addresses */
    segment_store(at + 4, 4, VALID_S);
    segment_store(at + 8, 4, preferred ? PREFERRED_S : 0);
    prefix_of(host, generation, at + 16);
    return 32;
}

/* RFC 4861, 4.2: that it is there, or (while gone) that it is none any more; its MAC address, and the prefixes. */
static void advertise(struct host *host, uint64_t now_ns)
{
    uint8_t frame[FRAME] = {0}, *ip = frame + ETHERNET, *icmp = ip + IPV6;
    bool renumbered = has_renumbered(host, now_ns), gone = is_gone(host, now_ns);
    size_t bytes = 16;

    icmp[0] = ROUTER_ADVERTISEMENT;
    icmp[4] = 64;
    segment_store(icmp + 6, 2, gone ? 0 : ROUTER_S);
    segment_store(icmp + bytes, 2, 0x0101);
    host_mac(host->index, 1, icmp + bytes + 2);
    bytes += 8;
    bytes += put_prefix(host, 0, !renumbered, icmp + bytes);
    if (renumbered)
        bytes += put_prefix(host, 1, true, icmp + bytes);
    router6_seal(ip, ROUTER6_ADDRESS, ALL_NODES, HOP_LIMIT, bytes);
    send_to(host, frame, bytes, now_ns);
}

static void answer(struct host *host, const uint8_t *to, uint64_t now_ns)
{
    uint8_t frame[FRAME] = {0}, *ip = frame + ETHERNET, *icmp = ip + IPV6;

    icmp[0] = NEIGHBOR_ADVERTISEMENT;
    icmp[4] = 0xe0; /* a router, asked, and its MAC address counts */
    memcpy(icmp + 8, ROUTER6_ADDRESS, 16);
    segment_store(icmp + 24, 2, 0x0201);
    host_mac(host->index, 1, icmp + 26);
    router6_seal(ip, ROUTER6_ADDRESS, to, HOP_LIMIT, 32);
    send_to(host, frame, 32, now_ns);
}

static void tell_too_big(struct host *host, const uint8_t *packet, size_t len, uint32_t mtu,
                         uint64_t now_ns)
{
    uint8_t frame[FRAME] = {0}, *ip = frame + ETHERNET, *icmp = ip + IPV6, own[16];
    size_t quoted = len < QUOTE ? len : QUOTE;

    prefix_of(host, 0, own);
    own[15] = 1;
    icmp[0] = TOO_BIG;
    segment_store(icmp + 4, 4, mtu);
    memcpy(icmp + 8, packet, quoted);
    router6_seal(ip, own, packet + 8, 64, 8 + quoted);
    send_to(host, frame, 8 + quoted, now_ns);
}

/* ---- what comes ---- */

/* Who asks for the router, or for whoever is one. */
static void hear(struct host *host, const uint8_t *packet, size_t bytes, uint64_t now_ns)
{
    const uint8_t *icmp = packet + IPV6;

    if (packet[6] != PROTOCOL_ICMP || packet[7] != HOP_LIMIT || bytes < 8 ||
        segment_sum(icmp, bytes, segment_pseudo6(packet, PROTOCOL_ICMP, (uint32_t)bytes)) ||
        is_gone(host, now_ns))
        return;
    if (icmp[0] == ROUTER_SOLICITATION)
        advertise(host, now_ns);
    else if (icmp[0] == NEIGHBOR_SOLICITATION && bytes >= 24 &&
             !memcmp(icmp + 8, ROUTER6_ADDRESS, 16) && packet[8])
        answer(host, packet + 8, now_ns);
}

int router6_host(const uint8_t address[16])
{
    static const uint8_t begin[5] = {0x20, 0x01, 0x0d, 0xb8, 0};

    return memcmp(address, begin, sizeof begin) || address[5] > 1 || address[6] ? -1 : address[7];
}

static struct host *host_of(struct world *world, const uint8_t *address)
{
    int index = router6_host(address);

    return index >= 0 && index < world->scenario.hosts ? &world->hosts[index] : NULL;
}

static uint32_t mtu_to(const struct host *host, uint64_t now_ns)
{
    const struct host_config *config = host->config;
    bool narrow = config->narrow_mtu && now_ns >= config->narrow_ns;
    uint32_t mtu = narrow ? config->narrow_mtu : config->mtu;

    return mtu < LEAST_MTU_IPV6 ? LEAST_MTU_IPV6 : mtu;
}

/* RFC 3168, 5: congestion, in the lower bits of the traffic class. */
static void mark(struct host *to, uint8_t *ip)
{
    unsigned ecn = ip[1] >> 4 & CONGESTION;

    if (!ecn || ecn == CONGESTION || !chance_of(&to->down.chance, to->config->mark))
        return;
    ip[1] |= CONGESTION << 4;
    to->world->tally.marked++;
}

static void forward(struct host *from, const uint8_t *packet, size_t bytes, uint64_t now_ns)
{
    struct host *to = host_of(from->world, packet + 24);
    uint8_t frame[FRAME], *ip = frame + ETHERNET;
    uint32_t mtu;

    if (!to || packet[7] < 2 || packet[8] == 0xfe || is_gone(from, now_ns) || is_gone(to, now_ns))
        return;
    mtu = mtu_to(to, now_ns);
    if (IPV6 + bytes > mtu) {
        tell_too_big(from, packet, IPV6 + bytes, mtu, now_ns);
        return;
    }
    memset(frame, 0, LEAST_FRAME);
    memcpy(ip, packet, IPV6 + bytes);
    ip[7]--;
    mark(to, ip);
    send_to(to, frame, bytes, now_ns);
}

void router6_take(struct host *host, const uint8_t *packet, size_t len, uint64_t now_ns)
{
    size_t bytes = len < IPV6 ? 0 : segment_word(packet + 4, 2);

    if (len < IPV6 || packet[0] >> 4 != 6 || bytes > len - IPV6 || !host->config->router.on)
        return;
    if (packet[24] == 0xff || packet[24] == 0xfe)
        hear(host, packet, bytes, now_ns);
    else
        forward(host, packet, bytes, now_ns);
}

/* ---- of its own accord ---- */

uint64_t router6_deadline(const struct host *host)
{
    return host->config->router.on ? host->advertise_ns : TIME_NEVER;
}

static uint64_t next_ns(struct host *host, uint64_t now_ns)
{
    const struct router_plan *plan = &host->config->router;
    const uint64_t edges[] = {plan->renumber_ns, plan->gone.from_ns, plan->gone.until_ns};
    uint64_t next = now_ns + chance_between(&host->chance, 1, plan->interval_ns);

    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        if (edges[i] > now_ns && edges[i] < next)
            next = edges[i];
    return next;
}

void router6_poll(struct host *host, uint64_t now_ns)
{
    const struct link_spell *gone = &host->config->router.gone;

    if (router6_deadline(host) > now_ns)
        return;
    if (!is_gone(host, now_ns) || (now_ns == gone->from_ns && !host->config->router.silent))
        advertise(host, now_ns);
    host->advertise_ns = next_ns(host, now_ns);
}
