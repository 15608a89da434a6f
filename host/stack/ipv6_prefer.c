/* Which of several destinations to try first. RFC 6724, 6.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "host/stack/ipv6_internal.h"
#include "host/stack/stack_internal.h"

enum { SORT_MOST = 32 };

/* 2.1: the policy table. */
static const struct policy {
    uint8_t prefix[16];
    unsigned len;
    uint8_t precedence, label;
} policies[] = {
    {{[15] = 1}, 128, 50, 0},         /* ::1 */
    {{[10] = 0xff, 0xff}, 96, 35, 4}, /* IPv4 */
    {{0x20, 0x02}, 16, 30, 2},        /* 6to4 */
    {{0x20, 0x01, 0, 0}, 32, 5, 5},   /* Teredo */
    {{0xfc}, 7, 3, 13},               /* unique local */
    {{0xfe, 0xc0}, 10, 1, 11},        /* site-local, given up by RFC 3879 */
    {{0x3f, 0xfe}, 16, 1, 12},        /* 6bone */
    {{0}, 96, 1, 3},                  /* IPv4-compatible */
    {{0}, 0, 40, 1},                  /* all others */
};

static bool in_policy(const struct address *address, const struct policy *policy)
{
    unsigned bytes = policy->len / 8, bits = policy->len % 8;

    return memcmp(address->bytes, policy->prefix, bytes) == 0 &&
           (bits == 0 || (address->bytes[bytes] ^ policy->prefix[bytes]) >> (8 - bits) == 0);
}

static const struct policy *policy_of(const struct address *address)
{
    const struct policy *policy = policies;

    while (!in_policy(address, policy))
        policy++;
    return policy;
}

/* 3.1 and 3.2; IPv4's link-local and loopback addresses count as link-local. */
static unsigned scope_of(const struct address *address)
{
    const uint8_t *b = address->bytes;

    if (address_is_v4(address))
        return b[12] == 127 || (b[12] == 169 && b[13] == 254) ? 2 : 14;
    if (b[0] == 0xff)
        return b[1] & 15u;
    return address_is_link_local_v6(address) || address_is_loopback(address) ? 2 : 14;
}

static unsigned common_bits(const struct address *a, const struct address *b)
{
    unsigned bits = 0;

    while (bits < 64 && !((a->bytes[bits / 8] ^ b->bytes[bits / 8]) & 0x80 >> bits % 8))
        bits++;
    return bits;
}

struct candidate {
    struct address address, source;
    bool reached, fits, labelled, fresh;
    unsigned scope, precedence, common;
};

static void look(struct stack *stack, const struct address *address, struct candidate *out)
{
    const struct policy *policy = policy_of(address);
    const struct own_address *own;

    *out = (struct candidate){.address = *address, .scope = scope_of(address)};
    out->reached = ip_source(stack, address, &out->source) == 0;
    own = out->reached ? own_find(stack, &out->source) : NULL;
    out->fresh = !own || own->told.state != ADDRESS6_DEPRECATED;
    out->fits = out->reached && scope_of(&out->source) == out->scope;
    out->labelled = out->reached && policy_of(&out->source)->label == policy->label;
    out->precedence = policy->precedence;
    if (out->reached && !address_is_v4(address))
        out->common = common_bits(&out->source, address);
}

/* Rules 1, 2, 3, 5, 6, 8 and 9; what equals in all stays in its order (10). Rules 4 and 7 concern mobile hosts and
 * tunnels. */
static bool goes_before(const struct candidate *a, const struct candidate *b)
{
    if (a->reached != b->reached)
        return a->reached;
    if (a->fits != b->fits)
        return a->fits;
    if (a->fresh != b->fresh)
        return a->fresh;
    if (a->labelled != b->labelled)
        return a->labelled;
    if (a->precedence != b->precedence)
        return a->precedence > b->precedence;
    if (a->scope != b->scope)
        return a->scope < b->scope;
    return address_is_v4(&a->address) == address_is_v4(&b->address) && a->common > b->common;
}

void stack_prefer(struct stack *stack, struct address *list, unsigned count)
{
    struct candidate sorted[SORT_MOST], next;
    unsigned at;

    if (count > SORT_MOST)
        count = SORT_MOST;
    for (unsigned i = 0; i < count; i++) {
        look(stack, &list[i], &next);
        for (at = i; at > 0 && goes_before(&next, &sorted[at - 1]); at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = next;
    }
    for (unsigned i = 0; i < count; i++)
        list[i] = sorted[i].address;
}
