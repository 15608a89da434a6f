/* Addresses and their names. See addr.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/addr.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/conformance/script.h"

struct ip ip_v4(uint32_t number)
{
    return (struct ip){.bytes = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                                 (uint8_t)(number >> 8), (uint8_t)number}};
}

bool ip_parse(const char *text, struct ip *out)
{
    *out = (struct ip){.v6 = strchr(text, ':') != NULL};
    return inet_pton(out->v6 ? AF_INET6 : AF_INET, text, out->bytes) == 1;
}

const char *ip_format(const struct ip *address, char *text)
{
    return inet_ntop(address->v6 ? AF_INET6 : AF_INET, address->bytes, text, IP_TEXT);
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
    return a->v6 == b->v6 && !memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static bool is_within(const struct ip *address, const struct ip *prefix, unsigned length)
{
    bool same = address->v6 == prefix->v6;
    for (unsigned bit = 0; same && bit < length; bit++)
        same = !((address->bytes[bit / 8] ^ prefix->bytes[bit / 8]) & 0x80 >> bit % 8);
    return same;
}

bool ip_is_group(const struct ip *address)
{
    return address->v6 ? address->bytes[0] == 0xff : address->bytes[0] >> 4 == 0xe;
}

/* ff02::1:ffXX:XXXX (RFC 4291, 2.7.1) */
static struct ip solicited_node(const struct ip *address)
{
    const uint8_t *b = address->bytes;
    return (struct ip){.v6 = true, .bytes = {0xff, 2, [11] = 1, 0xff, b[13], b[14], b[15]}};
}

void place_bind(struct script *script, const char *name, const struct ip *address)
{
    struct named_ip *named = script_allocate(script, sizeof *named);
    *named = (struct named_ip){name, *address, script->names};
    script->names = named;
}

bool place_find(struct script *script, const struct place *place, struct ip *out)
{
    const struct named_ip *named = script->names;
    if (place->kind == PLACE_ADDRESS)
        *out = place->address;
    if (place->kind <= PLACE_ADDRESS)
        return place->kind == PLACE_ADDRESS;
    while (named && strcmp(named->name, place->name))
        named = named->next;
    if (!named)
        return false;
    *out = place->kind == PLACE_GROUP ? solicited_node(&named->address) : named->address;
    return true;
}

bool place_meets(struct script *script, const struct place *place, const struct ip *came)
{
    struct ip wished;
    if (place->prefix_length && !is_within(came, &place->prefix, place->prefix_length))
        return false;
    if (place_find(script, place, &wished))
        return ip_equal(&wished, came);
    if (place->kind != PLACE_NAME)
        return false;
    place_bind(script, place->name, came);
    return true;
}
