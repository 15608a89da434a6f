/* See segment.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/segment.h"

#include "tests/world/packet.h"

enum { ETHERNET = 14, IPV4 = 20, IPV6 = 40, TCP = 20, PROTOCOL = 6, FRAGMENT_BITS = 0x3fff };
enum {
    OPTION_END,
    OPTION_NOP,
    OPTION_MSS,
    OPTION_SCALE,
    OPTION_MAY_SACK,
    OPTION_SACK,
    OPTION_TIME = 8
};

uint32_t segment_word(const uint8_t *at, int bytes)
{
    uint32_t value = 0;

    for (int i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

void segment_store(uint8_t *at, int bytes, uint32_t value)
{
    for (int i = bytes - 1; i >= 0; i--, value >>= 8)
        at[i] = (uint8_t)value;
}

uint16_t segment_sum(const uint8_t *at, size_t len, uint32_t start)
{
    uint64_t sum = start;

    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)(at[i] << 8 | at[i + 1]);
    if (len % 2)
        sum += (uint32_t)at[len - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

uint32_t segment_pseudo(const uint8_t *ip, uint32_t tcp_bytes)
{
    return segment_word(ip + 12, 2) + segment_word(ip + 14, 2) + segment_word(ip + 16, 2) +
           segment_word(ip + 18, 2) + PROTOCOL + tcp_bytes;
}

uint32_t segment_pseudo6(const uint8_t *ip, uint32_t protocol, uint32_t bytes)
{
    uint32_t sum = protocol + bytes;

    for (int at = 8; at < IPV6; at += 2)
        sum += segment_word(ip + at, 2);
    return sum;
}

static void read_option(struct segment *out, const uint8_t *at, unsigned length)
{
    switch (at[0]) {
    case OPTION_MSS:
        if (length == 4)
            out->mss = (uint16_t)segment_word(at + 2, 2);
        break;
    case OPTION_SCALE:
        if (length == 3)
            out->scale = at[2];
        break;
    case OPTION_MAY_SACK: out->may_sack = true; break;
    case OPTION_TIME:
        out->has_time = length == 10;
        if (out->has_time) {
            out->time = segment_word(at + 2, 4);
            out->time_echo = segment_word(at + 6, 4);
        }
        break;
    case OPTION_SACK:
        out->sacks = (int)(length - 2) / 8 < SEGMENT_SACKS ? (int)(length - 2) / 8 : SEGMENT_SACKS;
        for (int i = 0; i < out->sacks; i++) {
            out->sack[i].from = segment_word(at + 2 + i * 8, 4);
            out->sack[i].until = segment_word(at + 6 + i * 8, 4);
        }
        break;
    default: break;
    }
}

static const char *read_options(struct segment *out, const uint8_t *at)
{
    const uint8_t *end = at + out->options;

    while (at < end && *at != OPTION_END) {
        if (*at == OPTION_NOP) {
            at++;
            continue;
        }
        if (at + 1 == end || at[1] < 2 || at + at[1] > end)
            return "an option's length is wrong";
        read_option(out, at, at[1]);
        at += at[1];
    }
    return NULL;
}

static const char *read_tcp(struct segment *out, const uint8_t *ip, const uint8_t *tcp,
                            uint32_t bytes)
{
    uint32_t header = bytes < TCP ? 0 : (tcp[12] >> 4) * 4u;
    uint32_t pseudo =
        out->source6 ? segment_pseudo6(ip, PROTOCOL, bytes) : segment_pseudo(ip, bytes);

    if (header < TCP || header > bytes)
        return "TCP's header has a wrong length";
    if (segment_sum(tcp, bytes, pseudo))
        return "TCP's checksum is wrong";
    out->source_port = (uint16_t)segment_word(tcp, 2);
    out->destination_port = (uint16_t)segment_word(tcp + 2, 2);
    out->seq = segment_word(tcp + 4, 4);
    out->ack = segment_word(tcp + 8, 4);
    out->flags = tcp[13];
    out->window = (uint16_t)segment_word(tcp + 14, 2);
    out->data = tcp + header;
    out->length = bytes - header;
    out->options = header - TCP;
    return read_options(out, tcp + TCP);
}

static enum segment_verdict read6(const uint8_t *ip, size_t len, struct segment *out,
                                  const char **why)
{
    struct packet packet;

    *out = (struct segment){.scale = -1};
    *why = "IP's header is wrong";
    if (!packet_read(ip, len, false, &packet) || !packet.v6)
        return SEGMENT_IS_BAD;
    if (packet.protocol != PROTOCOL || packet.fragment)
        return SEGMENT_IS_OTHER;
    out->source6 = ip + 8;
    out->destination6 = ip + 24;
    out->ip_length = (uint32_t)(packet.data - ip) + packet.bytes;
    out->ecn = segment_word(ip, 2) >> 4 & 3;
    *why = read_tcp(out, ip, packet.data, packet.bytes);
    return *why ? SEGMENT_IS_BAD : SEGMENT_IS_TCP;
}

enum segment_verdict segment_read(const uint8_t *frame, size_t len, struct segment *out,
                                  const char **why)
{
    const uint8_t *ip = frame + ETHERNET;
    uint32_t header, bytes;

    if (len >= ETHERNET && segment_word(frame + 12, 2) == 0x86dd)
        return read6(ip, len - ETHERNET, out, why);
    if (len < ETHERNET + IPV4 || segment_word(frame + 12, 2) != 0x0800)
        return SEGMENT_IS_OTHER;
    *out = (struct segment){.scale = -1};
    header = (ip[0] & 15u) * 4;
    bytes = segment_word(ip + 2, 2);
    *why = "IP's header is wrong";
    if (ip[0] >> 4 != 4 || header < IPV4 || bytes < header || bytes > len - ETHERNET ||
        segment_sum(ip, header, 0))
        return SEGMENT_IS_BAD;
    if (ip[9] != PROTOCOL || (segment_word(ip + 6, 2) & FRAGMENT_BITS))
        return SEGMENT_IS_OTHER;
    out->source = segment_word(ip + 12, 4);
    out->destination = segment_word(ip + 16, 4);
    out->ip_length = bytes;
    out->ecn = ip[1] & 3;
    *why = read_tcp(out, ip, ip + header, bytes - header);
    return *why ? SEGMENT_IS_BAD : SEGMENT_IS_TCP;
}
