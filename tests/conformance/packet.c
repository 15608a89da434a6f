/* Packets told and compared. See packet.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/packet.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/message.h"

struct icmp_name {
    const char *text;
    uint8_t number;
};
static const struct icmp_name icmp_types[] = {
    {"unreachable", 3}, {"source_quench", 4}, {"time_exceeded", 11}, {"parameter_problem", 12}};
static const struct icmp_name icmp_codes[] = {
    {"net_unreachable", 0},
    {"host_unreachable", 1},
    {"protocol_unreachable", 2},
    {"port_unreachable", 3},
    {"frag_needed", 4},
    {"source_route_failed", 5},
    {"net_unknown", 6},
    {"host_unknown", 7},
    {"host_isolated", 8},
    {"net_prohibited", 9},
    {"host_prohibited", 10},
    {"net_unreachable_for_tos", 11},
    {"host_unreachable_for_tos", 12},
    {"packet_filtered", 13},
};
#define COUNT(list) (sizeof list / sizeof list[0])

static bool icmp_find(const struct icmp_name *list, size_t count, const char *name, size_t length,
                      uint8_t *number)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i].text) == length && !memcmp(list[i].text, name, length)) {
            *number = list[i].number;
            return true;
        }
    return false;
}

bool icmp_type_find(const char *name, size_t length, uint8_t *type)
{
    return icmp_find(icmp_types, COUNT(icmp_types), name, length, type);
}

bool icmp_code_find(const char *name, size_t length, uint8_t *code)
{
    return icmp_find(icmp_codes, COUNT(icmp_codes), name, length, code);
}

static const char *icmp_name(const struct icmp_name *list, size_t count, uint8_t number)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].number == number)
            return list[i].text;
    return "?";
}

const struct option *packet_option(const struct packet *packet, uint8_t kind)
{
    for (size_t i = 0; i < packet->option_count; i++)
        if (packet->options[i].kind == kind)
            return &packet->options[i];
    return NULL;
}

/* Appends; what does not fit is left out. */
__attribute__((format(printf, 2, 3))) static void say(char *text, const char *format, ...)
{
    size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, PACKET_TEXT - length, format, arguments);
    va_end(arguments);
}

static void option_format(const struct option *option, char *text)
{
    switch (option->kind) {
    case OPT_EOL: say(text, "eol"); return;
    case OPT_NOP: say(text, "nop"); return;
    case OPT_SACK_OK: say(text, "sackOK"); return;
    case OPT_MSS: say(text, "mss %u", option->values[0]); return;
    case OPT_WSCALE: say(text, "wscale %u", option->values[0]); return;
    case OPT_TS: say(text, "TS val %u ecr %u", option->values[0], option->values[1]); return;
    case OPT_SACK: say(text, "sack"); break;
    default: say(text, "kind %u", option->kind); break;
    }
    for (int i = 0; i < option->count; i++)
        say(text, "%s%u", option->kind == OPT_SACK && i % 2 ? ":" : " ", option->values[i]);
}

static void tcp_format(const struct packet *packet, char *text)
{
    static const char letters[] = "FSRP.UEW";
    for (int i = 0; i < 8; i++)
        if (packet->flags & 1 << i)
            say(text, "%c", letters[i]);
    say(text, "%s %u:%u(%u)", packet->flags ? "" : "-", packet->seq, packet->seq + packet->length,
        packet->length);
    if (packet->flags & FLAG_ACK)
        say(text, " ack %u", packet->ack);
    if (packet->has_window)
        say(text, " win %u", packet->window);
    if (packet->urgent)
        say(text, " urg %u", packet->urgent);
    if (packet->option_count || packet->any_options)
        say(text, " <%s", packet->any_options ? "..." : "");
    for (size_t i = 0; i < packet->option_count; i++) {
        say(text, "%s", i ? "," : "");
        option_format(&packet->options[i], text);
    }
    if (packet->option_count || packet->any_options)
        say(text, ">");
}

static void place_format(const struct place *place, const struct ip *address, const char *word,
                         char *text)
{
    char ip[IP_TEXT];
    if (place->kind == PLACE_GROUP)
        say(text, "%s solicited(%s) ", word, place->name);
    else if (place->kind != PLACE_DEFAULT)
        say(text, "%s %s ", word, place->name);
    else if (address->v6)
        say(text, "%s %s ", word, ip_format(address, ip));
}

static void v6_format(const struct packet *packet, char *text)
{
    static const struct {
        enum header_type type;
        const char *name;
    } names[] = {{HEADER_HOP_BY_HOP, "hop_by_hop "},
                 {HEADER_ROUTING, "routing "},
                 {HEADER_DESTINATION, "destination "}};
    if (packet->station)
        say(text, "at %u ", packet->station);
    place_format(&packet->from, &packet->source_ip, "from", text);
    place_format(&packet->to, &packet->destination_ip, "to", text);
    if (packet->has_hop_limit)
        say(text, "hop_limit %u ", packet->hop_limit);
    for (const struct header *at = packet->headers; at; at = at->next) {
        for (size_t i = 0; i < COUNT(names); i++)
            if (names[i].type == at->type)
                say(text, "%s", names[i].name);
        if (at->type == HEADER_FRAGMENT)
            say(text, "fragment %u:%u %sid %u ", at->from, at->to, at->more ? "more " : "", at->id);
    }
}

static void icmpv6_format(const struct packet *packet, char *text)
{
    const struct message *message = packet->message;
    say(text, "icmpv6 ");
    size_t length = strlen(text);
    if (packet->headers && !message)
        say(text, "(%u)", packet->length);
    else
        message_format(message ? message->bytes : packet->data,
                       message ? message->length : packet->length, text + length,
                       PACKET_TEXT - length);
}

const char *packet_format(const struct packet *packet, char *text)
{
    static const char *const marks[] = {"[noecn] ", "[ect1] ", "[ect0] ", "[ce] ", "", "[ect01] "};
    snprintf(text, PACKET_TEXT, "%s %s", packet->out ? ">" : "<", marks[packet->ecn]);
    v6_format(packet, text);
    if (packet->source_port)
        say(text, "%u > %u ", packet->source_port, packet->destination_port);
    if (packet->protocol == PROTOCOL_IS_TCP)
        tcp_format(packet, text);
    else if (packet->protocol == PROTOCOL_IS_UDP)
        say(text, "udp (%u)", packet->length);
    else if (packet->protocol == PROTOCOL_IS_ICMPV6)
        icmpv6_format(packet, text);
    else if (packet->protocol != PROTOCOL_IS_ICMP)
        say(text, "protocol %u (%u)", packet->protocol, packet->length);
    else
        say(text, "icmp %s %s", icmp_name(icmp_types, COUNT(icmp_types), packet->icmp_type),
            icmp_name(icmp_codes, COUNT(icmp_codes), packet->icmp_code));
    return text;
}

static bool options_differ(const struct packet *expected, const struct packet *came)
{
    if (expected->any_options)
        return false;
    if (expected->option_count != came->option_count)
        return true;
    for (size_t i = 0; i < came->option_count; i++) {
        const struct option *a = &expected->options[i], *b = &came->options[i];
        size_t first = a->kind == OPT_TS; /* TSval is the matter of flow.c */
        if (a->kind != b->kind || a->count != b->count)
            return true;
        for (size_t k = first; k < a->count; k++)
            if (a->values[k] != b->values[k])
                return true;
    }
    return false;
}

static const char *tcp_difference(const struct packet *expected, const struct packet *came)
{
    if (expected->flags != came->flags)
        return "flags";
    if (expected->seq != came->seq)
        return "sequence number";
    if (expected->length != came->length)
        return "length";
    if (expected->ack != came->ack)
        return "acknowledgement";
    if (expected->has_window && expected->window != came->window)
        return "window";
    if (expected->urgent != came->urgent)
        return "urgent pointer";
    return options_differ(expected, came) ? "options" : NULL;
}

static bool ecn_differs(uint8_t expected, uint8_t came)
{
    if (expected == ECN_ECT01)
        return came != ECN_ECT0 && came != ECN_ECT1;
    return expected != ECN_ANY && expected != came;
}

/* The stack sends no other headers; the identification is flow.c's matter. */
static bool fragments_differ(const struct header *expected, const struct header *came)
{
    return !expected || !came || expected->type != came->type || expected->from != came->from ||
           expected->to != came->to || expected->more != came->more;
}

const char *packet_difference(const struct packet *expected, const struct packet *came)
{
    if (expected->protocol != came->protocol)
        return "protocol";
    if (ecn_differs(expected->ecn, came->ecn))
        return "ECN field";
    if (expected->station && expected->station != came->station)
        return "Ethernet address";
    if (expected->has_hop_limit && expected->hop_limit != came->hop_limit)
        return "hop limit";
    if (expected->headers || came->headers)
        return fragments_differ(expected->headers, came->headers) ? "fragment header" : NULL;
    if (expected->protocol == PROTOCOL_IS_TCP)
        return tcp_difference(expected, came);
    if (expected->protocol == PROTOCOL_IS_UDP)
        return expected->length != came->length ? "length" : NULL;
    if (expected->protocol == PROTOCOL_IS_ICMP &&
        (expected->icmp_type != came->icmp_type || expected->icmp_code != came->icmp_code))
        return "type or code";
    return NULL; /* that of ICMPv6 is message_meet.c's matter */
}
