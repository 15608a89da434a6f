/* A TCP segment: read from a packet, or described to be written into one. RFC 9293, 3.1.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_TCP_SEGMENT_H
#define HOST_STACK_TCP_SEGMENT_H

#include <stdbool.h>

#include "host/stack/ip.h"
#include "host/stack/tcp_options.h"

enum {
    TCP_HEADER_BYTES = 20,
    TCP_CHECKSUM_OFFSET = 16,
    TCP_DEFAULT_MSS = 536,   /* IPv4, RFC 9293, 3.7.1 */
    TCP_DEFAULT_MSS6 = 1220, /* IPv6 */
    TCP_FIN = 1,
    TCP_SYN = 2,
    TCP_RST = 4,
    TCP_PSH = 8,
    TCP_ACK = 16,
    TCP_URG = 32,
    TCP_ECE = 64, /* RFC 3168 */
    TCP_CWR = 128,
};

struct tcp_segment {
    struct endpoint source, destination;
    uint32_t seq, ack;
    uint32_t window;      /* bytes; of a received one, what the header says */
    uint8_t window_scale; /* of one to be written: the header gets window >> window_scale */
    uint16_t urgent;      /* of a received one with URG: the pointer, from seq on */
    uint8_t flags;
    uint8_t ecn; /* of a received one: the codepoint in its IP header (RFC 3168, 5) */
    struct tcp_options options;
    const uint8_t *data; /* of a received one: into the packet */
    uint32_t length;     /* of the data */
};

/* Sequence numbers that the segment occupies: data, SYN and FIN. */
static inline uint32_t tcp_segment_space(const struct tcp_segment *segment)
{
    return segment->length + !!(segment->flags & TCP_SYN) + !!(segment->flags & TCP_FIN);
}

bool tcp_checksum_right(const struct ip_input *in);
/* Returns 0, or -EBADMSG if the header does not fit the datagram or the checksum is wrong. */
int tcp_segment_parse(const struct ip_input *in, struct tcp_segment *out);

/* Writes header and options (ports, seq, ack, flags, window, options) at bytes. Returns their
 * length; the checksum is 0. */
size_t tcp_segment_write(const struct tcp_segment *segment, uint8_t *bytes);

/* "SYN,ACK" and the like, into text of TCP_FLAGS_TEXT_BYTES; returns text. */
enum { TCP_FLAGS_TEXT_BYTES = 32 };
const char *tcp_flags_format(uint8_t flags, char *text);

#endif
