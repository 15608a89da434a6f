/* See neighbor_watch.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/neighbor_watch.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/world/packet.h"
#include "tests/world/world.h"

enum {
    ERROR_LAST = 127, /* types of errors end here (RFC 4443, 2.1) */
    TOO_BIG = 2,
    PARAMETER = 4,
    UNKNOWN_OPTION = 2,
    ROUTER_SOLICITATION = 133,
    ROUTER_ADVERTISEMENT = 134,
    SOLICITATION = 135,
    ADVERTISEMENT = 136,
    REDIRECT = 137,
    MLD_REPORT = 143,
    TARGET_AT = 8,
    NEIGHBOR_BYTES = 24,
    HOP_LIMIT = 255,
    LEAST_MTU = 1280,
    ERROR_BURST = 51,
};
/* RFC 4861, 10: RETRANS_TIMER, of which nobody tells another value. */
#define RETRANS_NS WORLD_S
/* Not more than so often, in the long run: 50 a second is what the stack says of itself. */
#define ERROR_NS (20 * WORLD_MS)

static const uint8_t NOWHERE[16];

__attribute__((format(printf, 2, 3))) static void object(struct host *host, const char *format, ...)
{
    char what[200];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    world_fail(host->world, "host %d: %s", host->index, what);
}

/* ---- its addresses ---- */

static int find(const struct neighbor_watch *watch, const uint8_t *address)
{
    for (unsigned i = 0; i < watch->owns; i++)
        if (!memcmp(watch->own[i].address, address, 16))
            return (int)i;
    return -1;
}

static void probed(struct host *host, const uint8_t *address, uint64_t now_ns)
{
    struct neighbor_watch *watch = &host->neighbors;
    int index = find(watch, address);

    if (index < 0 && watch->owns < NEIGHBOR_WATCH_OWN)
        index = (int)watch->owns++;
    if (index < 0)
        return;
    memcpy(watch->own[index].address, address, 16);
    watch->own[index].probed_ns = now_ns;
    watch->own[index].taken = false;
}

void neighbor_watch_taken(struct host *host, const uint8_t address[16], uint64_t now_ns)
{
    int index = find(&host->neighbors, address);

    if (index >= 0 && !host_may_lose_what_comes(host))
        host->neighbors.own[index].taken =
            now_ns < host->neighbors.own[index].probed_ns + RETRANS_NS;
}

void neighbor_watch_unplugged(struct host *host)
{
    host->neighbors.owns = 0;
}

/* RFC 4862, 5.4: asked for, for as long as an answer may take, and nobody else has it. */
static void judge_source(struct host *host, const uint8_t *address, uint64_t now_ns)
{
    const struct neighbor_watch *watch = &host->neighbors;
    int index = find(watch, address);

    if (!host->config->probes || watch->owns == NEIGHBOR_WATCH_OWN)
        return;
    if (index < 0)
        object(host, "sends from an IPv6 address (…%02x%02x) that it has not asked for",
               address[14], address[15]);
    else if (watch->own[index].taken)
        object(host, "sends from an IPv6 address (…%02x%02x) that another station has", address[14],
               address[15]);
    else if (now_ns < watch->own[index].probed_ns + RETRANS_NS)
        object(host, "sends from an IPv6 address (…%02x%02x) %.3f s after it has asked for it",
               address[14], address[15],
               (double)(now_ns - watch->own[index].probed_ns) / (double)WORLD_S);
}

/* ---- what it says ---- */

static bool has_link_option(const struct packet *packet, uint8_t type)
{
    return packet->bytes >= NEIGHBOR_BYTES + 8 && packet->data[NEIGHBOR_BYTES] == type &&
           packet->data[NEIGHBOR_BYTES + 1] == 1;
}

/* RFC 4861, 7.2.2: for one neighbour not more often than each RETRANS_TIMER, and it tells its own MAC address. */
static void judge_question(struct host *host, const struct packet *packet, uint64_t now_ns)
{
    struct neighbor_watch *watch = &host->neighbors;
    unsigned place = watch->asks++ % NEIGHBOR_WATCH_ASKED;

    if (packet->destination[0] == 0xff && !has_link_option(packet, 1))
        object(host, "asks all for a neighbour and does not tell its own MAC address");
    for (unsigned i = 0; i < NEIGHBOR_WATCH_ASKED; i++)
        if (!memcmp(watch->asked[i].address, packet->data + TARGET_AT, 16)) {
            if (watch->asked[i].at_ns && now_ns < watch->asked[i].at_ns + RETRANS_NS)
                object(host, "asks for …%02x%02x again after %.3f s", packet->data[TARGET_AT + 14],
                       packet->data[TARGET_AT + 15],
                       (double)(now_ns - watch->asked[i].at_ns) / (double)WORLD_S);
            place = i;
        }
    memcpy(watch->asked[place].address, packet->data + TARGET_AT, 16);
    watch->asked[place].at_ns = now_ns;
}

static void judge_solicitation(struct host *host, const struct packet *packet, uint64_t now_ns)
{
    if (memcmp(packet->source, NOWHERE, 16)) {
        judge_question(host, packet, now_ns);
        return;
    }
    if (has_link_option(packet, 1))
        object(host, "asks whether an address is free, and tells its MAC address (RFC 4861, 4.3)");
    probed(host, packet->data + TARGET_AT, now_ns);
}

static void judge_advertisement(struct host *host, const struct packet *packet, uint64_t now_ns)
{
    if (!has_link_option(packet, 2))
        object(host, "says that an address is its own, but not its MAC address");
    judge_source(host, packet->data + TARGET_AT, now_ns);
}

static void judge_discovery(struct host *host, const struct packet *packet, uint64_t now_ns)
{
    uint8_t type = packet->data[0];

    if (packet->hop_limit != HOP_LIMIT || packet->data[1])
        object(host, "sends neighbour discovery with hop limit %u and code %u", packet->hop_limit,
               packet->data[1]);
    if (type == ROUTER_ADVERTISEMENT || type == REDIRECT)
        object(host, "says what only routers may (type %u)", type);
    else if (type != ROUTER_SOLICITATION && packet->bytes < NEIGHBOR_BYTES)
        object(host, "sends neighbour discovery of %u bytes", packet->bytes);
    else if (type == SOLICITATION)
        judge_solicitation(host, packet, now_ns);
    else if (type == ADVERTISEMENT)
        judge_advertisement(host, packet, now_ns);
}

static bool is_error(const struct packet *packet)
{
    return packet->protocol == PACKET_ICMPV6 && packet->bytes && !packet->offset &&
           packet->data[0] <= ERROR_LAST;
}

/* RFC 4443, 2.4 (c) and (e): short, about no error, and only to one who has sent something to nobody else. */
static void judge_quote(struct host *host, const struct packet *packet)
{
    bool to_groups = packet->data[0] == TOO_BIG ||
                     (packet->data[0] == PARAMETER && packet->data[1] == UNKNOWN_OPTION);
    struct packet quoted;

    if (packet->data + packet->bytes - packet->ip > LEAST_MTU)
        object(host, "tells of an error in %u bytes", packet->bytes);
    if (packet->bytes < 8 || !packet_read(packet->data + 8, packet->bytes - 8, true, &quoted))
        return; /* a chain of headers that cannot be read may be the error */
    if (is_error(&quoted) || (quoted.protocol == PACKET_ICMPV6 && !quoted.offset && quoted.bytes &&
                              quoted.data[0] == REDIRECT))
        object(host, "tells of an error in an ICMPv6 message of type %u", quoted.data[0]);
    if (quoted.destination[0] == 0xff && !to_groups)
        object(host, "tells of an error (type %u) in what was sent to a group", packet->data[0]);
    if (quoted.source[0] == 0xff || !memcmp(quoted.source, NOWHERE, 16))
        object(host, "tells of an error to nobody (type %u)", packet->data[0]);
}

/* RFC 4443, 2.4 (f) */
static void judge_rate(struct host *host, uint64_t now_ns)
{
    uint64_t *used_ns = &host->neighbors.error_ns, full_ns = ERROR_BURST * ERROR_NS;

    if (now_ns > full_ns && *used_ns < now_ns - full_ns)
        *used_ns = now_ns - full_ns;
    *used_ns += ERROR_NS;
    if (*used_ns > now_ns)
        object(host, "tells of more than %u errors at once", ERROR_BURST);
}

/* RFC 6980, 5: never of neighbour discovery. An error is too short for fragments on any link (RFC 4443, 2.4 (c)). */
static void judge_first_fragment(struct host *host, const struct packet *packet)
{
    uint8_t type = packet->bytes ? packet->data[0] : 0;

    if ((type >= ROUTER_SOLICITATION && type <= REDIRECT) || is_error(packet))
        object(host, "sends an ICMPv6 message of type %u in fragments", type);
}

static void judge_icmp(struct host *host, const struct packet *packet, uint64_t now_ns)
{
    uint32_t pseudo = segment_pseudo6(packet->ip, PACKET_ICMPV6, packet->bytes);
    uint8_t type = packet->bytes < 4 ? 0 : packet->data[0];

    if (packet->bytes < 4 || segment_sum(packet->data, packet->bytes, pseudo))
        object(host, "sends an ICMPv6 message with a wrong sum or of %u bytes", packet->bytes);
    else if (type >= ROUTER_SOLICITATION && type <= REDIRECT)
        judge_discovery(host, packet, now_ns);
    else if (type == MLD_REPORT && packet->hop_limit != 1)
        object(host, "sends a report of its groups beyond the link");
    else if (is_error(packet)) {
        judge_quote(host, packet);
        judge_rate(host, now_ns);
    }
}

static bool may_have_no_source(const struct packet *packet)
{
    uint8_t type = packet->bytes ? packet->data[0] : 0;

    return packet->protocol == PACKET_ICMPV6 &&
           (type == ROUTER_SOLICITATION || type == SOLICITATION || type == MLD_REPORT);
}

void neighbor_watch_sent(struct host *host, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    bool is_ipv6 = len >= 14 && segment_word(frame + 12, 2) == 0x86dd;
    struct packet packet;

    if (!is_ipv6 || !host->strict)
        return;
    if (!packet_read_frame(frame, len, &packet)) {
        object(host, "sends an IPv6 packet whose length or headers are wrong");
        return;
    }
    if (!memcmp(packet.source, NOWHERE, 16)) {
        if (!may_have_no_source(&packet))
            object(host, "sends a packet of protocol %u from nowhere", packet.protocol);
    } else {
        judge_source(host, packet.source, now_ns);
    }
    if (packet.protocol != PACKET_ICMPV6)
        return;
    if (!packet.fragment)
        judge_icmp(host, &packet, now_ns);
    else if (!packet.offset)
        judge_first_fragment(host, &packet);
}
