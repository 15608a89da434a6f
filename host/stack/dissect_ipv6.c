/* IPv6 told field by field: its header, what stands behind it before the transport, ICMPv6 and DHCPv6.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/dhcp6_message.h"
#include "host/stack/dissect_internal.h"
#include "host/stack/icmp.h"
#include "host/stack/ip_internal.h"
#include "host/stack/mld.h"
#include "host/stack/ndp.h"

enum { HOP_BY_HOP = 0, ROUTING = 43, NO_NEXT_HEADER = 59, DESTINATION_OPTIONS = 60 };

static void add_address(struct line *line, const char *name, const uint8_t *bytes)
{
    struct address address;
    char text[ADDRESS_TEXT_BYTES];

    memcpy(address.bytes, bytes, 16);
    line_add(line, ", %s %s", name, address_format(&address, text));
}

static const char *next_name(uint8_t next)
{
    switch (next) {
    case HOP_BY_HOP: return "hop-by-hop options";
    case PROTOCOL_TCP: return "TCP";
    case PROTOCOL_UDP: return "UDP";
    case ROUTING: return "routing";
    case IPV6_FRAGMENT: return "fragment";
    case PROTOCOL_ICMPV6: return "ICMPv6";
    case NO_NEXT_HEADER: return "nothing";
    case DESTINATION_OPTIONS: return "destination options";
    default: return "unknown";
    }
}

static void tell_header(const struct dissection *dissection, const uint8_t *h)
{
    struct line line = {.at = 0};
    unsigned class = get16(h) >> 4 & 0xff;

    line_add(&line,
             "version %u, DSCP %u, ECN %u, flow label 0x%05x, payload length %u, next header %u "
             "(%s), hop limit %u",
             h[0] >> 4, class >> 2, class & 3, get32(h) & 0xfffff, get16(h + 4), h[6],
             next_name(h[6]), h[7]);
    add_address(&line, "source", h + 8);
    add_address(&line, "destination", h + 24);
    line_end(dissection, "ip", &line);
}

static void add_options(struct line *line, const uint8_t *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        if (bytes[at] == 0) { /* Pad1 */
            at++;
            continue;
        }
        if (len - at < 2 || bytes[at + 1] > len - at - 2) {
            line_add(line, ", option %u runs past the header", bytes[at]);
            return;
        }
        if (bytes[at] == 5 && bytes[at + 1] == 2) {
            line_add(line, ", option router alert %u", get16(bytes + at + 2));
        } else if (bytes[at] != 1) { /* PadN */
            line_add(line, ", option %u ", bytes[at]);
            line_hex(line, bytes + at + 2, bytes[at + 1]);
        }
        at += 2u + bytes[at + 1];
    }
}

/* Returns the header's length, 0 if it is cut off. */
static size_t dissect_extension(const struct dissection *dissection, uint8_t type, const uint8_t *h,
                                size_t len)
{
    struct line line = {.at = 0};
    size_t length = len < 8 ? 0 : type == IPV6_FRAGMENT ? IPV6_FRAGMENT_BYTES : 8u + 8u * h[1];

    if (length == 0 || length > len) {
        dissect_short(dissection, "ip", len);
        return 0;
    }
    line_add(&line, "%s header, %zu bytes, next header %u (%s)", next_name(type), length, h[0],
             next_name(h[0]));
    if (type == IPV6_FRAGMENT)
        line_add(&line, ", offset %u, %s, id 0x%08x", get16(h + 2) & ~7u,
                 h[3] & 1 ? "others follow" : "the last", get32(h + 4));
    else if (type == ROUTING)
        line_add(&line, ", routing type %u, %u segments left", h[2], h[3]);
    else
        add_options(&line, h + 2, length - 2);
    line_end(dissection, "ip", &line);
    return length;
}

static bool is_extension(uint8_t type)
{
    return type == HOP_BY_HOP || type == ROUTING || type == DESTINATION_OPTIONS ||
           type == IPV6_FRAGMENT;
}

void dissect_ipv6(const struct dissection *dissection, const uint8_t *h, size_t len)
{
    const uint8_t *at = h + IPV6_HEADER_BYTES;
    uint8_t type;
    size_t left;

    if (len < IPV6_HEADER_BYTES) {
        dissect_short(dissection, "ip", len);
        return;
    }
    tell_header(dissection, h);
    type = h[6];
    left = get16(h + 4) < len - IPV6_HEADER_BYTES ? get16(h + 4) : len - IPV6_HEADER_BYTES;
    while (is_extension(type)) {
        size_t length = dissect_extension(dissection, type, at, left);

        if (length == 0 || (type == IPV6_FRAGMENT && get16(at + 2) & ~7u))
            return;
        type = at[0];
        at += length;
        left -= length;
    }
    if (h[0] >> 4 == 6)
        dissect_transport(dissection, type, at, left);
}

static const char *icmp_type_name(uint8_t type)
{
    switch (type) {
    case ICMPV6_UNREACHABLE: return "destination unreachable";
    case ICMPV6_TOO_BIG: return "packet too big";
    case ICMPV6_TIME_EXCEEDED: return "time exceeded";
    case ICMPV6_PARAMETER: return "parameter problem";
    case ICMPV6_ECHO_REQUEST: return "echo request";
    case ICMPV6_ECHO_REPLY: return "echo reply";
    case MLD_QUERY: return "multicast listener query";
    case MLD_REPORT1: return "multicast listener report, version 1";
    case MLD_DONE: return "multicast listener done";
    case NDP_ROUTER_SOLICITATION: return "router solicitation";
    case NDP_ROUTER_ADVERTISEMENT: return "router advertisement";
    case NDP_NEIGHBOR_SOLICITATION: return "neighbor solicitation";
    case NDP_NEIGHBOR_ADVERTISEMENT: return "neighbor advertisement";
    case ICMPV6_REDIRECT: return "redirect";
    case MLD_REPORT: return "multicast listener report";
    default: return "unknown";
    }
}

static void add_discovery_option(struct line *line, const uint8_t *option)
{
    size_t length = 8u * option[1];

    if (option[0] == NDP_PREFIX && length == 32) {
        line_add(line, ", option prefix of %u bits, flags 0x%02x, valid %u s, preferred %u s",
                 option[2], option[3], get32(option + 4), get32(option + 8));
        add_address(line, "prefix", option + 16);
    } else if (option[0] == NDP_MTU && length == 8) {
        line_add(line, ", option MTU %u", get32(option + 4));
    } else if (option[0] == NDP_RDNSS && length >= 24) {
        line_add(line, ", option name servers for %u s", get32(option + 4));
        for (size_t at = 8; at + 16 <= length; at += 16)
            add_address(line, "server", option + at);
    } else {
        line_add(line,
                 option[0] == NDP_SOURCE_LINK   ? ", option source's link address "
                 : option[0] == NDP_TARGET_LINK ? ", option target's link address "
                                                : ", option %u ",
                 option[0]);
        line_hex(line, option + 2, length - 2);
    }
}

/* Of neighbour discovery; fixed bytes stand in front of its options. */
static void add_discovery(struct line *line, const uint8_t *bytes, size_t len)
{
    uint8_t type = bytes[0];
    size_t fixed = type == NDP_ROUTER_SOLICITATION    ? 8
                   : type == NDP_ROUTER_ADVERTISEMENT ? 16
                   : type == ICMPV6_REDIRECT          ? 40
                                                      : 24;

    if (len < fixed) {
        line_add(line, ", cut off");
        return;
    }
    if (type == NDP_ROUTER_ADVERTISEMENT)
        line_add(line,
                 ", hop limit %u, flags 0x%02x, router for %u s, reachable %u ms, ask again after "
                 "%u ms",
                 bytes[4], bytes[5], get16(bytes + 6), get32(bytes + 8), get32(bytes + 12));
    if (type == NDP_NEIGHBOR_ADVERTISEMENT)
        line_add(line, ", flags 0x%02x", bytes[4]);
    if (fixed >= 24)
        add_address(line, "target", bytes + 8);
    if (fixed == 40)
        add_address(line, "destination", bytes + 24);
    for (size_t at = fixed; at < len; at += 8u * bytes[at + 1]) {
        if (len - at < 8 || bytes[at + 1] == 0 || 8u * bytes[at + 1] > len - at) {
            line_add(line, ", option %u runs past the end", bytes[at]);
            return;
        }
        add_discovery_option(line, bytes + at);
    }
}

static void add_listener(struct line *line, const uint8_t *bytes, size_t len)
{
    if (bytes[0] != MLD_REPORT) {
        line_add(line, ", delay %u", get16(bytes + 4));
        if (len >= 24)
            add_address(line, "group", bytes + 8);
        return;
    }
    line_add(line, ", %u records", get16(bytes + 6));
    for (size_t at = 8; at + MLD_RECORD_BYTES <= len;) {
        line_add(line, ", record type %u, %u sources", bytes[at], get16(bytes + at + 2));
        add_address(line, "group", bytes + at + 4);
        at += MLD_RECORD_BYTES + 16u * get16(bytes + at + 2) + 4u * bytes[at + 1];
    }
}

void dissect_icmpv6(const struct dissection *dissection, const uint8_t *bytes, size_t len)
{
    struct line line = {.at = 0};

    if (len < ICMP_HEADER_BYTES) {
        dissect_short(dissection, "icmp6", len);
        return;
    }
    line_add(&line, "type %u (%s), code %u, checksum 0x%04x", bytes[0], icmp_type_name(bytes[0]),
             bytes[1], get16(bytes + 2));
    if (bytes[0] == ICMPV6_ECHO_REQUEST || bytes[0] == ICMPV6_ECHO_REPLY)
        line_add(&line, ", id %u, sequence %u, %zu bytes of data", get16(bytes + 4),
                 get16(bytes + 6), len - ICMP_HEADER_BYTES);
    else if (bytes[0] == ICMPV6_TOO_BIG)
        line_add(&line, ", next hop's MTU %u", get32(bytes + 4));
    else if (bytes[0] >= NDP_ROUTER_SOLICITATION && bytes[0] <= ICMPV6_REDIRECT)
        add_discovery(&line, bytes, len);
    else if ((bytes[0] >= MLD_QUERY && bytes[0] <= MLD_DONE) || bytes[0] == MLD_REPORT)
        add_listener(&line, bytes, len);
    else
        line_add(&line, ", rest 0x%08x", get32(bytes + 4));
    line_end(dissection, "icmp6", &line);
}

void dissect_dhcp6(const struct dissection *dissection, const uint8_t *bytes, size_t len)
{
    struct line line = {.at = 0};

    if (len < DHCP6_HEADER_BYTES) {
        dissect_short(dissection, "dhcp6", len);
        return;
    }
    line_add(&line, "message type %u (%s), transaction 0x%06x", bytes[0], dhcp6_type_name(bytes[0]),
             get32(bytes) & 0xffffff);
    for (size_t at = DHCP6_HEADER_BYTES; at < len;) {
        size_t left = len - at;

        if (left < DHCP6_OPTION_BYTES || get16(bytes + at + 2) > left - DHCP6_OPTION_BYTES) {
            line_add(&line, ", an option runs past the end");
            break;
        }
        line_add(&line, ", option %u ", get16(bytes + at));
        line_hex(&line, bytes + at + DHCP6_OPTION_BYTES, get16(bytes + at + 2));
        at += (size_t)DHCP6_OPTION_BYTES + get16(bytes + at + 2);
    }
    line_end(dissection, "dhcp6", &line);
}
