/* The tables of ICMPv6, and messages told by them. See message.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/conformance/frame.h"

#define COUNT(list) (sizeof list / sizeof list[0])

static const struct layout messages[] = {
    {"unreachable", TYPE_UNREACHABLE, 8, TAIL_QUOTE, {{0}}},
    {"packet_too_big", TYPE_TOO_BIG, 8, TAIL_QUOTE, {{"mtu", SLOT_NUMBER, 4, 4, NULL}}},
    {"time_exceeded", TYPE_TIME_EXCEEDED, 8, TAIL_QUOTE, {{0}}},
    {"parameter_problem",
     TYPE_PARAMETER_PROBLEM,
     8,
     TAIL_QUOTE,
     {{"pointer", SLOT_NUMBER, 4, 4, NULL}}},
    {"echo_request",
     128,
     8,
     TAIL_DATA,
     {{"id", SLOT_NUMBER, 4, 2, NULL}, {"seq", SLOT_NUMBER, 6, 2, NULL}}},
    {"echo_reply",
     129,
     8,
     TAIL_DATA,
     {{"id", SLOT_NUMBER, 4, 2, NULL}, {"seq", SLOT_NUMBER, 6, 2, NULL}}},
    {"rs", 133, 8, TAIL_OPTIONS, {{0}}},
    {"ra",
     134,
     16,
     TAIL_OPTIONS,
     {{"hop_limit", SLOT_NUMBER, 4, 1, NULL},
      {"flags", SLOT_LETTERS, 5, 1, "MO"},
      {"lifetime", SLOT_NUMBER, 6, 2, NULL},
      {"reachable", SLOT_NUMBER, 8, 4, NULL},
      {"retrans", SLOT_NUMBER, 12, 4, NULL}}},
    {"ns", 135, 24, TAIL_OPTIONS, {{"target", SLOT_ADDRESS, 8, 16, NULL}}},
    {"na",
     136,
     24,
     TAIL_OPTIONS,
     {{"target", SLOT_ADDRESS, 8, 16, NULL}, {"flags", SLOT_LETTERS, 4, 1, "RSO"}}},
    {"redirect",
     137,
     40,
     TAIL_OPTIONS,
     {{"target", SLOT_ADDRESS, 8, 16, NULL}, {"destination", SLOT_ADDRESS, 24, 16, NULL}}},
};

static const struct layout options[] = {
    {"source_link", 1, 8, TAIL_NOTHING, {{"", SLOT_STATION, 2, 6, NULL}}},
    {"target_link", 2, 8, TAIL_NOTHING, {{"", SLOT_STATION, 2, 6, NULL}}},
    {"prefix",
     3,
     32,
     TAIL_NOTHING,
     {{"", SLOT_PREFIX, 16, 16, NULL},
      {"flags", SLOT_LETTERS, 3, 1, "LA"},
      {"valid", SLOT_NUMBER, 4, 4, NULL},
      {"preferred", SLOT_NUMBER, 8, 4, NULL}}},
    {"mtu", 5, 8, TAIL_NOTHING, {{"", SLOT_NUMBER, 4, 4, NULL}}},
    {"rdnss",
     25,
     24,
     TAIL_NOTHING,
     {{"", SLOT_ADDRESS, 8, 16, NULL}, {"lifetime", SLOT_NUMBER, 4, 4, NULL}}},
};

static const struct {
    uint8_t type, code;
    const char *name;
} codes[] = {
    {TYPE_UNREACHABLE, 0, "no_route"},
    {TYPE_UNREACHABLE, 1, "admin_prohibited"},
    {TYPE_UNREACHABLE, 2, "beyond_scope"},
    {TYPE_UNREACHABLE, 3, "address_unreachable"},
    {TYPE_UNREACHABLE, 4, "port_unreachable"},
    {TYPE_TIME_EXCEEDED, 0, "hop_limit"},
    {TYPE_TIME_EXCEEDED, 1, "reassembly"},
    {TYPE_PARAMETER_PROBLEM, 0, "bad_field"},
    {TYPE_PARAMETER_PROBLEM, 1, "unknown_header"},
    {TYPE_PARAMETER_PROBLEM, 2, "unknown_option"},
    {TYPE_PARAMETER_PROBLEM, 3, "cut_chain"},
};

static const struct layout *find(const struct layout *list, size_t count, const char *name,
                                 size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i].name) == length && !memcmp(list[i].name, name, length))
            return &list[i];
    return NULL;
}

static const struct layout *of_type(const struct layout *list, size_t count, uint8_t type)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].type == type)
            return &list[i];
    return NULL;
}

const struct layout *message_find(const char *name, size_t length)
{
    return find(messages, COUNT(messages), name, length);
}

const struct layout *message_of_type(uint8_t type)
{
    return of_type(messages, COUNT(messages), type);
}

const struct layout *option_find(const char *name, size_t length)
{
    return find(options, COUNT(options), name, length);
}

static const struct layout *option_of_type(uint8_t type)
{
    return of_type(options, COUNT(options), type);
}

bool message_code_find(uint8_t type, const char *name, size_t length, uint8_t *code)
{
    for (size_t i = 0; i < COUNT(codes); i++)
        if (codes[i].type == type && strlen(codes[i].name) == length &&
            !memcmp(codes[i].name, name, length)) {
            *code = codes[i].code;
            return true;
        }
    return false;
}

/* NULL: it has none. */
static const char *code_name(uint8_t type, uint8_t code)
{
    for (size_t i = 0; i < COUNT(codes); i++)
        if (codes[i].type == type && codes[i].code == code)
            return codes[i].name;
    return NULL;
}

struct teller {
    char *text;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static void say(struct teller *teller, const char *format,
                                                      ...)
{
    size_t length = strlen(teller->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(teller->text + length, teller->size - length, format, arguments);
    va_end(arguments);
}

static void letters_format(struct teller *teller, const struct slot *slot, uint8_t flags)
{
    for (int i = 0; slot->letters[i]; i++)
        if (flags & 0x80 >> i)
            say(teller, "%c", slot->letters[i]);
    if (!flags)
        say(teller, "-");
}

static void slot_format(struct teller *teller, const struct slot *slot, const uint8_t *bytes)
{
    const uint8_t *at = bytes + slot->at;
    struct ip address = {.v6 = true};
    char text[IP_TEXT];
    say(teller, "%s%s", *slot->name ? " " : "", slot->name);
    say(teller, " ");
    if (slot->bytes == sizeof address.bytes)
        memcpy(address.bytes, at, sizeof address.bytes);
    switch (slot->kind) {
    case SLOT_NUMBER: say(teller, "%u", number_get(at, slot->bytes)); break;
    case SLOT_LETTERS: letters_format(teller, slot, *at); break;
    case SLOT_STATION: say(teller, "%u", at[5]); break;
    case SLOT_ADDRESS: say(teller, "%s", ip_format(&address, text)); break;
    case SLOT_PREFIX: say(teller, "%s/%u", ip_format(&address, text), bytes[2]); break;
    }
}

static void slots_format(struct teller *teller, const struct layout *layout, const uint8_t *bytes)
{
    for (int i = 0; i < SLOTS_MOST && layout->slots[i].name; i++)
        slot_format(teller, &layout->slots[i], bytes);
}

static void options_format(struct teller *teller, const uint8_t *at, size_t length)
{
    const char *between = " <";
    for (size_t size; length >= 8 && at[1]; at += size, length -= size) {
        const struct layout *layout = option_of_type(at[0]);
        size = 8u * at[1];
        if (size > length)
            break;
        say(teller, "%s", between);
        between = ", ";
        if (layout && layout->length == size) {
            say(teller, "%s", layout->name);
            slots_format(teller, layout, at);
        } else {
            say(teller, "option %u", at[0]);
        }
    }
    say(teller, "%s", *between == ',' ? ">" : "");
}

void message_format(const uint8_t *bytes, size_t length, char *text, size_t size)
{
    struct teller teller = {text, size};
    const struct layout *layout = length ? message_of_type(bytes[0]) : NULL;
    if (!layout || length < layout->length) {
        say(&teller, "type %u (%zu)", length ? bytes[0] : 0, length);
        return;
    }
    const char *code = code_name(bytes[0], bytes[1]);
    say(&teller, "%s", layout->name);
    if (code)
        say(&teller, " %s", code);
    else if (bytes[1])
        say(&teller, " code %u", bytes[1]);
    slots_format(&teller, layout, bytes);
    if (layout->tail == TAIL_OPTIONS)
        options_format(&teller, bytes + layout->length, length - layout->length);
    if (layout->tail == TAIL_DATA)
        say(&teller, " (%zu)", length - layout->length);
}
