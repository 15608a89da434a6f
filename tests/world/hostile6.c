/* See hostile6.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/hostile6.h"

#include <string.h>

#include "tests/world/forge6.h"
#include "tests/world/router6.h"
#include "tests/world/segment.h"
#include "tests/world/world.h"
#include "host/stack/address.h"

enum { IPV6 = 40, HOP_LIMIT = 255 };
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, NO_MORE = 59, TO_DESTINATION = 60 };

static const uint8_t STRANGER_MAC[6] = {2, 0, 0, 0, 2, 1};
static const struct address ALL_NODES = {{0xff, 2, [15] = 1}};
static const uint8_t ON_LINK[16] = {0xfe, 0x80, [14] = 0xbd, 0x66};
static const uint8_t ELSEWHERE[16] = {0x20, 0x01, 0x0d, 0xb8, 0xff, [15] = 0x66};

struct hostile {
    struct host *host;
    struct chance *chance;
    struct address to;
    bool is_its_own; /* to is an address that the host has */
    struct forged6 forged;
    uint8_t *ip, *icmp;
};

static void send(struct hostile *h)
{
    forge6_send_as_it_is(&h->forged, h->host, STRANGER_MAC);
}

static void seal_and_send(struct hostile *h, const uint8_t source[16], uint8_t hop_limit)
{
    forge6_send(&h->forged, h->host, STRANGER_MAC, source, h->to.bytes, hop_limit);
}

/* ---- neighbour discovery ---- */

static void put_link(struct hostile *h, uint8_t type)
{
    forge6_link(&h->forged, type, STRANGER_MAC);
}

/* "I am the router": it was forwarded, so it comes from beyond the link (7.1.2). */
static void advertise_neighbor(struct hostile *h)
{
    h->icmp[0] = 136;
    h->icmp[4] = 0xe0;
    memcpy(h->icmp + 8, ROUTER6_ADDRESS, 16);
    h->forged.bytes = 24;
    put_link(h, 2);
    seal_and_send(h, ROUTER6_ADDRESS, (uint8_t)chance_between(h->chance, 1, HOP_LIMIT - 1));
}

static void put_router(struct hostile *h)
{
    h->icmp[0] = 134;
    h->icmp[4] = 1; /* hops that our packets should have */
    segment_store(h->icmp + 6, 2, chance_of(h->chance, 500) ? 0 : 9000);
    h->forged.bytes = 16;
    put_link(h, 1);
    segment_store(h->icmp + h->forged.bytes, 4, 3u << 24 | 4u << 16 | 64u << 8 | 0xc0);
    segment_store(h->icmp + h->forged.bytes + 4, 4, 86400);
    segment_store(h->icmp + h->forged.bytes + 8, 4, chance_of(h->chance, 500) ? 0 : 14400);
    router6_prefix(h->host, h->host->world->now_ns, h->icmp + h->forged.bytes + 16);
    h->forged.bytes += 32;
}

/* In the router's name from beyond the link, or by a router that has no link-local address (6.1.2). */
static void advertise_router(struct hostile *h)
{
    bool far = chance_of(h->chance, 500);

    put_router(h);
    seal_and_send(h, far ? ROUTER6_ADDRESS : ELSEWHERE,
                  far ? (uint8_t)chance_between(h->chance, 1, HOP_LIMIT - 1) : HOP_LIMIT);
}

/* An option of length 0, or one that goes on behind the end, in the router's name: all of it is dropped (6.1.2, 7.1). */
static void break_options(struct hostile *h)
{
    put_router(h);
    if (chance_of(h->chance, 500))
        h->icmp[16 + 1] = 0;
    else
        h->icmp[16 + 8 + 1] = (uint8_t)chance_between(h->chance, 5, 255);
    seal_and_send(h, ROUTER6_ADDRESS, HOP_LIMIT);
}

/* A better first hop, by one who is not the present one (8.1). */
static void redirect(struct hostile *h)
{
    h->icmp[0] = 137;
    memcpy(h->icmp + 8, ON_LINK, 16);
    memcpy(h->icmp + 24, ELSEWHERE, 16);
    h->forged.bytes = 40;
    put_link(h, 2);
    seal_and_send(h, ON_LINK, HOP_LIMIT);
}

/* The router's own, but to a station that is not on the link, or about a group (8.1). */
static void redirect_astray(struct hostile *h)
{
    bool to_group = chance_of(h->chance, 500);

    h->icmp[0] = 137;
    memcpy(h->icmp + 8, to_group ? ON_LINK : ELSEWHERE, 16);
    memcpy(h->icmp + 24, ELSEWHERE, 16);
    h->icmp[24] = to_group ? 0xff : 0x20;
    h->icmp[24 + 15] ^= !to_group;
    h->forged.bytes = 40;
    put_link(h, 2);
    seal_and_send(h, ROUTER6_ADDRESS, HOP_LIMIT);
}

/* An address that the host has and uses is another station's, says this one (RFC 4862, 5.4.4). */
static void claim_address(struct hostile *h)
{
    h->icmp[0] = 136;
    h->icmp[4] = 0x20;
    memcpy(h->icmp + 8, h->to.bytes, 16);
    h->forged.bytes = 24;
    put_link(h, 2);
    if (!h->is_its_own)
        h->icmp[1] = 1; /* of all nodes' address it says what no message may */
    seal_and_send(h, ON_LINK, HOP_LIMIT);
}

/* Of one whom nobody has asked for: no entry is made (7.2.5), whatever its number. */
static void advertise_unasked(struct hostile *h)
{
    uint8_t source[16];

    memcpy(source, ON_LINK, sizeof source);
    segment_store(source + 8, 4, (uint32_t)chance_draw(h->chance));
    h->icmp[0] = 136;
    h->icmp[4] = 0x20;
    memcpy(h->icmp + 8, source, 16);
    h->forged.bytes = 24;
    put_link(h, 2);
    seal_and_send(h, source, HOP_LIMIT);
}

/* Asks from no address and tells one all the same (7.1.1). */
static void solicit_from_nowhere(struct hostile *h)
{
    static const uint8_t nowhere[16];

    h->icmp[0] = 135;
    router6_prefix(h->host, h->host->world->now_ns, h->icmp + 8);
    h->icmp[8 + 15] = 7;
    h->forged.bytes = 24;
    put_link(h, 1);
    seal_and_send(h, nowhere, HOP_LIMIT);
}

/* RFC 4443, 2.4 (m), RFC 8201, 4: quotes what nobody has sent. */
static void claim_too_big(struct hostile *h)
{
    uint8_t *quoted = h->icmp + 8;

    h->icmp[0] = 2;
    segment_store(h->icmp + 4, 4, (uint32_t)chance_between(h->chance, 0, 1500));
    segment_store(quoted, 4, 6u << 28);
    segment_store(quoted + 4, 2, 1460);
    quoted[6] = 6;
    memcpy(quoted + 8, ELSEWHERE, 16);
    memcpy(quoted + 24, ELSEWHERE, 16);
    h->forged.bytes = 8 + IPV6 + 20;
    seal_and_send(h, ELSEWHERE, 64);
}

/* ---- extension headers ---- */

/* Up to 30 headers of any kind and length, with random options in them, and rubbish behind. */
static void chain(struct hostile *h)
{
    static const uint8_t kinds[] = {HOP_BY_HOP, ROUTING, FRAGMENT, TO_DESTINATION, NO_MORE, 6,
                                    17,         58,      253};
    uint8_t *next = h->ip + 6;
    size_t at = 0;

    segment_store(h->ip, 4, 6u << 28);
    h->ip[7] = 64;
    memcpy(h->ip + 8, ELSEWHERE, 16);
    memcpy(h->ip + 24, h->to.bytes, 16);
    for (uint64_t left = chance_between(h->chance, 1, 30); left && at < 1000; left--) {
        size_t units = chance_of(h->chance, 700) ? 0 : chance_between(h->chance, 0, 10);

        *next = kinds[chance_draw(h->chance) % (left > 1 ? 4 : sizeof kinds)];
        next = h->icmp + at;
        for (size_t i = 0; i < 8 * (units + 1); i++)
            next[i] = (uint8_t)chance_draw(h->chance);
        next[1] = (uint8_t)units;
        at += 8 * (units + 1);
    }
    *next = (uint8_t)chance_draw(h->chance);
    h->forged.bytes = at - chance_between(h->chance, 0, 7);
    segment_store(h->ip + 4, 2, (uint32_t)h->forged.bytes);
    send(h);
}

/* RFC 5722: pieces of a datagram that overlap, that nobody completes, or that are larger than any packet. */
static void fragment(struct hostile *h)
{
    uint32_t offset = (uint32_t)chance_scale(h->chance, 0, 8191);

    segment_store(h->ip, 4, 6u << 28);
    h->ip[6] = FRAGMENT;
    h->ip[7] = 64;
    memcpy(h->ip + 8, ELSEWHERE, 16);
    memcpy(h->ip + 24, h->to.bytes, 16);
    h->icmp[0] = chance_of(h->chance, 500) ? 6 : 58;
    segment_store(h->icmp + 2, 2, offset << 3 | (chance_of(h->chance, 700) ? 1 : 0));
    segment_store(h->icmp + 4, 4, (uint32_t)chance_between(h->chance, 1, 4));
    h->forged.bytes = 8 + chance_between(h->chance, 0, 1200);
    segment_store(h->ip + 4, 2, (uint32_t)h->forged.bytes);
    send(h);
}

void hostile6_send(struct host *host, struct chance *chance)
{
    static void (*const sends[])(struct hostile *) = {
        advertise_neighbor, advertise_router,  break_options,
        redirect,           advertise_unasked, solicit_from_nowhere,
        claim_too_big,      redirect_astray,   chain,
        claim_address,      fragment};
    struct hostile h = {.host = host, .chance = chance};

    h.is_its_own = host->ops->address6(host, h.to.bytes) && !chance_of(chance, 300);
    if (!h.is_its_own)
        h.to = ALL_NODES;
    h.icmp = forge6_begin(&h.forged, 0, 0);
    h.ip = h.icmp - IPV6;
    sends[chance_draw(chance) % (sizeof sends / sizeof sends[0])](&h);
}
