/* Options told by name and value: IPv4's, TCP's and DHCP's.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/bytes.h"
#include "host/stack/dhcp_message.h"
#include "host/stack/dissect_internal.h"

enum { OPTION_END = 0, OPTION_NOP = 1, DHCP_PAD = 0, DHCP_OPTION_TYPE = 53, DHCP_END = 255 };

/* IPv4 and TCP code options alike: kind, length of the whole, value. */
static void each_option(struct line *line, const uint8_t *bytes, size_t len,
                        void (*tell)(struct line *line, uint8_t kind, const uint8_t *value,
                                     size_t len))
{
    size_t at = 0;

    while (at < len && bytes[at] != OPTION_END) {
        if (bytes[at] == OPTION_NOP) {
            line_add(line, ", option NOP");
            at++;
            continue;
        }
        if (len - at < 2 || bytes[at + 1] < 2 || bytes[at + 1] > len - at) {
            line_add(line, ", option %u runs past the header", bytes[at]);
            return;
        }
        tell(line, bytes[at], bytes + at + 2, bytes[at + 1] - 2u);
        at += bytes[at + 1];
    }
}

static void tell_ip_option(struct line *line, uint8_t kind, const uint8_t *value, size_t len)
{
    const char *name = kind == 7     ? "record route"
                       : kind == 68  ? "timestamp"
                       : kind == 131 ? "loose source route"
                       : kind == 137 ? "strict source route"
                       : kind == 148 ? "router alert"
                                     : "unknown";

    line_add(line, ", option %u (%s) ", kind, name);
    line_hex(line, value, len);
}

void dissect_ip_options(struct line *line, const uint8_t *bytes, size_t len)
{
    each_option(line, bytes, len, tell_ip_option);
}

static void tell_sack_blocks(struct line *line, const uint8_t *value, size_t len)
{
    line_add(line, ", option SACK");
    for (size_t at = 0; at + 8 <= len; at += 8)
        line_add(line, " %u-%u", get32(value + at), get32(value + at + 4));
}

static void tell_tcp_option(struct line *line, uint8_t kind, const uint8_t *value, size_t len)
{
    if (kind == 2 && len == 2) {
        line_add(line, ", option MSS %u", get16(value));
    } else if (kind == 3 && len == 1) {
        line_add(line, ", option window scale %u", value[0]);
    } else if (kind == 4 && len == 0) {
        line_add(line, ", option SACK permitted");
    } else if (kind == 5) {
        tell_sack_blocks(line, value, len);
    } else if (kind == 8 && len == 8) {
        line_add(line, ", option timestamp %u echo %u", get32(value), get32(value + 4));
    } else {
        line_add(line, ", option %u ", kind);
        line_hex(line, value, len);
    }
}

void dissect_tcp_options(struct line *line, const uint8_t *bytes, size_t len)
{
    each_option(line, bytes, len, tell_tcp_option);
}

static void add_dhcp_options(struct line *line, const uint8_t *bytes, size_t len)
{
    size_t at = 0;

    while (at < len && bytes[at] != DHCP_END) {
        if (bytes[at] == DHCP_PAD) {
            at++;
            continue;
        }
        if (len - at < 2 || bytes[at + 1] > len - at - 2) {
            line_add(line, ", option %u runs past the end", bytes[at]);
            return;
        }
        if (bytes[at] == DHCP_OPTION_TYPE && bytes[at + 1] == 1) {
            line_add(line, ", message type %u (%s)", bytes[at + 2], dhcp_type_name(bytes[at + 2]));
        } else {
            line_add(line, ", option %u ", bytes[at]);
            line_hex(line, bytes + at + 2, bytes[at + 1]);
        }
        at += 2u + bytes[at + 1];
    }
}

void dissect_dhcp(const struct dissection *dissection, const uint8_t *bytes, size_t len)
{
    struct line line = {.at = 0};

    if (len < DHCP_FIXED_BYTES) {
        dissect_short(dissection, "dhcp", len);
        return;
    }
    line_add(&line,
             "operation %u, hardware %u, address length %u, hops %u, xid 0x%08x, seconds %u, flags "
             "0x%04x",
             bytes[0], bytes[1], bytes[2], bytes[3], get32(bytes + 4), get16(bytes + 8),
             get16(bytes + 10));
    line_add(&line, ", client %u.%u.%u.%u, yours %u.%u.%u.%u", bytes[12], bytes[13], bytes[14],
             bytes[15], bytes[16], bytes[17], bytes[18], bytes[19]);
    line_add(&line, ", server %u.%u.%u.%u, relay %u.%u.%u.%u, hardware address ", bytes[20],
             bytes[21], bytes[22], bytes[23], bytes[24], bytes[25], bytes[26], bytes[27]);
    line_hex(&line, bytes + 28, 6);
    add_dhcp_options(&line, bytes + DHCP_FIXED_BYTES, len - DHCP_FIXED_BYTES);
    line_end(dissection, "dhcp", &line);
}
