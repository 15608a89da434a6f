/* What IPv6's address configuration tells: how far it has come, which routers and prefixes there are.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/ipv6_internal.h"
#include "host/stack/stack_internal.h"

enum stack_state6 stack_state6(const struct stack *stack)
{
    const struct ipv6 *ipv6 = stack->ipv6;
    bool looks = ipv6->solicit_ns != UINT64_MAX;

    if (!stack->config.ipv6 || !stack->link)
        return STACK6_NONE;
    for (int i = 0; i < IPV6_ADDRESSES; i++)
        if (ipv6->own[i].used && ipv6->own[i].told.state == ADDRESS6_TENTATIVE)
            return STACK6_PROBING;
    if (looks)
        return ipv6->solicited ? STACK6_ASKING : STACK6_PROBING;
    return STACK6_READY;
}

int stack_routers6(const struct stack *stack, struct stack_advertised6 *out, int max)
{
    const struct ipv6_router *routers = stack->ipv6->routers;
    int count = 0;

    for (; count < max && count < IPV6_ROUTERS && routers[count].expires_ns; count++)
        out[count] =
            (struct stack_advertised6){routers[count].address, 128, routers[count].expires_ns};
    return count;
}

int stack_prefixes6(const struct stack *stack, struct stack_advertised6 *out, int max)
{
    const struct ipv6_prefix *prefixes = stack->ipv6->prefixes;
    int count = 0;

    for (; count < max && count < IPV6_PREFIXES && prefixes[count].len; count++)
        out[count] = (struct stack_advertised6){prefixes[count].prefix, prefixes[count].len,
                                                prefixes[count].expires_ns};
    return count;
}
