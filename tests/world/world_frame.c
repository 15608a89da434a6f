/* What the oracles see of a frame that leaves a host or reaches it. See world.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/world/packet.h"
#include "tests/world/router6.h"
#include "tests/world/world.h"

enum { ETHERNET = 14, ARP_BYTES = 28, ARP_TYPE = 0x0806, ARP_REQUEST = 1, ARP_ANSWER = 2 };
enum { IPV6 = 40, IPV6_TYPE = 0x86dd, PROTOCOL_ICMPV6 = 58, ROUTER_ADVERTISEMENT = 134 };
enum { NEIGHBOR_SOLICITATION = 135, NEIGHBOR_ADVERTISEMENT = 136 };

/* Of the client's and the server's port the server's tells the connection, or where a listener has several the client's. */
static unsigned number_of(const struct world *world, uint16_t client, uint16_t server)
{
    bool shared = server == WORLD_SHARED_PORT;
    unsigned number = shared ? (unsigned)client - WORLD_CLIENT_PORT : (unsigned)server - WORLD_PORT;

    if (number < (unsigned)world->scenario.connections &&
        world->scenario.connection[number].shared == shared)
        return number;
    return WORLD_CONNECTIONS;
}

struct watch *world_watch(struct host *host, uint16_t source, uint16_t destination, bool arrives)
{
    for (int side = 0; side < 2; side++) {
        bool to_server = (side == SIDE_CLIENT) != arrives;
        uint16_t server = to_server ? destination : source;
        uint16_t client = to_server ? source : destination;
        unsigned number = number_of(host->world, client, server);
        struct watch *watches = host->world->watches[number];

        if (number == WORLD_CONNECTIONS || watches[side].end->host != host)
            continue;
        if (side == SIDE_CLIENT && !arrives && !watches[SIDE_CLIENT].port)
            watches[SIDE_CLIENT].port = client;
        if (watches[SIDE_CLIENT].port == client)
            return &watches[side];
    }
    return NULL;
}

static void watch_frame(struct host *host, const uint8_t *bytes, size_t len, bool arrives,
                        uint64_t now_ns)
{
    enum segment_verdict verdict;
    struct segment segment;
    struct watch *watch;
    const char *why;

    verdict = segment_read(bytes, len, &segment, &why);
    host->world->tally.segments6 += verdict == SEGMENT_IS_TCP && segment.source6 && !arrives;
    host->world->tally.behind_headers6 += verdict == SEGMENT_IS_TCP && segment.source6 &&
                                          !arrives && bytes[ETHERNET + 6] != PACKET_TCP;
    if (verdict == SEGMENT_IS_BAD && !arrives && host->strict)
        world_fail(host->world, "host %d sends a bad frame: %s", host->index, why);
    watch = verdict == SEGMENT_IS_TCP
                ? world_watch(host, segment.source_port, segment.destination_port, arrives)
                : NULL;
    if (watch && arrives)
        watch_arrived(watch, &segment, now_ns);
    else if (watch)
        watch_sent(watch, &segment, now_ns);
}

/* A request for the MAC address of host's gateway, or the answer to it. */
static void count_arp(struct host *host, const uint8_t *bytes, size_t len, bool arrives)
{
    const uint8_t *arp = bytes + ETHERNET, *gateway = arp + (arrives ? 14 : 24);

    if (len < ETHERNET + ARP_BYTES || segment_word(bytes + 12, 2) != ARP_TYPE ||
        segment_word(arp + 6, 2) != (arrives ? ARP_ANSWER : ARP_REQUEST) ||
        segment_word(gateway, 4) != host_gateway(host->index))
        return;
    host->asked_in_vain = arrives ? 0 : host->asked_in_vain + 1;
}

/* The same of IPv6; who advertises a router tells its address, too (RFC 4861, 6.3.4). */
static void count_solicitation(struct host *host, const uint8_t *bytes, size_t len, bool arrives)
{
    struct packet packet;
    bool about_router;

    if (!packet_read_frame(bytes, len, &packet) || packet.protocol != PACKET_ICMPV6 ||
        packet.bytes < 24)
        return;
    about_router = !memcmp(packet.data + 8, ROUTER6_ADDRESS, 16);
    if (!arrives && about_router && packet.data[0] == NEIGHBOR_SOLICITATION)
        host->asked_in_vain6++;
    else if (arrives && ((about_router && packet.data[0] == NEIGHBOR_ADVERTISEMENT) ||
                         packet.data[0] == ROUTER_ADVERTISEMENT))
        host->asked_in_vain6 = 0;
}

/* The router says that it is one, or (with a lifetime of 0) that it is not (RFC 4861, 4.2). */
static void hear_router(struct host *host, const uint8_t *bytes, size_t len)
{
    const uint8_t *ip = bytes + ETHERNET, *icmp = ip + IPV6;

    if (len >= ETHERNET + IPV6 + 16 && segment_word(bytes + 12, 2) == IPV6_TYPE &&
        ip[6] == PROTOCOL_ICMPV6 && icmp[0] == ROUTER_ADVERTISEMENT)
        host->has_router = segment_word(icmp + 6, 2);
}

void world_sent(struct host *host, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    capture_frame(&host->world->capture, now_ns, host->index, false, bytes, len);
    flows_sent(host, bytes, len);
    squatter_hear(host, bytes, len, now_ns);
    count_arp(host, bytes, len, false);
    count_solicitation(host, bytes, len, false);
    watch_frame(host, bytes, len, false, now_ns);
}

void world_will_arrive(struct host *host, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    watch_frame(host, bytes, len, true, now_ns);
}

void world_will_leave(struct host *host, struct host *to, const uint8_t *bytes, size_t len)
{
    host->world->tally.in_pieces6++;
    watch_frame(host, bytes, len, false, host->now_ns);
    world_will_arrive(to, bytes, len, 0);
}

/* What a stranger forges has another source address: the oracles do not count it. */
void world_arrived(struct host *host, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    uint8_t mac[6];

    capture_frame(&host->world->capture, now_ns, host->index, true, bytes, len);
    host_mac(host->index, 1, mac);
    if (memcmp(bytes + 6, mac, 6))
        return;
    flows_arrived(host, bytes, len, now_ns);
    count_arp(host, bytes, len, true);
    count_solicitation(host, bytes, len, true);
    hear_router(host, bytes, len);
    world_will_arrive(host, bytes, len, now_ns);
}
