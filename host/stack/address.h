/* Internet addresses: one type for IPv4 and IPv6.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_ADDRESS_H
#define HOST_STACK_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDRESS_TEXT_BYTES = 64 };

/* An IPv4 address stands in bytes 12 to 15 behind ::ffff:0:0/96 (RFC 4291, 2.5.5.2), so both
 * compare and hash alike; the unspecified address of either family is all zeros in its own form. */
struct address {
    uint8_t bytes[16];
};

struct endpoint {
    struct address address;
    uint16_t port; /* host byte order */
};

struct address address_v4(uint32_t host_order);
uint32_t address_to_v4(const struct address *address); /* host byte order */
bool address_is_v4(const struct address *address);
bool address_equal(const struct address *a, const struct address *b);
bool address_is_unspecified(const struct address *address); /* 0.0.0.0 or :: */
bool address_is_broadcast(const struct address *address);   /* 255.255.255.255 */
bool address_is_multicast(const struct address *address);
bool address_is_loopback(const struct address *address);
/* The first len bits are the same; len counts the family's bits. */
bool address_in_prefix(const struct address *address, const struct address *prefix, unsigned len);

/* Reads "10.0.2.2" (four decimal parts, as inet_pton). Returns 0 or -EINVAL. */
int address_parse(const char *text, struct address *out);
/* "10.0.2.15/24": len 0 to 32. Returns 0 or -EINVAL. */
int address_parse_prefix(const char *text, struct address *out, unsigned *len);
/* "10.0.2.3" or "10.0.2.3:5353"; port stays at its default without one. Returns 0 or -EINVAL. */
int endpoint_parse(const char *text, uint16_t default_port, struct endpoint *out);
/* Both return text, which has ADDRESS_TEXT_BYTES. */
const char *address_format(const struct address *address, char *text);
const char *endpoint_format(const struct endpoint *endpoint, char *text);

#endif
