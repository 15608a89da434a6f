/* A place in a script's text, and the small steps of parsing.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_CONFORMANCE_READER_H
#define TESTS_CONFORMANCE_READER_H

#include "tests/conformance/script.h"

struct reader {
    struct script *script;
    const char *at;
};

void read_space(struct reader *in); /* white space and comments */
/* Takes text if it is next (after white space); a word only where it ends there. */
bool read_sign(struct reader *in, const char *text);
bool read_word(struct reader *in, const char *text);
void read_expect(struct reader *in, const char *text);
/* A name's length, 0 if none is next; in->at stays. */
size_t read_name_length(struct reader *in);
int64_t read_integer(struct reader *in, int64_t least, int64_t most); /* decimal or 0x… */
uint64_t read_seconds_ns(struct reader *in);
/* Everything up to end, which is taken too; a copy. */
const char *read_until(struct reader *in, const char *end);

struct packet *packet_parse(struct reader *in);
struct call *call_parse(struct reader *in);
uint32_t ipv4_parse(struct reader *in);
/* "[1:1001(1000)]", "[udp (100)]": what an error is about; in->at stays if there is none. */
void quote_parse(struct reader *in, struct packet *packet);
/* parse_message.c: behind "icmpv6". */
void icmpv6_parse(struct reader *in, struct packet *packet);
/* parse_v6.c: stations, addresses, hop limit and headers, as far as there are any; the others fail without one. */
void v6_parse(struct reader *in, struct packet *packet);
struct ip ip_take(struct reader *in);
struct ip prefix_take(struct reader *in, unsigned *length);
struct place place_take(struct reader *in);

#endif
