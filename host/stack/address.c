/* Internet addresses: kinds, comparison and text.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/stack/address.h"
#include "host/stack/bytes.h"

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

int address_parse(const char *text, struct address *out)
{
    struct address address;
    const char *end = read_v4(text, &address);

    if (!end || *end)
        return -EINVAL;
    *out = address;
    return 0;
}

int address_parse_prefix(const char *text, struct address *out, unsigned *len)
{
    struct address address;
    unsigned bits;
    const char *end = read_v4(text, &address);

    if (!end || *end != '/')
        return -EINVAL;
    end = read_number(end + 1, 32, &bits);
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
    const char *end = read_v4(text, &address);

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
    size_t at = 0;

    if (address_is_v4(address) || address_is_unspecified(address)) {
        snprintf(text, ADDRESS_TEXT_BYTES, "%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
        return text;
    }
    for (int i = 0; i < 16; i += 2)
        at += (size_t)snprintf(text + at, ADDRESS_TEXT_BYTES - at, "%s%x", i ? ":" : "",
                               get16(b + i));
    return text;
}

const char *endpoint_format(const struct endpoint *endpoint, char *text)
{
    bool plain = address_is_v4(&endpoint->address) || address_is_unspecified(&endpoint->address);
    char address[ADDRESS_TEXT_BYTES];

    address_format(&endpoint->address, address);
    snprintf(text, ADDRESS_TEXT_BYTES, plain ? "%.45s:%u" : "[%.45s]:%u", address, endpoint->port);
    return text;
}
