/* Transport headers told field by field: ICMP, UDP and TCP.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/bytes.h"
#include "host/stack/dhcp.h"
#include "host/stack/dhcp6.h"
#include "host/stack/dissect_internal.h"
#include "host/stack/icmp.h"
#include "host/stack/udp_internal.h"

enum { TCP_FIXED_BYTES = 20 };

static const char *icmp_type_name(uint8_t type)
{
    switch (type) {
    case ICMP_ECHO_REPLY: return "echo reply";
    case ICMP_UNREACHABLE: return "destination unreachable";
    case 4: return "source quench";
    case 5: return "redirect";
    case ICMP_ECHO_REQUEST: return "echo request";
    case ICMP_TIME_EXCEEDED: return "time exceeded";
    case ICMP_PARAMETER: return "parameter problem";
    default: return "unknown";
    }
}

static void dissect_icmp(const struct dissection *dissection, const uint8_t *bytes, size_t len)
{
    struct line line = {.at = 0};

    if (len < ICMP_HEADER_BYTES) {
        dissect_short(dissection, "icmp", len);
        return;
    }
    line_add(&line, "type %u (%s), code %u, checksum 0x%04x", bytes[0], icmp_type_name(bytes[0]),
             bytes[1], get16(bytes + 2));
    if (bytes[0] == ICMP_ECHO_REQUEST || bytes[0] == ICMP_ECHO_REPLY)
        line_add(&line, ", id %u, sequence %u", get16(bytes + 4), get16(bytes + 6));
    else if (bytes[0] == ICMP_UNREACHABLE && bytes[1] == ICMP_FRAGMENTATION_NEEDED)
        line_add(&line, ", next hop's MTU %u", get16(bytes + 6));
    else
        line_add(&line, ", rest 0x%08x", get32(bytes + 4));
    line_add(&line, ", %zu bytes of data", len - ICMP_HEADER_BYTES);
    line_end(dissection, "icmp", &line);
}

static void dissect_udp(const struct dissection *dissection, const uint8_t *bytes, size_t len)
{
    struct line line = {.at = 0};
    uint16_t source, destination;

    if (len < UDP_HEADER_BYTES) {
        dissect_short(dissection, "udp", len);
        return;
    }
    source = get16(bytes);
    destination = get16(bytes + 2);
    line_add(&line, "source port %u, destination port %u, length %u, checksum 0x%04x", source,
             destination, get16(bytes + 4), get16(bytes + 6));
    line_end(dissection, "udp", &line);
    if ((source == DHCP_SERVER_PORT && destination == DHCP_CLIENT_PORT) ||
        (source == DHCP_CLIENT_PORT && destination == DHCP_SERVER_PORT))
        dissect_dhcp(dissection, bytes + UDP_HEADER_BYTES, len - UDP_HEADER_BYTES);
    else if ((source == DHCP6_SERVER_PORT && destination == DHCP6_CLIENT_PORT) ||
             (source == DHCP6_CLIENT_PORT && destination == DHCP6_SERVER_PORT))
        dissect_dhcp6(dissection, bytes + UDP_HEADER_BYTES, len - UDP_HEADER_BYTES);
}

static void add_tcp_flags(struct line *line, uint8_t flags)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};

    line_add(line, ", flags");
    for (int bit = 0; bit < 8; bit++)
        if (flags & 1 << bit)
            line_add(line, " %s", names[bit]);
    if (flags == 0)
        line_add(line, " none");
}

static void dissect_tcp(const struct dissection *dissection, const uint8_t *bytes, size_t len)
{
    struct line line = {.at = 0};
    size_t header;

    if (len < TCP_FIXED_BYTES) {
        dissect_short(dissection, "tcp", len);
        return;
    }
    header = 4 * (bytes[12] >> 4u);
    line_add(
        &line,
        "source port %u, destination port %u, sequence %u, acknowledgment %u, header length %zu",
        get16(bytes), get16(bytes + 2), get32(bytes + 4), get32(bytes + 8), header);
    add_tcp_flags(&line, bytes[13]);
    line_add(&line, ", window %u, checksum 0x%04x, urgent %u", get16(bytes + 14), get16(bytes + 16),
             get16(bytes + 18));
    if (header < TCP_FIXED_BYTES || header > len) {
        line_add(&line, ", header length is wrong");
    } else {
        dissect_tcp_options(&line, bytes + TCP_FIXED_BYTES, header - TCP_FIXED_BYTES);
        line_add(&line, ", %zu bytes of data", len - header);
    }
    line_end(dissection, "tcp", &line);
}

void dissect_transport(const struct dissection *dissection, uint8_t protocol, const uint8_t *bytes,
                       size_t len)
{
    if (protocol == PROTOCOL_ICMP)
        dissect_icmp(dissection, bytes, len);
    else if (protocol == PROTOCOL_ICMPV6)
        dissect_icmpv6(dissection, bytes, len);
    else if (protocol == PROTOCOL_UDP)
        dissect_udp(dissection, bytes, len);
    else if (protocol == PROTOCOL_TCP)
        dissect_tcp(dissection, bytes, len);
}
