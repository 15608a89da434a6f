/* Internet addresses: kinds, comparison and text.
 *
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/stack/address.h"

bool address_in_prefix(const struct address *address, const struct address *prefix, unsigned len)
{
    unsigned bytes, bits;

    if (address_is_v4(address) != address_is_v4(prefix))
        return false;
    if (address_is_v4(prefix))
        return len <= 32 &&
               (len == 0 || (address_to_v4(address) ^ address_to_v4(prefix)) >> (32 - len) == 0);
    bytes = len / 8;
    bits = len % 8;
    if (len > 128 || memcmp(address->bytes, prefix->bytes, bytes) != 0)
        return false;
    return bits == 0 || (address->bytes[bytes] ^ prefix->bytes[bytes]) >> (8 - bits) == 0;
}

/* Reads a decimal number of at most max without sign or leading zero. Returns what follows it, or
 * NULL. */
static const char *read_number(const char *text, unsigned max, unsigned *out)
{
    unsigned value = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++) {
        value = 10 * value + (unsigned)(*at - '0');
        if (value > max)
            return NULL;
    }
    if (at == text || (*text == '0' && at > text + 1))
        return NULL;
    *out = value;
    return at;
}

/* Reads four decimal parts. Returns what follows them, or NULL. */
static const char *read_v4(const char *text, struct address *out)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        unsigned part;

        if (i > 0 && *text++ != '.')
            return NULL;
        text = read_number(text, 255, &part);
        if (!text)
            return NULL;
        value = value << 8 | part;
    }
    *out = address_v4(value);
    return text;
}

/* A zone behind % is read over: a station has one link (RFC 4007, 11). Returns what follows it, or NULL
 * if it is empty. */
static const char *skip_zone(const char *text)
{
    size_t len = strcspn(text + 1, "]/ ");

    return len ? text + 1 + len : NULL;
}

/* Reads the digits, colons and dots of an IPv6 address and its zone (RFC 4291, 2.2). Returns what follows,
 * or NULL. An IPv4 address has one form here, so that ::ffff:10.0.0.1 is none (RFC 4038, 4.2). */
static const char *read_v6(const char *text, struct address *out)
{
    char digits[INET6_ADDRSTRLEN];
    size_t len = strspn(text, "0123456789abcdefABCDEF:.");

    if (len >= sizeof digits)
        return NULL;
    memcpy(digits, text, len);
    digits[len] = '\0';
    if (inet_pton(AF_INET6, digits, out->bytes) != 1 || address_is_v4(out))
        return NULL;
    return text[len] == '%' ? skip_zone(text + len) : text + len;
}

static const char *read_address(const char *text, struct address *out)
{
    const char *end = read_v4(text, out);

    return end ? end : read_v6(text, out);
}

int address_parse(const char *text, struct address *out)
{
    struct address address;
    const char *end = read_address(text, &address);

    if (!end || *end)
        return -EINVAL;
    *out = address;
    return 0;
}

int address_parse_prefix(const char *text, struct address *out, unsigned *len)
{
    struct address address;
    unsigned bits;
    const char *end = read_address(text, &address);

    if (!end || *end != '/')
        return -EINVAL;
    end = read_number(end + 1, address_is_v4(&address) ? 32 : 128, &bits);
    if (!end || *end)
        return -EINVAL;
    *out = address;
    *len = bits;
    return 0;
}

int endpoint_parse(const char *text, uint16_t default_port, struct endpoint *out)
{
    struct address address;
    unsigned port = default_port;
    const char *end = *text == '[' ? read_v6(text + 1, &address) : read_address(text, &address);

    if (*text == '[')
        end = end && *end == ']' ? end + 1 : NULL;
    if (end && *end == ':')
        end = read_number(end + 1, 65535, &port);
    if (!end || *end)
        return -EINVAL;
    out->address = address;
    out->port = (uint16_t)port;
    return 0;
}

const char *address_format(const struct address *address, char *text)
{
    const uint8_t *b = address->bytes;

    if (address_is_v4(address))
        snprintf(text, ADDRESS_TEXT_BYTES, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
    else
        inet_ntop(AF_INET6, b, text, ADDRESS_TEXT_BYTES);
    return text;
}

const char *endpoint_format(const struct endpoint *endpoint, char *text)
{
    bool plain = address_is_v4(&endpoint->address);
    char address[ADDRESS_TEXT_BYTES];

    address_format(&endpoint->address, address);
    snprintf(text, ADDRESS_TEXT_BYTES, plain ? "%.45s:%u" : "[%.45s]:%u", address, endpoint->port);
    return text;
}
