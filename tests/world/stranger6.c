/* See stranger6.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/stranger6.h"

#include <string.h>

#include "tests/world/forge6.h"
#include "tests/world/packet.h"
#include "tests/world/router6.h"
#include "tests/world/stranger.h"

enum { ICMP = 8, IPV6 = 40, QUOTED = 20, FRAGMENT = 8, FRAGMENT_TYPE = 44, LEAST_MTU = 1280 };
enum { UNREACHABLE = 1, TOO_BIG, TIME_EXCEEDED, PARAMETER };

static const uint8_t STRANGER_MAC[6] = {2, 0, 0, 0, 2, 1};
static const uint8_t FAR_ROUTER[16] = {0x20, 0x01, 0x0d, 0xb8, 0xff, [15] = 1};

static uint8_t *quote(uint8_t *icmp, uint8_t next, const uint8_t *from, const uint8_t *to)
{
    uint8_t *ip = icmp + ICMP;

    segment_store(ip, 4, 6u << 28);
    segment_store(ip + 4, 4, 1400u << 16 | (uint32_t)next << 8 | 63);
    memcpy(ip + 8, from, 16);
    memcpy(ip + 24, to, 16);
    return ip + IPV6;
}

static void send(struct forged6 *forged, struct host *host, const uint8_t *to,
                 struct chance *chance)
{
    uint8_t own[16];

    router6_prefix(host, host->world->now_ns, own);
    own[15] = 1;
    forge6_send(forged, host, STRANGER_MAC, chance_of(chance, 500) ? own : FAR_ROUTER, to, 64);
}

/* Any error, with any code. */
void stranger6_error(struct watch *watch, struct chance *chance)
{
    bool to_client = watch->end->side == SIDE_CLIENT;
    uint16_t server = stranger_server_port(watch);
    uint16_t client = to_client ? watch->port : watch->peer->port;
    uint32_t far = (uint32_t)chance_between(chance, 1, 1u << 30);
    struct forged6 forged;
    uint8_t *icmp, *tcp;

    icmp = forge6_begin(&forged, (uint8_t)chance_between(chance, UNREACHABLE, PARAMETER),
                        ICMP + IPV6 + QUOTED);
    icmp[1] = (uint8_t)chance_between(chance, 0, 6);
    segment_store(icmp + 4, 4, (uint32_t)chance_between(chance, 0, 1500));
    tcp = quote(icmp, PACKET_TCP, watch->address6, watch->peer->address6);
    segment_store(tcp, 2, to_client ? client : server);
    segment_store(tcp + 2, 2, to_client ? server : client);
    segment_store(tcp + 4, 4, watch->iss + watch->sent + far);
    segment_store(tcp + 12, 2, 5u << 12 | SEGMENT_ACK);
    send(&forged, watch->end->host, watch->address6, chance);
}

static void say_too_big(struct flow *flow, struct chance *chance)
{
    const struct datagram *last = &flow->datagrams[flow->sent - 1];
    struct forged6 forged;
    uint8_t *udp, *icmp = forge6_begin(&forged, TOO_BIG, ICMP + IPV6 + FRAGMENT + QUOTED);

    segment_store(icmp + 4, 4, (uint32_t)chance_between(chance, LEAST_MTU, 1500));
    udp = quote(icmp, last->numbered ? FRAGMENT_TYPE : PACKET_UDP, last->source, flow->to.address6);
    if (last->numbered) {
        udp[0] = PACKET_UDP;
        segment_store(udp + 2, 2, 1);
        segment_store(udp + 4, 4, last->ip_id);
        udp += FRAGMENT;
    }
    segment_store(udp, 2, DATAGRAM_FROM_PORT + (uint32_t)flow->number);
    segment_store(udp + 2, 2, DATAGRAM_TO_PORT + (uint32_t)flow->number);
    flow->refusals.too_big++;
    send(&forged, &flow->world->hosts[flow->plan->from], last->source, chance);
}

bool stranger6_too_big(struct host *host, struct chance *chance)
{
    for (int i = 0; i < host->world->scenario.flows; i++) {
        struct flow *flow = &host->world->flows[i];

        if (flow->plan->from != host->index || !flow->sent || !flow->to.v6 ||
            !flow->datagrams[flow->sent - 1].out)
            continue;
        say_too_big(flow, chance);
        return true;
    }
    return false;
}
