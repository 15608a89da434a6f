/* What IPv6 adds to a packet: "at 3 from a to b hop_limit 255 destination <padn 4> fragment 0:8 more id 1".
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/conformance/frame.h"
#include "tests/conformance/reader.h"

enum { OPTION_PAD1 = 0, OPTION_PADN = 1, OPTION_ROUTER_ALERT = 5, HEADER_MOST = 8 * 256 };

/* A name, or an address, which may have colons and dots. */
static const char *token_take(struct reader *in)
{
    read_space(in);
    size_t length = strspn(in->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "_:.");
    char *token = script_allocate(in->script, length + 1);
    memcpy(token, in->at, length);
    in->at += length;
    return token;
}

struct ip ip_take(struct reader *in)
{
    struct ip address;
    const char *begin = in->at, *token = token_take(in);
    if (!ip_parse(token, &address))
        script_fail(in->script, begin, "'%s' is no address", token);
    return address;
}

struct ip prefix_take(struct reader *in, unsigned *length)
{
    struct ip prefix = ip_take(in);
    read_expect(in, "/");
    *length = (unsigned)read_integer(in, 0, 255);
    return prefix;
}

static struct place group_take(struct reader *in)
{
    struct place place = {.kind = PLACE_GROUP};
    read_expect(in, "(");
    place.name = token_take(in);
    read_expect(in, ")");
    return place;
}

struct place place_take(struct reader *in)
{
    struct place place = {.kind = PLACE_NAME};
    read_space(in);
    const char *begin = in->at;
    if (read_word(in, "solicited"))
        return group_take(in);
    place.name = token_take(in);
    if (!*place.name)
        script_fail(in->script, begin, "an address or its name is expected here, not '%.10s'",
                    begin);
    if (ip_parse(place.name, &place.address))
        place.kind = PLACE_ADDRESS;
    else if (strpbrk(place.name, ":."))
        script_fail(in->script, begin, "'%s' is no address", place.name);
    if (read_word(in, "in"))
        place.prefix = prefix_take(in, &place.prefix_length);
    return place;
}

/* An option by its number, with its bytes behind it. Returns where the next one goes. */
static uint8_t *raw_option(struct reader *in, uint8_t *at)
{
    uint8_t *length = at + 1;
    *at = (uint8_t)read_integer(in, 0, 255);
    at += 2;
    for (read_space(in); *in->at >= '0' && *in->at <= '9'; read_space(in)) {
        if (++*length == 255)
            script_fail(in->script, in->at, "too many bytes for an option");
        *at++ = (uint8_t)read_integer(in, 0, 255);
    }
    if (read_word(in, "length")) /* that lies */
        *length = (uint8_t)read_integer(in, 0, 255);
    return at;
}

static uint8_t *option_parse(struct reader *in, uint8_t *at)
{
    const char *begin = in->at;
    if (read_word(in, "pad1")) {
        *at++ = OPTION_PAD1;
    } else if (read_word(in, "padn")) {
        at[0] = OPTION_PADN;
        at[1] = (uint8_t)read_integer(in, 0, 255);
        at += 2 + at[1];
    } else if (read_word(in, "router_alert")) {
        at[0] = OPTION_ROUTER_ALERT;
        at[1] = 2;
        at += 4;
    } else if (read_word(in, "option")) {
        at = raw_option(in, at);
    } else {
        script_fail(in->script, begin, "no option of IPv6 is called '%.10s'", begin);
    }
    return at;
}

/* To a multiple of 8 (RFC 8200, 4.2). */
static size_t pad(uint8_t *bytes, size_t length)
{
    size_t missing = (8 - length % 8) % 8;
    if (missing > 1) {
        bytes[length] = OPTION_PADN;
        bytes[length + 1] = (uint8_t)(missing - 2);
    }
    return length + missing;
}

static void options_parse(struct reader *in, struct header *header)
{
    uint8_t *at = header->bytes + 2;
    read_expect(in, "<");
    while (!read_sign(in, ">")) {
        const char *begin = in->at;
        at = option_parse(in, at);
        if (at - header->bytes > HEADER_MOST)
            script_fail(in->script, begin, "too many options for a header");
        read_sign(in, ",");
    }
    header->length = pad(header->bytes, (size_t)(at - header->bytes));
    header->bytes[1] = (uint8_t)(header->length / 8 - 1);
}

/* "routing type 0 left 1 2001:db8::9": as many addresses as are named. */
static void routing_parse(struct reader *in, struct header *header)
{
    uint8_t *at = header->bytes + 8;
    if (read_word(in, "type"))
        header->bytes[2] = (uint8_t)read_integer(in, 0, 255);
    if (read_word(in, "left"))
        header->bytes[3] = (uint8_t)read_integer(in, 0, 255);
    while (read_word(in, "by") && at - header->bytes < HEADER_MOST) {
        struct ip address = ip_take(in);
        memcpy(at, address.bytes, 16);
        at += 16;
    }
    header->length = (size_t)(at - header->bytes);
    header->bytes[1] = (uint8_t)(header->length / 8 - 1);
}

/* "fragment 0:8 more id 1"; without a range all of what follows is in it. */
static void fragment_parse(struct reader *in, struct header *header)
{
    header->length = 8;
    read_space(in);
    if (*in->at >= '0' && *in->at <= '9') {
        header->from = (uint32_t)read_integer(in, 0, 65528);
        read_expect(in, ":");
        header->to = (uint32_t)read_integer(in, header->from + 1, 65528 + 65535);
        if (header->from % 8)
            script_fail(in->script, in->at, "a fragment begins at a multiple of 8, not at %u",
                        header->from);
    }
    header->more = read_word(in, "more");
    if (!read_word(in, "id"))
        script_fail(in->script, in->at, "'id' is expected here, not '%.10s'", in->at);
    header->id = (uint32_t)read_integer(in, 0, UINT32_MAX);
    number_put(header->bytes + 2, header->from | header->more, 2);
    number_put(header->bytes + 4, header->id, 4);
}

static struct header *header_parse(struct reader *in)
{
    static const struct {
        const char *name;
        enum header_type type;
        void (*parse)(struct reader *in, struct header *header);
    } known[] = {{"hop_by_hop", HEADER_HOP_BY_HOP, options_parse},
                 {"destination", HEADER_DESTINATION, options_parse},
                 {"routing", HEADER_ROUTING, routing_parse},
                 {"fragment", HEADER_FRAGMENT, fragment_parse}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!read_word(in, known[i].name))
            continue;
        struct header *header = script_allocate(in->script, sizeof *header);
        header->type = known[i].type;
        header->bytes = script_allocate(in->script, HEADER_MOST + 600);
        known[i].parse(in, header);
        if (read_word(in, "length")) /* that lies */
            header->bytes[1] = (uint8_t)read_integer(in, 0, 255);
        return header;
    }
    return NULL;
}

void v6_parse(struct reader *in, struct packet *packet)
{
    struct header **end = &packet->headers;
    for (const char *before = NULL; before != in->at;) {
        before = in->at;
        if (read_word(in, "at"))
            packet->station = (uint8_t)read_integer(in, 1, 255);
        if (read_word(in, "from"))
            packet->from = place_take(in);
        if (read_word(in, "to"))
            packet->to = place_take(in);
        if (read_word(in, "hop_limit")) {
            packet->has_hop_limit = true;
            packet->hop_limit = (uint8_t)read_integer(in, 0, 255);
        }
    }
    while ((*end = header_parse(in)) != NULL)
        end = &(*end)->next;
}
