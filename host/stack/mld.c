/* Multicast listener discovery: groups, questions, timers. See mld.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/ethernet.h"
#include "host/stack/mld_internal.h"
#include "host/stack/stack_internal.h"

enum {
    ROBUSTNESS = 2, /* RFC 3810, 9.1 */
    QUERY1_BYTES = 24,
    QUERY_BYTES = 28,
    GROUP_AT = 8,
    SOURCES_AT = 26,
    HOP_BY_HOP = 0,
    OPTION_PAD1 = 0,
    OPTION_ROUTER_ALERT = 5,
};
static const uint64_t MS_NS = 1000000;
static const uint64_t UNSOLICITED_NS = 1000 * 1000000ull;      /* 9.11 */
static const uint64_t QUERY_INTERVAL_NS = 125000 * 1000000ull; /* 9.2 */

#define EACH_GROUP(stack, at)                                                                 \
    for (struct mld_group *at = (stack)->mld->groups; at < (stack)->mld->groups + MLD_GROUPS; \
         at++)                                                                                \
        if (at->used)

int mld_create(struct mld **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? 0 : -ENOMEM;
}

void mld_destroy(struct mld *mld)
{
    free(mld);
}

/* All nodes' group first, which is everyone's (RFC 4291, 2.8). */
void mld_listen(const struct stack *stack)
{
    const struct device *device = &stack->config.device;
    uint8_t groups[1 + MLD_GROUPS][6] = {{0x33, 0x33, 0, 0, 0, 1}};
    size_t count = 1;

    EACH_GROUP(stack, at)
    if (at->joined)
        ethernet_group_v6(&at->address, groups[count++]);
    if (device->listen)
        device->listen(device->user, (const uint8_t(*)[6])groups, count);
}

void mld_forget(struct stack *stack)
{
    memset(stack->mld, 0, sizeof *stack->mld);
}

static struct mld_group *find(const struct stack *stack, const struct address *address)
{
    EACH_GROUP(stack, at)
    if (address_equal(&at->address, address))
        return at;
    return NULL;
}

/* 6.1: told at once, and as often again as robustness asks. Whoever had asked is answered by that. */
static void change(struct mld_group *group, bool joined, uint64_t now_ns)
{
    group->joined = joined;
    group->answer_ns = UINT64_MAX;
    group->changes = ROBUSTNESS;
    group->change_ns = now_ns;
}

static void join(struct stack *stack, const struct address *address, uint64_t now_ns)
{
    struct mld_group *group = find(stack, address);

    if (group && group->joined)
        return;
    for (int i = 0; !group && i < MLD_GROUPS; i++)
        if (!stack->mld->groups[i].used)
            group = &stack->mld->groups[i];
    if (!group)
        return; /* all are being left: the next change of an address joins it */
    *group = (struct mld_group){.used = true, .address = *address};
    change(group, true, now_ns);
}

/* Listened to from the first question after it on (RFC 4862, 5.4.2). */
static bool own_listens(const struct own_address *own)
{
    return own->used && own->told.state != ADDRESS6_DUPLICATE &&
           (own->told.state != ADDRESS6_TENTATIVE || own->probes > 0);
}

static bool is_wanted(const struct stack *stack, const struct address *group)
{
    for (int i = 0; i < IPV6_ADDRESSES; i++) {
        const struct own_address *own = &stack->ipv6->own[i];
        struct address solicited = address_solicited_node(&own->told.address);

        if (own_listens(own) && address_equal(&solicited, group))
            return true;
    }
    return false;
}

void mld_follow(struct stack *stack, uint64_t now_ns)
{
    for (int i = 0; i < IPV6_ADDRESSES; i++) {
        const struct own_address *own = &stack->ipv6->own[i];
        struct address group = address_solicited_node(&own->told.address);

        if (own_listens(own))
            join(stack, &group, now_ns);
    }
    EACH_GROUP(stack, at)
    if (at->joined && !is_wanted(stack, &at->address))
        change(at, false, now_ns);
    mld_listen(stack);
    ipv6_timers_changed(stack);
    mld_poll(stack, now_ns);
}

/* 5.1.3: a number, or one of fewer bits with an exponent. */
static uint64_t most_delay_ns(const uint8_t *query, bool version1)
{
    uint32_t code = get16(query + 4);

    if (!version1 && code >= 0x8000)
        code = ((code & 0xfff) | 0x1000) << ((code >> 12 & 7) + 3);
    return code * MS_NS;
}

/* In the hop-by-hop options, where every router looks (RFC 2711). They were found to be sound. */
static bool has_router_alert(const struct ip_input *in)
{
    const uint8_t *options = in->header + IPV6_HEADER_BYTES;
    size_t end;

    if (in->header_length < IPV6_HEADER_BYTES + 8 || in->header[6] != HOP_BY_HOP)
        return false;
    end = 8u + 8u * options[1];
    for (size_t at = 2; at < end; at += options[at] == OPTION_PAD1 ? 1u : 2u + options[at + 1])
        if (options[at] == OPTION_ROUTER_ALERT)
            return true;
    return false;
}

static bool stays_on_link(const struct ip_input *in)
{
    return in->ttl == 1 && has_router_alert(in);
}

/* 5.1.14, 6.2 */
static bool query_is_valid(const struct ip_input *in)
{
    size_t len = in->length;

    if (len < QUERY1_BYTES || (len > QUERY1_BYTES && len < QUERY_BYTES))
        return false;
    if (len >= QUERY_BYTES && len < QUERY_BYTES + 16u * get16(in->payload + SOURCES_AT))
        return false;
    return address_is_link_local_v6(&in->source) && stays_on_link(in);
}

/* RFC 2710, 3; RFC 3590, 4: also from a station whose address is still being asked for. */
static bool report1_is_valid(const struct ip_input *in)
{
    return in->length >= QUERY1_BYTES && stays_on_link(in) &&
           (address_is_link_local_v6(&in->source) || address_is_unspecified(&in->source));
}

/* Version 2 answers for all groups at one time (6.2), version 1 for each at its own (RFC 2710, 4). A question about some
 * sources is answered as one about the group is, of which we want them all. */
static void query_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    bool version1 = in->length == QUERY1_BYTES;
    uint64_t most_ns = most_delay_ns(in->payload, version1);
    uint64_t answer_ns = now_ns + stack_random(stack) % (most_ns + 1);
    struct address group;

    memcpy(group.bytes, in->payload + GROUP_AT, 16);
    if (version1)
        stack->mld->version1_until_ns = now_ns + ROBUSTNESS * QUERY_INTERVAL_NS + most_ns;
    EACH_GROUP(stack, at)
    {
        if (!at->joined ||
            (!address_is_unspecified(&group) && !address_equal(&group, &at->address)))
            continue;
        if (answer_ns < at->answer_ns)
            at->answer_ns = answer_ns;
        if (version1)
            answer_ns = now_ns + stack_random(stack) % (most_ns + 1);
    }
    ipv6_timers_changed(stack);
}

/* Version 1: one station's word is enough for all (RFC 2710, 4). */
static void report1_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    struct address address;
    struct mld_group *group;

    if (now_ns >= stack->mld->version1_until_ns)
        return;
    memcpy(address.bytes, in->payload + GROUP_AT, 16);
    group = find(stack, &address);
    if (!group || !group->joined)
        return;
    group->answer_ns = UINT64_MAX;
    ipv6_timers_changed(stack);
}

void mld_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    stack->counters.mld_in++;
    if (in->payload[0] == MLD_QUERY && query_is_valid(in))
        query_input(stack, in, now_ns);
    else if (in->payload[0] == MLD_REPORT1 && report1_is_valid(in))
        report1_input(stack, in, now_ns);
    else
        stack->counters.mld_in_bad++;
}

/* After a report. */
static void advance(struct stack *stack, struct mld_group *group, uint64_t now_ns)
{
    if (group->answer_ns <= now_ns)
        group->answer_ns = UINT64_MAX;
    if (group->change_ns > now_ns)
        return;
    group->changes--;
    group->change_ns =
        group->changes ? now_ns + 1 + stack_random(stack) % UNSOLICITED_NS : UINT64_MAX;
    if (!group->changes && !group->joined)
        group->used = false;
}

void mld_poll(struct stack *stack, uint64_t now_ns)
{
    if (mld_deadline(stack) > now_ns)
        return;
    mld_report(stack, now_ns < stack->mld->version1_until_ns, now_ns);
    EACH_GROUP(stack, at)
    advance(stack, at, now_ns);
}

uint64_t mld_deadline(const struct stack *stack)
{
    uint64_t first = UINT64_MAX;

    EACH_GROUP(stack, at)
    {
        first = at->change_ns < first ? at->change_ns : first;
        first = at->answer_ns < first ? at->answer_ns : first;
    }
    return first;
}
