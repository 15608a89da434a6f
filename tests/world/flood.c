/* See flood.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/flood.h"

#include <string.h>

#include "driver/transport.h"
#include "tests/world/stranger.h"

enum { NOBODY = 0x0b000000 }; /* 11.0.0.0/8: the router knows no way there */

/* Over IPv6, if the host has an address: from a network to which the router knows no way, or from the host's own link, where whoever
 * would answer has to ask for somebody whom there is not. Returns false if it is to be IPv4. */
static bool make_ipv6(struct forged_segment *segment, const struct host *host,
                      struct chance *chance, uint8_t from[16], uint8_t to[16])
{
    static const uint8_t nobody[8] = {0x20, 0x01, 0x0d, 0xb8, 0xff};
    uint64_t number;

    if (!host->ops->address6(host, to) || (!host->config->router.alone && chance_of(chance, 300)))
        return false;
    number = chance_draw(chance);
    memcpy(from, chance_of(chance, 500) ? nobody : to, 8);
    memcpy(from + 8, &number, 8);
    segment->source6 = from;
    segment->destination6 = to;
    return true;
}

void flood_send(struct world *world)
{
    const struct crowd *crowd = &world->scenario.crowd;
    struct chance *chance = &world->stranger;
    uint8_t from[16], to[16];
    bool ack = chance_of(chance, 200);
    struct forged_segment segment = {
        .source = NOBODY + (uint32_t)chance_between(chance, 1, 0xffffff),
        .source_port = (uint16_t)chance_between(chance, 10000, WORLD_CLIENT_PORT - 1),
        .destination_port = WORLD_SHARED_PORT,
        .flags = ack ? SEGMENT_ACK : SEGMENT_SYN,
        .seq = (uint32_t)chance_draw(chance),
        .ack = ack ? (uint32_t)chance_draw(chance) : 0,
        .window = (uint16_t)chance_draw(chance),
    };

    world->tally.flood6 += make_ipv6(&segment, &world->hosts[crowd->server], chance, from, to);
    stranger_send(&world->hosts[crowd->server], &segment);
    world->flood_left--;
    world->flood_ns = world->flood_left
                          ? world->now_ns + chance_between(chance, 1, crowd->flood_gap_ns)
                          : TIME_NEVER;
}
