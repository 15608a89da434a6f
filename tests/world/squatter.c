/* See squatter.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/squatter.h"

#include <string.h>

#include "driver/transport.h"
#include "tests/world/forge6.h"
#include "tests/world/packet.h"
#include "tests/world/world.h"

enum { SOLICITATION = 135, ADVERTISEMENT = 136, TARGET_AT = 8, NEIGHBOR_BYTES = 24 };
enum { OVERRIDE = 0x20, HOP_LIMIT = 255 };
#define ANSWER_NS WORLD_S

static const uint8_t NOWHERE[16];
static const uint8_t ALL_NODES[16] = {0xff, 2, [15] = 1};

void squatter_init(struct host *host)
{
    host->squatter.answer_ns = TIME_NEVER;
}

static void mac_of(const struct host *host, uint8_t mac[6])
{
    memcpy(mac, (uint8_t[]){2, 0, 0, 0, 3, (uint8_t)(host->index + 1)}, 6);
}

/* "It is mine." */
static void advertise(struct host *host, const uint8_t *address)
{
    struct forged6 forged;
    uint8_t mac[6], *icmp = forge6_begin(&forged, ADVERTISEMENT, NEIGHBOR_BYTES);

    mac_of(host, mac);
    icmp[4] = OVERRIDE;
    memcpy(icmp + TARGET_AT, address, 16);
    forge6_link(&forged, 2, mac);
    forge6_send(&forged, host, mac, address, ALL_NODES, HOP_LIMIT);
}

/* "Is it anybody's?" */
static void probe(struct host *host, const uint8_t *address)
{
    struct forged6 forged;
    uint8_t group[16] = {0xff, 2, [11] = 1, 0xff}, mac[6];

    mac_of(host, mac);
    memcpy(group + 13, address + 13, 3);
    memcpy(forge6_begin(&forged, SOLICITATION, NEIGHBOR_BYTES) + TARGET_AT, address, 16);
    forge6_send(&forged, host, mac, NOWHERE, group, HOP_LIMIT);
}

/* Whether it has the address: from now on, if it still claims some. */
static bool has(struct host *host, const uint8_t *address)
{
    struct squatter *squatter = &host->squatter;

    for (unsigned i = 0; i < squatter->count; i++)
        if (!memcmp(squatter->has[i], address, 16))
            return true;
    if (squatter->count == host->config->squatter.claims)
        return false;
    memcpy(squatter->has[squatter->count++], address, 16);
    return true;
}

static bool is_about(const struct packet *packet, uint8_t type)
{
    return packet->v6 && packet->protocol == PACKET_ICMPV6 && packet->bytes >= NEIGHBOR_BYTES &&
           packet->data[0] == type;
}

void squatter_hear(struct host *host, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    struct squatter *squatter = &host->squatter;
    struct packet packet;

    if (!host->config->router.on || !packet_read_frame(frame, len, &packet))
        return;
    if (is_about(&packet, ADVERTISEMENT) && !memcmp(packet.data + TARGET_AT, squatter->asked, 16) &&
        !memcmp(packet.destination, ALL_NODES, 16))
        squatter->answer_ns = TIME_NEVER;
    if (!is_about(&packet, SOLICITATION) || memcmp(packet.source, NOWHERE, 16) ||
        !has(host, packet.data + TARGET_AT))
        return;
    host->world->tally.duplicates6++;
    neighbor_watch_taken(host, packet.data + TARGET_AT, now_ns);
    (chance_of(&host->chance, 700) ? advertise : probe)(host, packet.data + TARGET_AT);
}

/* ---- of its own accord ---- */

uint64_t squatter_deadline(const struct host *host)
{
    const struct squatter *squatter = &host->squatter;
    uint64_t asks_ns = host->config->squatter.asks_ns;

    if (!host->config->router.on)
        return TIME_NEVER;
    return asks_ns && !squatter->has_asked ? asks_ns : squatter->answer_ns;
}

/* RFC 4862, 5.4.3, RFC 4861, 7.2.4: who has the address says so, to all. */
static void ask(struct host *host, uint64_t now_ns)
{
    struct squatter *squatter = &host->squatter;

    squatter->has_asked = true;
    if (!host->ops->address6(host, squatter->asked))
        return;
    if (host->strict && !host_may_lose_what_comes(host))
        squatter->answer_ns = now_ns + ANSWER_NS;
    probe(host, squatter->asked);
}

void squatter_poll(struct host *host, uint64_t now_ns)
{
    if (squatter_deadline(host) > now_ns)
        return;
    if (!host->squatter.has_asked) {
        ask(host, now_ns);
        return;
    }
    host->squatter.answer_ns = TIME_NEVER;
    world_fail(host->world, "host %d: does not say that an address is its own", host->index);
}
