/* TCP segments on the wire. See tcp_segment.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_segment.h"

#include <errno.h>
#include <stdio.h>

#include "host/stack/bytes.h"

bool tcp_checksum_right(const struct ip_input *in)
{
    uint32_t sum = checksum_pseudo(&in->source, &in->destination, PROTOCOL_TCP, in->length);
    return checksum_fold(checksum_add(sum, in->payload, in->length)) == 0;
}

int tcp_segment_parse(const struct ip_input *in, struct tcp_segment *out)
{
    if (in->length < TCP_HEADER_BYTES)
        return -EBADMSG;
    const uint8_t *header = in->payload;
    size_t header_bytes = (size_t)(header[12] >> 4) * 4;
    if (header_bytes < TCP_HEADER_BYTES || header_bytes > in->length)
        return -EBADMSG;
    if (!in->checksum_verified && !tcp_checksum_right(in))
        return -EBADMSG;
    out->source = (struct endpoint){in->source, get16(header)};
    out->destination = (struct endpoint){in->destination, get16(header + 2)};
    out->seq = get32(header + 4);
    out->ack = get32(header + 8);
    out->flags = header[13];
    out->ecn = in->tos & 3;
    out->window = get16(header + 14);
    out->window_scale = 0;
    out->urgent = get16(header + 18);
    out->data = header + header_bytes;
    out->length = (uint32_t)(in->length - header_bytes);
    if (header_bytes == TCP_HEADER_BYTES)
        tcp_options_clear(&out->options);
    else
        tcp_options_parse(header + TCP_HEADER_BYTES, header_bytes - TCP_HEADER_BYTES,
                          &out->options);
    return 0;
}

size_t tcp_segment_write(const struct tcp_segment *segment, uint8_t *bytes)
{
    size_t length = TCP_HEADER_BYTES;
    if (tcp_options_any(&segment->options))
        length += tcp_options_write(&segment->options, bytes + TCP_HEADER_BYTES);
    put16(bytes, segment->source.port);
    put16(bytes + 2, segment->destination.port);
    put32(bytes + 4, segment->seq);
    put32(bytes + 8, segment->ack);
    bytes[12] = (uint8_t)(length / 4 << 4);
    bytes[13] = segment->flags;
    put16(bytes + 14, (uint16_t)(segment->window >> segment->window_scale));
    put32(bytes + 16, 0); /* checksum, filled in by the IP layer, and urgent pointer */
    return length;
}

const char *tcp_flags_format(uint8_t flags, char *text)
{
    static const char *const names[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
    int length = 0;
    text[0] = '\0';
    for (int i = 0; i < 8; i++)
        if (flags & 1 << i)
            length += snprintf(text + length, TCP_FLAGS_TEXT_BYTES - (size_t)length, "%s%s",
                               length ? "," : "", names[i]);
    return text;
}
