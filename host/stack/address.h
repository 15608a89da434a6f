/* Internet addresses: one type for IPv4 and IPv6.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_ADDRESS_H
#define HOST_STACK_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* The small questions are asked several times of every packet, hence in line. */
static inline struct address address_v4(uint32_t host_order)
{
    return (struct address){.bytes = {[10] = 0xff,
                                      0xff,
                                      (uint8_t)(host_order >> 24),
                                      (uint8_t)(host_order >> 16),
                                      (uint8_t)(host_order >> 8),
                                      (uint8_t)host_order}};
}

/* From the four bytes of a header. */
static inline struct address address_v4_wire(const uint8_t *wire)
{
    struct address address = {.bytes = {[10] = 0xff, 0xff}};

    memcpy(address.bytes + 12, wire, 4);
    return address;
}

static inline uint32_t address_to_v4(const struct address *address) /* host byte order */
{
    const uint8_t *at = address->bytes + 12;

    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline bool address_equal(const struct address *a, const struct address *b)
{
    uint64_t words[4];

    memcpy(words, a, 16);
    memcpy(words + 2, b, 16);
    return words[0] == words[2] && words[1] == words[3];
}

static inline bool address_is_v4(const struct address *address)
{
    static const uint8_t prefix[4] = {0, 0, 0xff, 0xff};
    uint64_t zeros;

    memcpy(&zeros, address->bytes, 8);
    return zeros == 0 && memcmp(address->bytes + 8, prefix, 4) == 0;
}

static inline bool address_is_unspecified(const struct address *address) /* 0.0.0.0 or :: */
{
    static const struct address zero;

    return address_is_v4(address) ? address_to_v4(address) == 0 : address_equal(address, &zero);
}

/* What is bound to bound takes what comes for address: its own address, or any: :: both families', or with v6only
 * (RFC 3493, 5.3) those of IPv6; 0.0.0.0 those of IPv4. */
static inline bool address_covers(const struct address *bound, bool v6only,
                                  const struct address *address)
{
    if (!address_is_unspecified(bound))
        return address_equal(bound, address);
    return address_is_v4(bound) ? address_is_v4(address) : !v6only || !address_is_v4(address);
}

static inline bool address_is_broadcast(const struct address *address) /* 255.255.255.255 */
{
    return address_is_v4(address) && address_to_v4(address) == 0xffffffff;
}

static inline bool address_is_multicast(const struct address *address)
{
    if (address_is_v4(address))
        return address->bytes[12] >> 4 == 0xe;
    return address->bytes[0] == 0xff;
}

static inline bool address_is_loopback(const struct address *address)
{
    static const struct address loopback6 = {.bytes[15] = 1};

    return address_is_v4(address) ? address->bytes[12] == 127 : address_equal(address, &loopback6);
}

/* The first len bits are the same; len counts the family's bits. */
bool address_in_prefix(const struct address *address, const struct address *prefix, unsigned len);

/* Reads "10.0.2.2" (four decimal parts, as inet_pton) or "fe80::1", with or without "%zone". Returns 0 or
 * -EINVAL. */
int address_parse(const char *text, struct address *out);
/* "10.0.2.15/24": len 0 to 32; "fd00::1/64": 0 to 128. Returns 0 or -EINVAL. */
int address_parse_prefix(const char *text, struct address *out, unsigned *len);
/* "10.0.2.3", "10.0.2.3:5353", "fd00::3" or "[fd00::3]:5353"; without a port the default is taken. Returns
 * 0 or -EINVAL. */
int endpoint_parse(const char *text, uint16_t default_port, struct endpoint *out);
/* Both return text, which has ADDRESS_TEXT_BYTES; IPv6 as RFC 5952 says. */
const char *address_format(const struct address *address, char *text);
const char *endpoint_format(const struct endpoint *endpoint, char *text);

#endif
