/* See link.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/link.h"

#include "driver/transport.h"

enum { IPV6_BYTES = 40, IPV6_ADDRESSES_AT = 8 };
enum { ETHERNET_BYTES = 14, PROTOCOL_UDP = 17, UDP_SUM_AT = 26 };

void link_init(struct link *link, const struct link_config *config, uint64_t seed,
               enum wire_direction direction, struct frame_pool *pool)
{
    *link = (struct link){.config = *config, .chance = chance_split(seed, direction)};
    link->config.wire.seed = seed;
    impair_init(&link->impair, &link->config.wire, direction, pool, &link->counters);
}

static const struct link_spell *spell_at(const struct link_spell *spells, uint64_t now_ns)
{
    for (int i = 0; i < LINK_SPELLS; i++)
        if (now_ns >= spells[i].from_ns && now_ns < spells[i].until_ns)
            return &spells[i];
    return NULL;
}

static bool burst_takes(struct link *link, uint64_t now_ns)
{
    if (chance_of(&link->chance, link->config.burst) && now_ns >= link->burst_until_ns)
        link->burst_until_ns = now_ns + link->config.burst_ns;
    return now_ns < link->burst_until_ns;
}

static void flip(struct frame *frame, uint32_t begin, uint32_t bits, uint64_t pattern)
{
    for (uint32_t bit = begin; bit < begin + bits; bit++, pattern >>= 1)
        frame->bytes[ETHERNET_BYTES + bit / 8] ^= (uint8_t)((pattern & 1) << (7 - bit % 8));
}

/* RFC 768: a sum of 0 is none. */
static bool has_lost_its_sum(const struct frame *frame)
{
    const uint8_t *ip = frame->bytes + ETHERNET_BYTES;

    return ip[9] == PROTOCOL_UDP && !(ip[6] & 0x1f) && !ip[7] && !ip[UDP_SUM_AT] &&
           !ip[UDP_SUM_AT + 1];
}

/* The bytes of a packet that some sum guards: of IPv4 all, of IPv6 those from the addresses on; nothing but the FCS guards an
 * Ethernet header, an ARP packet or padding. Returns false if there are none. */
static bool find_guarded(const struct frame *frame, uint32_t *first, uint32_t *length)
{
    const uint8_t *ip = frame->bytes + ETHERNET_BYTES;
    bool v6 = frame->bytes[12] == 0x86 && frame->bytes[13] == 0xdd;

    *first = v6 ? IPV6_ADDRESSES_AT : 0;
    *length = v6 ? IPV6_BYTES + (uint32_t)(ip[4] << 8 | ip[5]) : (uint32_t)(ip[2] << 8 | ip[3]);
    return (v6 || (frame->bytes[12] == 8 && frame->bytes[13] == 0)) &&
           *length <= frame->length - ETHERNET_BYTES;
}

static void change_bits(struct link *link, struct frame *frame)
{
    uint32_t bits, begin, first, length;
    uint64_t pattern = chance_draw(&link->chance);

    if (!find_guarded(frame, &first, &length))
        return;
    bits = (uint32_t)chance_between(&link->chance, 1, LINK_BURST_BITS);
    begin = (uint32_t)chance_between(&link->chance, first * 8, length * 8 - bits);
    pattern = (pattern & ((1u << bits) - 1)) | 1u | 1u << (bits - 1);
    flip(frame, begin, bits, pattern);
    if (!first && has_lost_its_sum(frame))
        flip(frame, begin, bits, pattern);
    else
        link->changed++;
}

void link_push(struct link *link, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    bool lost = burst_takes(link, now_ns), changed = chance_of(&link->chance, link->config.change);
    struct frame *frame;

    if (lost || spell_at(link->config.holes, now_ns)) {
        link->counters.lost++;
        return;
    }
    frame = frame_take(link->impair.pool, bytes, len);
    if (!frame) {
        link->counters.lost++;
        return;
    }
    if (changed)
        change_bits(link, frame);
    impair_push(&link->impair, frame, now_ns);
}

struct frame *link_pop(struct link *link, uint64_t now_ns)
{
    return spell_at(link->config.pauses, now_ns) ? NULL : impair_pop(&link->impair, now_ns);
}

uint64_t link_deadline(const struct link *link, uint64_t now_ns)
{
    uint64_t due = impair_deadline(&link->impair);
    const struct link_spell *pause;

    if (due == TIME_NEVER)
        return due;
    due = due > now_ns ? due : now_ns;
    pause = spell_at(link->config.pauses, due);
    return pause ? pause->until_ns : due;
}

bool link_is_dead(const struct link *link, uint64_t now_ns)
{
    for (int i = 0; i < LINK_SPELLS; i++)
        if (link->config.holes[i].from_ns <= now_ns && link->config.holes[i].until_ns == TIME_NEVER)
            return true;
    return false;
}

void link_close(struct link *link)
{
    impair_empty(&link->impair);
}
