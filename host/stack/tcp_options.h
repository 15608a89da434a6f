/* TCP options: those that we understand, read from a header and written into one. RFC 9293, 3.1 and
 * 3.7.1.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_TCP_OPTIONS_H
#define HOST_STACK_TCP_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

enum { TCP_OPTIONS_MAX_BYTES = 40 };

struct tcp_options {
    uint16_t mss; /* 0: the option was not there */
};

/* Reads len bytes of options. Unknown ones are skipped; a length that lies ends the reading, and
 * what came before it counts (RFC 9293, 3.1, MUST-6 and MUST-7). */
void tcp_options_parse(const uint8_t *bytes, size_t len, struct tcp_options *out);

/* Writes options at out (TCP_OPTIONS_MAX_BYTES), padded to a multiple of 4. Returns the bytes
 * written. */
size_t tcp_options_write(const struct tcp_options *options, uint8_t *out);

#endif
