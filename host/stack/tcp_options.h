/* TCP options: those that we understand, read from a header and written into one. RFC 9293, 3.1 and
 * 3.7.1; RFC 7323 (window scale, timestamps); RFC 2018 (SACK).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_TCP_OPTIONS_H
#define HOST_STACK_TCP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TCP_OPTIONS_MAX_BYTES = 40,
    TCP_TIMESTAMPS_BYTES = 12, /* with the two NOPs that RFC 7323, appendix A puts before it */
    TCP_MAX_SACK_BLOCKS = 4,
    TCP_MAX_SCALE = 14, /* RFC 7323, 2.3 */
};

/* What nearly every segment of a connection with timestamps begins its options with. */
#define TCP_NOP_NOP_TIMESTAMPS UINT32_C(0x0101080a)

struct tcp_range {
    uint32_t start, end; /* sequence numbers; end is the first byte that is not in it */
};

struct tcp_options {
    uint16_t mss; /* 0: the option was not there */
    bool has_scale : 1, sack_permitted : 1, has_timestamps : 1;
    uint8_t scale;      /* with has_scale; at most TCP_MAX_SCALE */
    uint8_t sack_count; /* how many of sacks there are; the rest, and the timestamps, are not set */
    uint32_t ts_value, ts_echo; /* with has_timestamps */
    struct tcp_range sacks[TCP_MAX_SACK_BLOCKS];
};

/* None of them. */
static inline void tcp_options_clear(struct tcp_options *options)
{
    options->mss = 0;
    options->has_scale = options->sack_permitted = options->has_timestamps = false;
    options->scale = options->sack_count = 0;
}

static inline bool tcp_options_any(const struct tcp_options *options)
{
    return options->mss || options->sack_count || options->has_scale || options->sack_permitted ||
           options->has_timestamps;
}

/* Reads len bytes of options. Unknown ones are skipped; a length that lies ends the reading, and
 * what came before it counts (RFC 9293, 3.1, MUST-6 and MUST-7). */
void tcp_options_parse(const uint8_t *bytes, size_t len, struct tcp_options *out);

/* How many bytes tcp_options_write will write: a multiple of 4. */
size_t tcp_options_length(const struct tcp_options *options);
/* Writes options at out (TCP_OPTIONS_MAX_BYTES). Returns the bytes written. */
size_t tcp_options_write(const struct tcp_options *options, uint8_t *out);

#endif
