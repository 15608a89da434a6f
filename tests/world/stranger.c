/* See stranger.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/stranger.h"

#include <string.h>

#include "driver/transport.h"
#include "tests/world/hostile6.h"
#include "tests/world/stranger6.h"

enum {
    ETHERNET = 14,
    IPV4 = 20,
    IPV6 = 40,
    TCP = 20,
    ICMP = 8,
    MOST_DATA = 1000,
    LEAST_FRAME = 60,
    NOISE = ETHERNET + IPV4 + 60 + MOST_DATA
};
enum { PROTOCOL_ICMP = 1, PROTOCOL_TCP = 6 };

struct forged {
    uint8_t frame[ETHERNET + IPV6 + 60 + MOST_DATA];
    size_t length;
};

static void send_to(struct host *host, struct forged *forged)
{
    static const uint8_t mac[6] = {2, 0, 0, 0, 2, 1};

    host_mac(host->index, 0, forged->frame);
    memcpy(forged->frame + 6, mac, 6);
    if (forged->length < LEAST_FRAME)
        forged->length = LEAST_FRAME;
    link_push(&host->aside, forged->frame, forged->length, host->world->now_ns);
}

/* Puts an IP header in front of so many bytes. */
static void make_packet(struct forged *forged, uint32_t from, uint32_t to, int protocol,
                        size_t bytes)
{
    uint8_t *ip = forged->frame + ETHERNET;

    segment_store(forged->frame + 12, 2, 0x0800);
    segment_store(ip, 4, 0x45000000u | (uint32_t)(IPV4 + bytes));
    segment_store(ip + 8, 2, 64u << 8 | (unsigned)protocol);
    segment_store(ip + 12, 4, from);
    segment_store(ip + 16, 4, to);
    segment_store(ip + 10, 2, segment_sum(ip, IPV4, 0));
    forged->length = ETHERNET + IPV4 + bytes;
}

static void make_packet6(struct forged *forged, const uint8_t *from, const uint8_t *to,
                         size_t bytes)
{
    uint8_t *ip = forged->frame + ETHERNET;

    segment_store(forged->frame + 12, 2, 0x86dd);
    segment_store(ip, 4, 6u << 28);
    segment_store(ip + 4, 4, (uint32_t)bytes << 16 | PROTOCOL_TCP << 8 | 64);
    memcpy(ip + 8, from, 16);
    memcpy(ip + 24, to, 16);
    forged->length = ETHERNET + IPV6 + bytes;
}

void stranger_send(struct host *host, const struct forged_segment *segment)
{
    struct forged forged = {.length = 0};
    uint8_t *ip = forged.frame + ETHERNET, *tcp = ip + IPV4;
    uint32_t bytes = TCP + segment->bytes;

    if (segment->source6) {
        tcp = ip + IPV6;
        make_packet6(&forged, segment->source6, segment->destination6, bytes);
    } else {
        make_packet(&forged, segment->source, host_address(host->index), PROTOCOL_TCP, bytes);
    }
    segment_store(tcp, 2, segment->source_port);
    segment_store(tcp + 2, 2, segment->destination_port);
    segment_store(tcp + 4, 4, segment->seq);
    segment_store(tcp + 8, 4, segment->ack);
    segment_store(tcp + 12, 2, 5u << 12 | segment->flags);
    segment_store(tcp + 14, 2, segment->window);
    memset(tcp + TCP, 0x5a, segment->bytes);
    segment_store(tcp + 16, 2,
                  segment_sum(tcp, bytes,
                              segment->source6 ? segment_pseudo6(ip, PROTOCOL_TCP, bytes)
                                               : segment_pseudo(ip, bytes)));
    send_to(host, &forged);
}

uint16_t stranger_server_port(const struct watch *watch)
{
    int number = watch->end->connection;
    bool shared = watch->end->world->scenario.connection[number].shared;

    return (uint16_t)(shared ? WORLD_SHARED_PORT : WORLD_PORT + number);
}

/* A segment to watch's end, as if from its peer. Numbers as they are on the wire. */
static void send_segment(struct watch *watch, uint8_t flags, uint32_t seq, uint32_t ack,
                         uint16_t window, size_t bytes)
{
    bool to_client = watch->end->side == SIDE_CLIENT;
    uint16_t server = stranger_server_port(watch),
             client = to_client ? watch->port : watch->peer->port;

    stranger_send(watch->end->host, &(struct forged_segment){
                                        .source = host_address(watch->peer->end->host->index),
                                        .source6 = watch->v6 ? watch->peer->address6 : NULL,
                                        .destination6 = watch->address6,
                                        .source_port = to_client ? server : client,
                                        .destination_port = to_client ? client : server,
                                        .flags = flags,
                                        .seq = seq,
                                        .ack = ack,
                                        .window = window,
                                        .bytes = (uint32_t)bytes,
                                    });
}

/* ---- attacks on an established connection ---- */

/* Behind the next number that watch's end expects, and in its window, which is not empty. */
static uint32_t in_window(const struct watch *watch, struct chance *chance)
{
    uint32_t room = watch->edge - watch->contiguous;

    return watch->peer->iss + watch->contiguous + (uint32_t)chance_between(chance, 1, room - 1);
}

static uint32_t good_ack(const struct watch *watch)
{
    return watch->iss + watch->peer_ack;
}

/* RFC 5961, 5.2: older than any window, or of what has not been sent. */
static uint32_t bad_ack(const struct watch *watch, struct chance *chance)
{
    uint32_t far = (uint32_t)chance_between(chance, 1u << 21, 1u << 29);

    return watch->iss + (chance_of(chance, 500) ? watch->sent + 1 + far : watch->peer_ack - far);
}

static void forge_reset(struct watch *watch, struct chance *chance)
{
    send_segment(watch, SEGMENT_RST, in_window(watch, chance), 0, 0, 0);
}

static void forge_syn(struct watch *watch, struct chance *chance)
{
    uint8_t ack = chance_of(chance, 500) ? SEGMENT_ACK : 0;

    send_segment(watch, SEGMENT_SYN | ack, in_window(watch, chance), good_ack(watch), 1000, 0);
}

static void forge_data(struct watch *watch, struct chance *chance)
{
    uint32_t seq = watch->peer->iss + watch->contiguous;

    send_segment(watch, SEGMENT_ACK | (chance_of(chance, 300) ? SEGMENT_FIN : 0), seq,
                 bad_ack(watch, chance), 65535, chance_between(chance, 1, MOST_DATA));
}

static void forge_ack(struct watch *watch, struct chance *chance)
{
    send_segment(watch, SEGMENT_ACK, watch->peer->iss + watch->contiguous, bad_ack(watch, chance),
                 65535, 0);
}

/* Far outside the window, with any flags. */
static void forge_far(struct watch *watch, struct chance *chance)
{
    uint32_t seq =
        watch->peer->iss + watch->edge + (uint32_t)chance_between(chance, 1u << 20, 1u << 30);

    send_segment(watch, (uint8_t)chance_draw(chance), seq, good_ack(watch),
                 (uint16_t)chance_draw(chance), chance_between(chance, 0, MOST_DATA));
}

/* An ICMP error that quotes a segment which is not under way (RFC 5927, 4.1). */
static void forge_icmp4(struct watch *watch, struct chance *chance)
{
    struct forged forged = {.length = 0};
    struct watch *client = watch->end->side == SIDE_CLIENT ? watch : watch->peer;
    uint16_t server = stranger_server_port(watch);
    uint32_t own = host_address(watch->end->host->index);
    uint8_t *icmp = forged.frame + ETHERNET + IPV4, *quoted = icmp + ICMP, *tcp = quoted + IPV4;
    size_t bytes = ICMP + IPV4 + 8;

    segment_store(icmp, 2, 3u << 8 | (uint32_t)chance_between(chance, 0, 5));
    segment_store(icmp + 6, 2, (uint32_t)chance_between(chance, 68, 1500));
    segment_store(quoted, 4, 0x45000028u);
    segment_store(quoted + 8, 2, 64u << 8 | PROTOCOL_TCP);
    segment_store(quoted + 12, 4, own);
    segment_store(quoted + 16, 4, host_address(watch->peer->end->host->index));
    segment_store(tcp, 2, watch == client ? client->port : server);
    segment_store(tcp + 2, 2, watch == client ? server : client->port);
    segment_store(tcp + 4, 4,
                  watch->iss + watch->sent + (uint32_t)chance_between(chance, 1, 1u << 30));
    segment_store(icmp + 2, 2, segment_sum(icmp, bytes, 0));
    make_packet(&forged, host_gateway(watch->end->host->index), own, PROTOCOL_ICMP, bytes);
    send_to(watch->end->host, &forged);
}

static void forge_icmp(struct watch *watch, struct chance *chance)
{
    (watch->v6 ? stranger6_error : forge_icmp4)(watch, chance);
}

/* ---- attacks on a host ---- */

/* Nothing but noise behind an Ethernet header, and perhaps an IP header. */
static void send_noise(struct host *host, struct chance *chance)
{
    static const uint16_t types[] = {0x0800, 0x86dd, 0x88cc, 0x8100, 0x0042};
    struct forged forged;
    size_t bytes = chance_between(chance, 0, MOST_DATA);

    for (size_t i = 0; i < NOISE; i++)
        forged.frame[i] = (uint8_t)chance_draw(chance);
    segment_store(forged.frame + 12, 2, types[chance_draw(chance) % 5]);
    forged.length = ETHERNET + bytes;
    if (chance_of(chance, 600)) {
        make_packet(&forged, (uint32_t)chance_draw(chance), host_address(host->index),
                    (int)(chance_draw(chance) & 0xff), bytes);
        forged.frame[ETHERNET + 9] = (uint8_t)(chance_of(chance, 500) ? PROTOCOL_TCP : 17);
        segment_store(forged.frame + ETHERNET + 10, 2, 0);
        segment_store(forged.frame + ETHERNET + 10, 2,
                      segment_sum(forged.frame + ETHERNET, IPV4, 0));
    }
    send_to(host, &forged);
}

/* One whose end is still there, not in TIME-WAIT, and with a window in which a number can be chosen. */
static bool is_established(const struct watch *watch)
{
    const struct end *end = watch->end;

    return !watch->unclear && end->open && !end->left && !end->error && watch->acked &&
           watch->peer->acked && !(watch->fin && watch->peer->fin) &&
           watch->edge > watch->contiguous + 1;
}

static void attack(struct watch *watch, struct chance *chance)
{
    static void (*const forge[])(struct watch *, struct chance *) = {
        forge_reset, forge_syn, forge_data, forge_ack, forge_far, forge_icmp};

    if (!watch->end->host->strict)
        return;
    if (watch->end->host->config->router.on && chance_of(chance, 500)) {
        if (!chance_of(chance, 100) || !stranger6_too_big(watch->end->host, chance))
            hostile6_send(watch->end->host, chance);
        return;
    }
    if (is_established(watch) && chance_of(chance, 800))
        forge[chance_draw(chance) % (sizeof forge / sizeof forge[0])](watch, chance);
    else
        send_noise(watch->end->host, chance);
}

void stranger_attack(struct world *world)
{
    struct chance *chance = &world->stranger;
    struct watch *watches =
        world->watches[chance_draw(chance) % (unsigned)world->scenario.connections];

    attack(&watches[chance_draw(chance) % 2], chance);
    world->attacks_left--;
    world->attack_ns = world->attacks_left
                           ? world->now_ns + chance_scale(chance, 1000, 200 * WORLD_MS)
                           : TIME_NEVER;
}
