/* Stateless address autoconfiguration: addresses made of a router's prefixes. RFC 4862, 5.5.
 *
 * SPDX-License-Identifier: MIT
 *
 * The lower half is a keyed hash of the prefix: the same whenever we come back to a network, and of no
 * use to follow us from one to the next (RFC 7217).
 */
#include <string.h>

#include "host/stack/ethernet.h"
#include "host/stack/ipv6_internal.h"
#include "host/stack/stack_internal.h"
#include "host/stack/tcp_conn.h"

static const uint64_t TWO_HOURS_NS = 7200 * 1000000000ull;
enum { PREFIX_LEN = 64 };

/* RFC 5453: subnet-router anycast, and the addresses of RFC 2526. */
static bool is_reserved(uint64_t identifier)
{
    return identifier == 0 || identifier >> 7 == UINT64_C(0xfdffffffffffff80) >> 7;
}

/* RFC 7217, 5. The network has no name of its own on a cable. */
static uint64_t identifier_of(const struct stack *stack, const struct address *prefix,
                              unsigned conflicts)
{
    uint8_t message[8 + 6 + 2];
    uint64_t identifier;

    memcpy(message, prefix->bytes, 8);
    memcpy(message + 8, stack->config.device.mac, 6);
    message[14] = (uint8_t)conflicts;
    message[15] = 0;
    do {
        identifier = tcp_siphash(stack->config.stable_secret, message, sizeof message);
    } while (is_reserved(identifier) && ++message[15]);
    return identifier;
}

static void make(struct stack *stack, const struct address *prefix, unsigned conflicts,
                 struct stack_address6 *told, uint64_t now_ns)
{
    char text[ADDRESS_TEXT_BYTES];

    told->address = address_join_v6(prefix, identifier_of(stack, prefix, conflicts));
    told->prefix_len = PREFIX_LEN;
    if (own_add(stack, told, conflicts, now_ns) < 0)
        journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ip",
                      "no room for another address: %s is not taken",
                      address_format(&told->address, text));
}

void slaac_link_local(struct stack *stack, unsigned conflicts, uint64_t now_ns)
{
    const struct address prefix = {.bytes = {0xfe, 0x80}};
    struct stack_address6 told = {
        .origin = ADDRESS6_LINK_LOCAL,
        .preferred_until_ns = UINT64_MAX,
        .valid_until_ns = UINT64_MAX,
    };

    for (int i = 0; i < IPV6_ADDRESSES; i++)
        if (stack->ipv6->own[i].used && stack->ipv6->own[i].told.origin == ADDRESS6_LINK_LOCAL)
            return;
    make(stack, &prefix, conflicts, &told, now_ns);
}

void slaac_again(struct stack *stack, const struct own_address *own, uint64_t now_ns)
{
    struct stack_address6 told = own->told;

    make(stack, &own->told.address, own->conflicts + 1, &told, now_ns);
}

/* RFC 4862, 5.5.3 (e): nobody may cut a lifetime short at once, for advertisements are not signed. */
static uint64_t valid_until(const struct own_address *own, uint64_t valid_ns, uint64_t now_ns)
{
    uint64_t left = own->told.valid_until_ns > now_ns ? own->told.valid_until_ns - now_ns : 0;

    if (valid_ns == UINT64_MAX)
        return UINT64_MAX;
    if (valid_ns > TWO_HOURS_NS || valid_ns > left)
        return now_ns + valid_ns;
    return left <= TWO_HOURS_NS ? own->told.valid_until_ns : now_ns + TWO_HOURS_NS;
}

static struct own_address *made_of(const struct stack *stack, const struct address *prefix)
{
    for (struct own_address *at = stack->ipv6->own; at < stack->ipv6->own + IPV6_ADDRESSES; at++)
        if (at->used && at->told.origin == ADDRESS6_AUTOCONF &&
            address_in_prefix(&at->told.address, prefix, PREFIX_LEN))
            return at;
    return NULL;
}

void slaac_prefix(struct stack *stack, const struct address *prefix, unsigned len,
                  uint64_t valid_ns, uint64_t preferred_ns, uint64_t now_ns)
{
    struct own_address *own = made_of(stack, prefix);
    struct stack_address6 told = {
        .origin = ADDRESS6_AUTOCONF,
        .preferred_until_ns = preferred_ns == UINT64_MAX ? UINT64_MAX : now_ns + preferred_ns,
        .valid_until_ns = valid_ns == UINT64_MAX ? UINT64_MAX : now_ns + valid_ns,
    };

    if (len != PREFIX_LEN || preferred_ns > valid_ns || address_is_link_local_v6(prefix) ||
        address_is_multicast(prefix))
        return;
    if (own) {
        own->told.preferred_until_ns = told.preferred_until_ns;
        own->told.valid_until_ns = valid_until(own, valid_ns, now_ns);
    } else if (valid_ns > 0) {
        make(stack, prefix, 0, &told, now_ns);
    }
}
