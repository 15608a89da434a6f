/* Internet addresses of scripts and packets, and the names that scripts give them.
 *
 * SPDX-License-Identifier: MIT
 *
 * Which addresses the stack makes of a prefix is its own matter, so a script names them: "ns target a"
 * in a packet of the stack binds a to what came, and every later a must be the same.
 */
#ifndef TESTS_CONFORMANCE_ADDR_H
#define TESTS_CONFORMANCE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IP_TEXT = 64 };

struct ip {
    bool v6;
    uint8_t bytes[16]; /* IPv4: the first four */
};

struct ip ip_v4(uint32_t number);
/* "192.0.2.1" or "2001:db8::1"; false if text is neither. */
bool ip_parse(const char *text, struct ip *out);
const char *ip_format(const struct ip *address, char *text); /* returns text */
bool ip_equal(const struct ip *a, const struct ip *b);
bool ip_is_group(const struct ip *address);

/* Where an address stands in a script. */
struct place {
    enum place_kind { PLACE_DEFAULT, PLACE_ADDRESS, PLACE_NAME, PLACE_GROUP } kind;
    const char *name;  /* PLACE_NAME; PLACE_GROUP: the solicited-node group of that name */
    struct ip address; /* PLACE_ADDRESS */
    struct ip prefix;  /* what came must be within, if prefix_length is not 0 */
    unsigned prefix_length;
};

struct named_ip {
    const char *name;
    struct ip address;
    struct named_ip *next;
};

struct script;
/* "local" and "remote" are the ends of the script's settings; all_nodes and all_routers are known too. */
void place_bind(struct script *script, const char *name, const struct ip *address);
/* False: the name stands for no address yet. */
bool place_find(struct script *script, const struct place *place, struct ip *out);
/* Whether came is what place says; a name that stands for nothing yet is bound to it. */
bool place_meets(struct script *script, const struct place *place, const struct ip *came);

#endif
