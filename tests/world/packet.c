/* See packet.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/packet.h"

#include <string.h>

#include "tests/world/segment.h"

enum { ETHERNET = 14, IPV4 = 20, IPV6 = 40, OFFSET_MASK = 0x1fff, MORE_FRAGMENTS = 0x2000 };
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, TO_DESTINATION = 60, UNIT = 8 };

static bool read4(const uint8_t *ip, size_t len, bool cut, struct packet *out)
{
    uint32_t length, field;

    if (len < IPV4 || ip[0] != 0x45 || segment_sum(ip, IPV4, 0))
        return false;
    length = segment_word(ip + 2, 2);
    field = segment_word(ip + 6, 2);
    if (length < IPV4 || (length > len && !cut))
        return false;
    *out = (struct packet){.ip = ip,
                           .data = ip + IPV4,
                           .source = {[10] = 0xff, 0xff},
                           .destination = {[10] = 0xff, 0xff},
                           .protocol = ip[9],
                           .hop_limit = ip[8],
                           .bytes = (length < len ? length : (uint32_t)len) - IPV4,
                           .offset = (field & OFFSET_MASK) * UNIT,
                           .more = field & MORE_FRAGMENTS,
                           .id = segment_word(ip + 4, 2)};
    out->fragment = out->offset || out->more;
    memcpy(out->source + 12, ip + 12, 4);
    memcpy(out->destination + 12, ip + 16, 4);
    return true;
}

static void read_fragment(const uint8_t *header, struct packet *out)
{
    uint32_t field = segment_word(header + 2, 2);

    out->offset = field & ~7u;
    out->more = field & 1;
    out->fragment = out->offset || out->more; /* RFC 6946: else it is whole */
    out->id = segment_word(header + 4, 4);
}

static bool read6(const uint8_t *ip, size_t len, bool cut, struct packet *out)
{
    uint32_t length, at = IPV6;
    uint8_t next;

    if (len < IPV6 || ip[0] >> 4 != 6)
        return false;
    length = IPV6 + segment_word(ip + 4, 2);
    if (length > len && !cut)
        return false;
    length = length < len ? length : (uint32_t)len;
    *out = (struct packet){.ip = ip, .v6 = true, .hop_limit = ip[7]};
    memcpy(out->source, ip + 8, 16);
    memcpy(out->destination, ip + 24, 16);
    for (next = ip[6];
         (next == HOP_BY_HOP || next == ROUTING || next == FRAGMENT || next == TO_DESTINATION) &&
         !out->offset;) {
        uint32_t most = length - at, header = UNIT;

        if (most >= UNIT && next != FRAGMENT)
            header += ip[at + 1] * (uint32_t)UNIT;
        if (most < header)
            return false;
        if (next == FRAGMENT)
            read_fragment(ip + at, out);
        next = ip[at];
        at += header;
    }
    out->protocol = next;
    out->data = ip + at;
    out->bytes = length - at;
    return true;
}

bool packet_read(const uint8_t *ip, size_t len, bool cut, struct packet *out)
{
    return len && (ip[0] >> 4 == 6 ? read6 : read4)(ip, len, cut, out);
}

bool packet_read_frame(const uint8_t *frame, size_t len, struct packet *out)
{
    uint32_t type = len < ETHERNET ? 0 : segment_word(frame + 12, 2);

    return (type == 0x0800 || type == 0x86dd) &&
           packet_read(frame + ETHERNET, len - ETHERNET, false, out) && out->v6 == (type == 0x86dd);
}
