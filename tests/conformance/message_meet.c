/* Messages of a script against those of the wire. See message.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/conformance/frame.h"
#include "tests/conformance/message.h"

const uint8_t *message_to_wire(struct script *script, const struct message *message)
{
    for (const struct message_place *at = message->places; at; at = at->next) {
        struct ip address;
        if (!place_find(script, &at->place, &address))
            script_fail(script, NULL, "%s: no packet before says which address '%s' is",
                        script->path, at->place.name);
        memcpy(message->bytes + at->at, address.bytes, sizeof address.bytes);
    }
    return message->bytes;
}

/* What stands at offset at. */
static const char *name_at(const struct message *message, size_t at)
{
    const struct layout *layout = message->layout;
    if (at < 2)
        return "type or code";
    if (!layout || at >= layout->length)
        return layout && layout->tail == TAIL_DATA ? "data" : "option";
    for (int i = 0; i < SLOTS_MOST && layout->slots[i].name; i++)
        if (at >= layout->slots[i].at && at < (size_t)layout->slots[i].at + layout->slots[i].bytes)
            return layout->slots[i].name;
    return "reserved field";
}

const char *message_difference(struct script *script, const struct message *message,
                               const uint8_t *came, size_t length)
{
    bool quotes = message->layout && message->layout->tail == TAIL_QUOTE;
    if (!length || message->bytes[0] != came[0])
        return "type or code";
    if (quotes ? length < message->length : length != message->length)
        return message->layout && message->layout->tail == TAIL_OPTIONS ? "number of options"
                                                                        : "length";
    for (const struct message_place *at = message->places; at; at = at->next) {
        struct ip address = {.v6 = true};
        memcpy(address.bytes, came + at->at, sizeof address.bytes);
        if (!place_meets(script, &at->place, &address))
            return name_at(message, at->at);
        memcpy(message->bytes + at->at, came + at->at, sizeof address.bytes);
    }
    for (size_t at = 0; at < message->length; at++)
        if (at != 2 && at != 3 && message->bytes[at] != came[at])
            return name_at(message, at);
    return NULL;
}

struct message *message_of_icmp(struct script *script, uint8_t type, uint8_t code, uint16_t mtu)
{
    enum { NEEDS_FRAGMENTS = 4, LARGER_HEADER = 20 };
    static const struct {
        uint8_t type, code, type6, code6;
    } same[] = {
        {3, 0, TYPE_UNREACHABLE, 0},           {3, 1, TYPE_UNREACHABLE, 3},
        {3, 2, TYPE_PARAMETER_PROBLEM, 1},     {3, 3, TYPE_UNREACHABLE, 4},
        {3, NEEDS_FRAGMENTS, TYPE_TOO_BIG, 0}, {3, 13, TYPE_UNREACHABLE, 1},
        {11, 0, TYPE_TIME_EXCEEDED, 0},        {11, 1, TYPE_TIME_EXCEEDED, 1},
        {12, 0, TYPE_PARAMETER_PROBLEM, 0},
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        if (same[i].type != type || same[i].code != code)
            continue;
        struct message *message = script_allocate(script, sizeof *message);
        message->layout = message_of_type(same[i].type6);
        message->length = ERROR_BYTES;
        message->bytes = script_allocate(script, ERROR_BYTES);
        message->bytes[0] = same[i].type6;
        message->bytes[1] = same[i].code6;
        if (same[i].type6 == TYPE_TOO_BIG)
            number_put(message->bytes + 4, mtu + LARGER_HEADER, 4);
        return message;
    }
    return NULL;
}
