/* An ICMPv6 message of a script: "icmpv6 na target a flags SO <target_link 3>".
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/conformance/flow.h"
#include "tests/conformance/frame.h"
#include "tests/conformance/message.h"
#include "tests/conformance/reader.h"

enum { MESSAGE_MOST = 65535, OPTION_MOST = 8 * 255 };

static uint8_t letters_parse(struct reader *in, const struct slot *slot)
{
    uint8_t flags = 0;
    if (read_sign(in, "-"))
        return 0;
    read_space(in);
    for (const char *letter; *in->at && (letter = strchr(slot->letters, *in->at)); in->at++)
        flags |= (uint8_t)(0x80 >> (letter - slot->letters));
    if (!flags)
        script_fail(in->script, in->at, "flags are of '%s' or '-', not '%.10s'", slot->letters,
                    in->at);
    return flags;
}

static void place_parse(struct reader *in, struct message *message, size_t at)
{
    struct message_place *place = script_allocate(in->script, sizeof *place);
    *place = (struct message_place){at, place_take(in), message->places};
    message->places = place;
}

static void prefix_parse(struct reader *in, uint8_t *option, const struct slot *slot)
{
    unsigned length;
    struct ip prefix = prefix_take(in, &length);
    memcpy(option + slot->at, prefix.bytes, sizeof prefix.bytes);
    option[2] = (uint8_t)length;
}

/* base: where the message, or one of its options, begins in it. */
static void slot_parse(struct reader *in, struct message *message, size_t base,
                       const struct slot *slot)
{
    uint8_t *begin = message->bytes + base, *at = begin + slot->at;
    bool endless = slot->kind == SLOT_NUMBER && slot->bytes == 4 && read_word(in, "forever");
    switch (slot->kind) {
    case SLOT_LETTERS: *at |= letters_parse(in, slot); break;
    case SLOT_ADDRESS: place_parse(in, message, base + slot->at); break;
    case SLOT_STATION: station_mac((uint8_t)read_integer(in, 0, 255), at); break;
    case SLOT_PREFIX: prefix_parse(in, begin, slot); break;
    case SLOT_NUMBER:
        number_put(at,
                   endless ? UINT32_MAX
                           : (uint64_t)read_integer(in, 0, (INT64_C(1) << 8 * slot->bytes) - 1),
                   slot->bytes);
        break;
    }
}

/* In any order; returns when a word is none of the layout's. */
static void slots_parse(struct reader *in, struct message *message, size_t base,
                        const struct layout *layout)
{
    for (int i = 0; i < SLOTS_MOST && layout->slots[i].name; i++) {
        const struct slot *slot = &layout->slots[i];
        if (*slot->name && !read_word(in, slot->name))
            continue;
        slot_parse(in, message, base, slot);
        i = -1 + !*layout->slots[0].name; /* from the first that has a name again */
    }
}

/* "option 200 1 2 3": its bytes, with zeros up to a multiple of 8. */
static size_t raw_option_parse(struct reader *in, uint8_t *option)
{
    size_t length = 2;
    option[0] = (uint8_t)read_integer(in, 0, 255);
    for (read_space(in); *in->at >= '0' && *in->at <= '9'; read_space(in)) {
        if (length == OPTION_MOST)
            script_fail(in->script, in->at, "too many bytes for an option");
        option[length++] = (uint8_t)read_integer(in, 0, 255);
    }
    return (length + 7) / 8 * 8;
}

static void option_parse(struct reader *in, struct message *message)
{
    const char *begin = in->at;
    size_t base = message->length, name = read_name_length(in), size;
    uint8_t *option = message->bytes + base;
    const struct layout *layout = option_find(in->at, name);
    if (base + OPTION_MOST > MESSAGE_MOST)
        script_fail(in->script, begin, "too many options");
    if (layout) {
        in->at += name;
        size = layout->length;
        option[0] = layout->type;
        slots_parse(in, message, base, layout);
    } else if (read_word(in, "option")) {
        size = raw_option_parse(in, option);
    } else {
        script_fail(in->script, begin, "no option is called '%.*s' here", (int)name, in->at);
    }
    option[1] = (uint8_t)(size / 8);
    if (read_word(in, "length")) /* that lies */
        option[1] = (uint8_t)read_integer(in, 0, 255);
    message->length += size;
}

static void tail_parse(struct reader *in, struct packet *packet, struct message *message)
{
    enum message_tail tail = message->layout ? message->layout->tail : TAIL_DATA;
    if (tail == TAIL_QUOTE)
        quote_parse(in, packet);
    if (tail == TAIL_OPTIONS && read_sign(in, "<")) {
        do {
            read_space(in);
            option_parse(in, message);
        } while (read_sign(in, ","));
        read_expect(in, ">");
    }
    if (tail == TAIL_DATA && read_sign(in, "(")) {
        uint32_t count = (uint32_t)read_integer(in, 0, 60000);
        read_expect(in, ")");
        for (uint32_t i = 0; i < count; i++)
            message->bytes[message->length++] = flow_byte(false, i);
    }
    if (read_word(in, "cut"))
        message->length = (size_t)read_integer(in, 1, (int64_t)message->length);
}

static void code_parse(struct reader *in, struct message *message)
{
    size_t length = read_name_length(in);
    if (message_code_find(message->bytes[0], in->at, length, &message->bytes[1]))
        in->at += length;
    else if (read_word(in, "code"))
        message->bytes[1] = (uint8_t)read_integer(in, 0, 255);
}

void icmpv6_parse(struct reader *in, struct packet *packet)
{
    struct message *message = script_allocate(in->script, sizeof *message);
    size_t length = read_name_length(in);
    packet->protocol = PROTOCOL_IS_ICMPV6;
    packet->message = message;
    message->bytes = script_allocate(in->script, MESSAGE_MOST);
    message->layout = message_find(in->at, length);
    if (message->layout) {
        in->at += length;
        message->bytes[0] = message->layout->type;
        message->length = message->layout->length;
    } else if (read_word(in, "type")) {
        message->bytes[0] = (uint8_t)read_integer(in, 0, 255);
        message->length = 4;
    } else {
        script_fail(in->script, in->at, "no message of ICMPv6 is called '%.*s'", (int)length,
                    in->at);
    }
    code_parse(in, message);
    if (message->layout)
        slots_parse(in, message, 0, message->layout);
    tail_parse(in, packet, message);
}
