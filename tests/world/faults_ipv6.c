/* Faults that only worlds with IPv6 meet. See fault.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/fault_internal.h"

#include <string.h>

#include "tests/world/packet.h"

enum { ETHERNET = 14, IPV6 = 40, FRAGMENT = 44, ICMP = 58, HOP_LIMIT = 255, LEAST_MTU = 1280 };
enum { TOO_BIG = 2, SOLICITATION_BYTES = 24 };
enum { ROUTER_SOLICITATION = 133, ROUTER_ADVERTISEMENT, SOLICITATION, ADVERTISEMENT };

static bool is_icmp(const struct passing *passing)
{
    return passing->length >= ETHERNET + IPV6 + 8 &&
           segment_word(passing->frame + 12, 2) == 0x86dd && passing->frame[ETHERNET + 6] == ICMP;
}

/* RFC 4861, 6.1.2 and 7.1 forgotten: the hop limit that no router has counted down. */
static bool believe_far_ones(struct passing *passing, struct chance *chance)
{
    (void)chance;
    if (is_icmp(passing))
        passing->frame[ETHERNET + 7] = HOP_LIMIT;
    return true;
}

static bool ignore_too_big(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return !is_icmp(passing) || passing->frame[ETHERNET + IPV6] != TOO_BIG;
}

/* Of an ICMPv6 message; its sum is right again. */
static void mend(const struct packet *packet, uint8_t *icmp)
{
    segment_store(icmp + 2, 2, 0);
    segment_store(icmp + 2, 2,
                  segment_sum(icmp, packet->bytes,
                              segment_pseudo6(packet->ip, PACKET_ICMPV6, packet->bytes)));
}

/* An ICMPv6 message of at least so many bytes, or NULL. */
static uint8_t *message_of(const struct passing *passing, uint32_t least, struct packet *packet)
{
    if (!packet_read_frame(passing->frame, passing->length, packet) || !packet->v6 ||
        packet->protocol != PACKET_ICMPV6 || packet->fragment || packet->bytes < least)
        return NULL;
    return passing->frame + (packet->data - passing->frame);
}

/* RFC 4861, 7.1.1: from a router that has counted down. */
static bool speak_from_afar(struct passing *passing, struct chance *chance)
{
    struct packet packet;
    const uint8_t *icmp = message_of(passing, SOLICITATION_BYTES, &packet);

    (void)chance;
    if (icmp && icmp[0] >= ROUTER_SOLICITATION && icmp[0] <= ADVERTISEMENT)
        passing->frame[ETHERNET + 7] = HOP_LIMIT - 1;
    return true;
}

/* RFC 6980, 5: the last option makes room for a fragment's header. */
static bool speak_in_fragments(struct passing *passing, struct chance *chance)
{
    static const uint8_t header[] = {ICMP, 0, 0, 1 /* more */, 0, 0, 0, 1};
    struct packet packet;
    uint8_t *icmp = message_of(passing, SOLICITATION_BYTES + sizeof header, &packet);

    (void)chance;
    if (icmp && icmp[0] >= ROUTER_SOLICITATION && icmp[0] <= ADVERTISEMENT) {
        memmove(icmp + sizeof header, icmp, packet.bytes - sizeof header);
        memcpy(icmp, header, sizeof header);
        passing->frame[ETHERNET + 6] = FRAGMENT;
    }
    return true;
}

static bool miscount(struct passing *passing, struct chance *chance)
{
    struct packet packet;
    uint8_t *icmp = message_of(passing, 4, &packet);

    (void)chance;
    if (icmp)
        icmp[2] ^= 1;
    return true;
}

/* RFC 4443, 2.4 (c): what is too large for one becomes an error of that length. */
static bool tell_at_length(struct passing *passing, struct chance *chance)
{
    struct packet packet;
    uint8_t *at;

    (void)chance;
    if (passing->vnet->gso_type || !packet_read_frame(passing->frame, passing->length, &packet) ||
        !packet.v6 || packet.fragment || IPV6 + packet.bytes <= LEAST_MTU)
        return true;
    at = passing->frame + (packet.data - passing->frame);
    passing->vnet->flags = 0;
    passing->frame[ETHERNET + 6] = ICMP;
    memset(at, 0, 8);
    at[0] = 1;
    mend(&packet, at);
    return true;
}

static bool lose_defence(struct passing *passing, struct chance *chance)
{
    struct packet packet;
    const uint8_t *icmp = message_of(passing, SOLICITATION_BYTES, &packet);

    (void)chance;
    return !icmp || icmp[0] != ADVERTISEMENT || packet.destination[0] != 0xff;
}

/* The option that tells a MAC address becomes one that nobody knows. */
static bool hide(struct passing *passing, uint8_t type)
{
    struct packet packet;
    uint8_t *icmp = message_of(passing, SOLICITATION_BYTES + 8, &packet);

    if (icmp && icmp[0] == type) {
        icmp[SOLICITATION_BYTES] = 99;
        mend(&packet, icmp);
    }
    return true;
}

static bool ask_without_a_name(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return hide(passing, SOLICITATION);
}

static bool answer_without_a_name(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return hide(passing, ADVERTISEMENT);
}

/* As if a router had told of 10 ms between two questions. */
static bool hurry(struct passing *passing)
{
    struct packet packet;
    uint8_t *icmp = message_of(passing, 16, &packet);

    if (icmp && icmp[0] == ROUTER_ADVERTISEMENT) {
        segment_store(icmp + 12, 4, 10);
        mend(&packet, icmp);
    }
    return true;
}

/* A host that probes is objected to for its addresses before it asks for a neighbour. */
static bool probe_in_a_hurry(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return !passing->host->config->probes || hurry(passing);
}

static bool ask_in_a_hurry(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return passing->host->config->probes || hurry(passing);
}

/* What an error quotes is an error itself, or was sent to a group. */
static bool quote(struct passing *passing, bool error)
{
    struct packet packet;
    uint8_t *icmp = message_of(passing, 8 + IPV6 + 1, &packet), *quoted = icmp + 8;

    if (icmp && icmp[0] <= 127) {
        quoted[error ? 6 : 24] = error ? ICMP : 0xff;
        quoted[error ? IPV6 : 25] = 2;
        mend(&packet, icmp);
    }
    return true;
}

static bool tell_of_error(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return quote(passing, true);
}

static bool tell_of_group(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return quote(passing, false);
}

const struct fault faults_ipv6[] = {
    {"far-believed", "neighbour discovery from beyond the link is believed",
     .packet_in = believe_far_ones, .ipv6 = true},
    {"too-big-lost", "a router that says that a packet is too big is not heard",
     .packet_in = ignore_too_big, .ipv6 = true},
    {"address-unasked", "an address is used that nobody has been asked for", .unprobed = true,
     .ipv6 = true},
    {"address-taken", "an address is used that another station has", .wrapped = "dad_fails",
     .ipv6 = true},
    {"defence-lost", "who asks for an address of ours is not told that it is one",
     .packet_out = lose_defence, .ipv6 = true},
    {"discovery-from-afar", "neighbour discovery has another hop limit than 255",
     .packet_out = speak_from_afar, .ipv6 = true},
    {"discovery-in-fragments", "neighbour discovery is sent in fragments",
     .packet_out = speak_in_fragments, .ipv6 = true},
    {"icmpv6-sum-wrong", "an ICMPv6 message has a wrong sum", .packet_out = miscount, .ipv6 = true},
    {"error-long", "an error is told of in more than 1,280 bytes", .packet_out = tell_at_length,
     .ipv6 = true},
    {"question-nameless", "who asks for a neighbour does not tell its own MAC address",
     .packet_out = ask_without_a_name, .ipv6 = true},
    {"answer-nameless", "who says that an address is its own does not tell its MAC address",
     .packet_out = answer_without_a_name, .ipv6 = true},
    {"address-hasty", "an address is used before who has it may have answered",
     .packet_in = probe_in_a_hurry, .ipv6 = true},
    {"question-hasty", "a neighbour is asked for again too soon", .packet_in = ask_in_a_hurry,
     .ipv6 = true},
    {"errors-unlimited", "errors are told of as often as there are some",
     .wrapped = "icmp_take_token", .ipv6 = true},
    {"error-about-error", "an error is told of in a message that was one",
     .packet_out = tell_of_error, .ipv6 = true},
    {"error-about-group", "an error is told of in what was sent to a group",
     .packet_out = tell_of_group, .ipv6 = true},
    {.name = NULL},
};
