/* Frames told field by field: Ethernet, ARP and IPv4.
 *
 * SPDX-License-Identifier: MIT
 *
 * This reads frames by itself instead of asking the parsers: it shows what they refuse, too.
 */
#include <stdarg.h>
#include <stdio.h>

#include "host/stack/arp.h"
#include "host/stack/bytes.h"
#include "host/stack/dissect_internal.h"
#include "host/stack/ethernet.h"
#include "host/stack/ip_internal.h"

void line_add(struct line *line, const char *format, ...)
{
    va_list arguments;
    size_t room = sizeof line->text - line->at;
    int len;

    va_start(arguments, format);
    len = vsnprintf(line->text + line->at, room, format, arguments);
    va_end(arguments);
    if (len > 0)
        line->at += (size_t)len < room ? (size_t)len : room - 1;
}

void line_hex(struct line *line, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len && i < 40; i++)
        line_add(line, "%02x", bytes[i]);
    if (len > 40)
        line_add(line, "...");
}

void line_end(const struct dissection *dissection, const char *layer, const struct line *line)
{
    journal_write(dissection->journal, dissection->now_ns, JOURNAL_DETAIL, layer, "%s: %s",
                  dissection->direction, line->text);
}

void dissect_short(const struct dissection *dissection, const char *layer, size_t len)
{
    journal_write(dissection->journal, dissection->now_ns, JOURNAL_DETAIL, layer,
                  "%s: header cut off after %zu bytes", dissection->direction, len);
}

static void add_address(struct line *line, const char *name, const uint8_t *bytes)
{
    line_add(line, ", %s %u.%u.%u.%u", name, bytes[0], bytes[1], bytes[2], bytes[3]);
}

static void dissect_arp(const struct dissection *dissection, const uint8_t *bytes, size_t len)
{
    struct line line = {.at = 0};
    char mac[MAC_TEXT_BYTES];
    uint16_t operation;

    if (len < ARP_PACKET_BYTES) {
        dissect_short(dissection, "arp", len);
        return;
    }
    operation = get16(bytes + 6);
    line_add(&line, "hardware %u, protocol 0x%04x, address lengths %u and %u, operation %u (%s)",
             get16(bytes), get16(bytes + 2), bytes[4], bytes[5], operation,
             operation == ARP_REQUEST ? "request"
             : operation == ARP_REPLY ? "reply"
                                      : "unknown");
    line_add(&line, ", sender %s", mac_format(bytes + 8, mac));
    add_address(&line, "at", bytes + 14);
    line_add(&line, ", target %s", mac_format(bytes + 18, mac));
    add_address(&line, "at", bytes + 24);
    line_end(dissection, "arp", &line);
}

static const char *protocol_name(uint8_t protocol)
{
    switch (protocol) {
    case PROTOCOL_ICMP: return "ICMP";
    case PROTOCOL_TCP: return "TCP";
    case PROTOCOL_UDP: return "UDP";
    default: return "unknown";
    }
}

static void tell_ipv4(const struct dissection *dissection, const uint8_t *h, size_t header)
{
    struct line line = {.at = 0};
    uint16_t field = get16(h + 6);

    line_add(
        &line,
        "version %u, header length %u, DSCP %u, ECN %u, total length %u, id 0x%04x, flags%s%s%s",
        h[0] >> 4, 4 * (h[0] & 15u), h[1] >> 2, h[1] & 3, get16(h + 2), get16(h + 4),
        field & IP_DONT_FRAGMENT ? " DF" : "", field & IP_MORE_FRAGMENTS ? " MF" : "",
        field & 0xe000 ? "" : " none");
    line_add(&line, ", fragment offset %u, TTL %u, protocol %u (%s), checksum 0x%04x",
             8u * (field & IP_OFFSET_MASK), h[8], h[9], protocol_name(h[9]), get16(h + 10));
    add_address(&line, "source", h + 12);
    add_address(&line, "destination", h + 16);
    if (header > IPV4_HEADER_BYTES)
        dissect_ip_options(&line, h + IPV4_HEADER_BYTES, header - IPV4_HEADER_BYTES);
    line_end(dissection, "ip", &line);
}

/* Behind the header the packet's own length counts: Ethernet pads. */
static void dissect_ipv4(const struct dissection *dissection, const uint8_t *h, size_t len)
{
    size_t header, total;

    if (len < IPV4_HEADER_BYTES) {
        dissect_short(dissection, "ip", len);
        return;
    }
    header = 4 * (h[0] & 15u);
    total = get16(h + 2) < len ? get16(h + 2) : len;
    tell_ipv4(dissection, h, header < len ? header : len);
    if (h[0] >> 4 != 4 || header < IPV4_HEADER_BYTES || total < header ||
        (get16(h + 6) & IP_OFFSET_MASK) != 0)
        return;
    dissect_transport(dissection, h[9], h + header, total - header);
}

static const char *type_name(uint16_t type)
{
    switch (type) {
    case ETHERTYPE_IPV4: return "IPv4";
    case ETHERTYPE_ARP: return "ARP";
    case ETHERTYPE_IPV6: return "IPv6";
    case ETHERTYPE_VLAN: return "VLAN";
    default: return type < ETHERTYPE_MIN ? "802.3 length" : "unknown";
    }
}

void dissect_whole_frame(struct journal *journal, uint64_t now_ns, const char *direction,
                         const uint8_t *frame, size_t len)
{
    const struct dissection dissection = {journal, now_ns, direction};
    struct line line = {.at = 0};
    char destination[MAC_TEXT_BYTES], source[MAC_TEXT_BYTES];
    uint16_t type;

    if (len < ETHERNET_HEADER_BYTES) {
        dissect_short(&dissection, "eth", len);
        return;
    }
    type = get16(frame + 12);
    line_add(&line, "destination %s, source %s, type 0x%04x (%s), %zu bytes",
             mac_format(frame, destination), mac_format(frame + 6, source), type, type_name(type),
             len);
    line_end(&dissection, "eth", &line);
    if (type == ETHERTYPE_ARP)
        dissect_arp(&dissection, frame + ETHERNET_HEADER_BYTES, len - ETHERNET_HEADER_BYTES);
    else if (type == ETHERTYPE_IPV4)
        dissect_ipv4(&dissection, frame + ETHERNET_HEADER_BYTES, len - ETHERNET_HEADER_BYTES);
    else if (type == ETHERTYPE_IPV6)
        dissect_ipv6(&dissection, frame + ETHERNET_HEADER_BYTES, len - ETHERNET_HEADER_BYTES);
}
