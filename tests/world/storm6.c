/* See storm6.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/storm6.h"

#include <string.h>

#include "driver/transport.h"
#include "tests/world/forge6.h"
#include "tests/world/packet.h"
#include "tests/world/segment.h"

enum { ETHERNET = 14, IPV6 = 40, UDP = 8, HOP_LIMIT = 255 };
enum { ECHO = 128, ROUTER_ADVERTISEMENT = 134, SOLICITATION = 135, ADVERTISEMENT = 136 };
enum { MOST_PREFIXES = 6, NOBODYS_PORT = 9 };

struct gust {
    struct host *host;
    struct chance *chance;
    struct forged6 forged;
    uint8_t from[16], to[16], mac[6]; /* from: somebody of whom nobody has heard, on the link */
};

static void send(struct gust *gust, const uint8_t source[16], uint8_t hop_limit)
{
    forge6_send(&gust->forged, gust->host, gust->mac, source, gust->to, hop_limit);
}

/* One more neighbour, that wants to be known. */
static void ask(struct gust *gust)
{
    memcpy(forge6_begin(&gust->forged, SOLICITATION, 24) + 8, gust->to, 16);
    forge6_link(&gust->forged, 1, gust->mac);
    send(gust, gust->from, HOP_LIMIT);
}

/* The same, but for somebody else. */
static void ask_astray(struct gust *gust)
{
    uint8_t *icmp = forge6_begin(&gust->forged, SOLICITATION, 24);

    memcpy(icmp + 8, gust->to, 16);
    icmp[8 + 15] ^= 1;
    forge6_link(&gust->forged, 1, gust->mac);
    send(gust, gust->from, HOP_LIMIT);
}

static void tell(struct gust *gust)
{
    uint8_t *icmp = forge6_begin(&gust->forged, ADVERTISEMENT, 24);

    icmp[4] = 0x60;
    memcpy(icmp + 8, gust->from, 16);
    forge6_link(&gust->forged, 2, gust->mac);
    send(gust, gust->from, HOP_LIMIT);
}

/* From beyond the link, so that the answer gets as far as the router. */
static void move_away(struct gust *gust)
{
    static const uint8_t elsewhere[8] = {0x20, 0x01, 0x0d, 0xb8, 0xff};

    if (chance_of(gust->chance, 300))
        memcpy(gust->from, elsewhere, sizeof elsewhere);
}

/* Whose answer needs a MAC address that nobody will tell. */
static void ping(struct gust *gust)
{
    move_away(gust);
    forge6_begin(&gust->forged, ECHO, 8 + chance_between(gust->chance, 0, 1000));
    send(gust, gust->from, 64);
}

static void knock(struct gust *gust)
{
    uint8_t *udp = forge6_begin(&gust->forged, 0, UDP), *ip = udp - IPV6;

    move_away(gust);
    segment_store(ip, 4, 6u << 28);
    segment_store(ip + 4, 4, (uint32_t)UDP << 16 | PACKET_UDP << 8 | 64);
    memcpy(ip + 8, gust->from, 16);
    memcpy(ip + 24, gust->to, 16);
    segment_store(udp, 4, (uint32_t)chance_between(gust->chance, 1024, 9999) << 16 | NOBODYS_PORT);
    segment_store(udp + 4, 2, UDP);
    segment_store(udp + 6, 2, segment_sum(udp, UDP, segment_pseudo6(ip, PACKET_UDP, UDP)));
    forge6_send_as_it_is(&gust->forged, gust->host, gust->mac);
}

/* One that is no router tells of a prefix on the link that nobody uses, which gives the host an address more that is not preferred. */
static void tell_of_prefix(struct gust *gust)
{
    uint8_t *icmp = forge6_begin(&gust->forged, ROUTER_ADVERTISEMENT, 16 + 32);
    uint8_t source[16] = {0xfe, 0x80};

    memcpy(source + 8, gust->from + 8, 8);
    segment_store(icmp + 16, 4, 3u << 24 | 4u << 16 | 64u << 8 | 0xc0);
    segment_store(icmp + 20, 4, 86400);
    segment_store(icmp + 32, 4, 0x20010db8);
    icmp[32 + 5] = 0xfe;
    icmp[32 + 7] = (uint8_t)chance_between(gust->chance, 1, MOST_PREFIXES);
    send(gust, source, HOP_LIMIT);
}

void storm6_send(struct world *world)
{
    static void (*const gusts[STORM_KINDS])(struct gust *) = {ask,  ask_astray, tell,
                                                              ping, knock,      tell_of_prefix};
    const struct storm_plan *plan = &world->scenario.storm;
    struct gust gust = {.host = &world->hosts[plan->host], .chance = &world->stranger};
    uint64_t number = chance_draw(gust.chance), kind = chance_draw(gust.chance);

    if (gust.host->ops->address6(gust.host, gust.to)) {
        memcpy(gust.from, gust.to, 8);
        memcpy(gust.from + 8, &number, 8);
        memcpy(gust.mac, (uint8_t[]){2, 0, 0, 0, 2}, 5);
        gust.mac[5] = (uint8_t)number;
        gusts[plan->kind < STORM_KINDS ? plan->kind : kind % STORM_KINDS](&gust);
        world->tally.storm6++;
    }
    world->storm_left--;
    world->storm_ns = world->storm_left
                          ? world->now_ns + chance_between(gust.chance, 1, plan->gap_ns)
                          : TIME_NEVER;
}
