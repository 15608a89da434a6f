/* Lines under construction, for dissect*.c only.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_DISSECT_INTERNAL_H
#define HOST_STACK_DISSECT_INTERNAL_H

#include "host/stack/dissect.h"

/* Where lines go, and what all lines of a frame have in common. */
struct dissection {
    struct journal *journal;
    uint64_t now_ns;
    const char *direction;
};

struct line {
    char text[900];
    size_t at;
};

/* Adds to the line; what does not fit is cut. */
__attribute__((format(printf, 2, 3))) void line_add(struct line *line, const char *format, ...);
/* Adds bytes in hexadecimal, at most 40 of them. */
void line_hex(struct line *line, const uint8_t *bytes, size_t len);
void line_end(const struct dissection *dissection, const char *layer, const struct line *line);
/* "header cut off after N bytes". */
void dissect_short(const struct dissection *dissection, const char *layer, size_t len);

/* dissect_transport.c */
void dissect_transport(const struct dissection *dissection, uint8_t protocol, const uint8_t *bytes,
                       size_t len);
/* dissect_ipv6.c: from the header on; ICMPv6 from its type, DHCPv6 from its message's. */
void dissect_ipv6(const struct dissection *dissection, const uint8_t *h, size_t len);
void dissect_icmpv6(const struct dissection *dissection, const uint8_t *bytes, size_t len);
void dissect_dhcp6(const struct dissection *dissection, const uint8_t *bytes, size_t len);
/* dissect_options.c: TCP's options, with names and values; len bytes of them. */
void dissect_tcp_options(struct line *line, const uint8_t *bytes, size_t len);
void dissect_ip_options(struct line *line, const uint8_t *bytes, size_t len);
void dissect_dhcp(const struct dissection *dissection, const uint8_t *bytes, size_t len);

#endif
