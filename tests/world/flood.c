/* See flood.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/flood.h"

#include "driver/transport.h"
#include "tests/world/stranger.h"

enum { NOBODY = 0x0b000000 }; /* 11.0.0.0/8: the router knows no way there */

void flood_send(struct world *world)
{
    const struct crowd *crowd = &world->scenario.crowd;
    struct chance *chance = &world->stranger;
    bool ack = chance_of(chance, 200);
    const struct forged_segment segment = {
        .source = NOBODY + (uint32_t)chance_between(chance, 1, 0xffffff),
        .source_port = (uint16_t)chance_between(chance, 10000, WORLD_CLIENT_PORT - 1),
        .destination_port = WORLD_SHARED_PORT,
        .flags = ack ? SEGMENT_ACK : SEGMENT_SYN,
        .seq = (uint32_t)chance_draw(chance),
        .ack = ack ? (uint32_t)chance_draw(chance) : 0,
        .window = (uint16_t)chance_draw(chance),
    };

    stranger_send(&world->hosts[crowd->server], &segment);
    world->flood_left--;
    world->flood_ns = world->flood_left
                          ? world->now_ns + chance_between(chance, 1, crowd->flood_gap_ns)
                          : TIME_NEVER;
}
