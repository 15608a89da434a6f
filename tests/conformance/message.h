/* ICMPv6 messages: tables of what stands where, by which they are parsed, told and compared. RFC 4443, RFC 4861.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_CONFORMANCE_MESSAGE_H
#define TESTS_CONFORMANCE_MESSAGE_H

#include "tests/conformance/script.h"

enum slot_kind {
    SLOT_NUMBER,
    SLOT_LETTERS, /* flags from the highest bit on; '-' where there is none */
    SLOT_ADDRESS,
    SLOT_STATION, /* an Ethernet address, by its number */
    SLOT_PREFIX,  /* an address, and its length in byte 2 of the option */
};

/* "valid 3600": a keyword and its value. Without a name the value follows the option's. */
struct slot {
    const char *name;
    enum slot_kind kind;
    uint8_t at, bytes;
    const char *letters;
};

enum message_tail { TAIL_NOTHING, TAIL_OPTIONS, TAIL_DATA, TAIL_QUOTE };
enum { SLOTS_MOST = 6 };

/* Of a message, or of an option of neighbour discovery; length without what may follow. */
struct layout {
    const char *name;
    uint8_t type, length;
    enum message_tail tail;
    struct slot slots[SLOTS_MOST];
};

/* As a script has it: from the type on, the checksum zero, without the quote of an error. */
struct message {
    const struct layout *layout; /* NULL: of a type by its number */
    uint8_t *bytes;
    size_t length;
    struct message_place {
        size_t at;
        struct place place;
        struct message_place *next;
    } * places; /* what bytes do not hold yet */
};

enum { ERROR_BYTES = 8, QUOTE_AT = 8 };
enum { TYPE_UNREACHABLE = 1, TYPE_TOO_BIG, TYPE_TIME_EXCEEDED, TYPE_PARAMETER_PROBLEM };

const struct layout *message_find(const char *name, size_t length);
const struct layout *message_of_type(uint8_t type);
const struct layout *option_find(const char *name, size_t length);
bool message_code_find(uint8_t type, const char *name, size_t length, uint8_t *code);

/* Into text, which has size bytes. */
void message_format(const uint8_t *bytes, size_t length, char *text, size_t size);
/* The message with all its addresses; on an address that is not known yet the script fails. */
const uint8_t *message_to_wire(struct script *script, const struct message *message);
/* What is different in the message that came, or NULL. Names that stand for nothing yet are bound. */
const char *message_difference(struct script *script, const struct message *message,
                               const uint8_t *came, size_t length);
/* The ICMPv6 error that says what one of ICMP says; NULL: none does. */
struct message *message_of_icmp(struct script *script, uint8_t type, uint8_t code, uint16_t mtu);

#endif
