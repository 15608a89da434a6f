/* What address configuration tells: its state, its lease, its lines of the journal.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "host/stack/configure_internal.h"
#include "host/stack/dhcp.h"
#include "host/stack/ethernet.h"
#include "host/stack/stack_internal.h"

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t configure_deadline(const struct stack *stack)
{
    const struct configure *configure = stack->configure;

    return earlier(earlier(configure->primary.deadline, configure->second.deadline),
                   earlier(configure->linklocal.deadline, configure->retry_ns));
}

enum stack_state stack_state(const struct stack *stack)
{
    const struct configure *configure = stack->configure;

    if (!stack->link)
        return STACK_NO_LINK;
    if (configure->has_lease)
        return STACK_READY;
    if (configure->retry_ns != UINT64_MAX)
        return STACK_CONFLICT;
    if (configure->primary.state == CONFLICT_PROBING ||
        configure->second.state == CONFLICT_PROBING || stack->config.source == ADDRESS_STATIC)
        return STACK_PROBING;
    return STACK_ASKING;
}

const struct stack_lease *stack_lease(const struct stack *stack)
{
    return stack->configure->has_lease ? &stack->configure->lease : NULL;
}

/* ", gateway G, dns A B" as far as they are known. */
static void format_rest(const struct stack_lease *lease, char *text, size_t size)
{
    char address[ADDRESS_TEXT_BYTES];
    size_t at = 0;

    text[0] = '\0';
    if (!address_is_unspecified(&lease->gateway))
        at +=
            (size_t)snprintf(text, size, ", gateway %s", address_format(&lease->gateway, address));
    for (int i = 0; i < 3 && lease->dns[i].port; i++) {
        address_format(&lease->dns[i].address, address);
        if (lease->dns[i].port != 53)
            endpoint_format(&lease->dns[i], address);
        at += (size_t)snprintf(text + at, size - at, "%s%s", i ? " " : ", dns ", address);
    }
}

static void format_length(const struct stack_lease *lease, char *text, size_t size)
{
    if (lease->expires_ns == UINT64_MAX)
        snprintf(text, size, "for ever");
    else
        snprintf(text, size, "for %llu s",
                 (unsigned long long)((lease->expires_ns - lease->obtained_ns) / 1000000000ull));
}

void configure_tell(struct stack *stack, uint64_t now_ns)
{
    const struct stack_lease *lease = &stack->configure->lease;
    char address[ADDRESS_TEXT_BYTES], server[ADDRESS_TEXT_BYTES], rest[6 * ADDRESS_TEXT_BYTES],
        length[32];

    address_format(&lease->address, address);
    format_rest(lease, rest, sizeof rest);
    format_length(lease, length, sizeof length);
    if (lease->from_dhcp)
        journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "dhcp",
                      "lease %s/%u from %s %s%s", address, lease->prefix_len,
                      address_format(&lease->server, server), length, rest);
    else
        journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ip", "address %s/%u, %s%s",
                      address, lease->prefix_len,
                      lease->link_local ? "link-local: no DHCP server answered" : "static", rest);
}

static const char *conflict_end(const struct stack *stack, enum conflict_verdict verdict)
{
    if (verdict == CONFLICT_SEEN)
        return "uses it too: defended";
    if (verdict == CONFLICT_LOST)
        return "goes on using it: given up";
    if (stack->config.source == ADDRESS_STATIC)
        return "has it already: not taken, probed again in 10 s; choose another with --address, or "
               "end its use there";
    return "has it already: not taken";
}

void configure_tell_conflict(struct stack *stack, const struct arp_packet *packet,
                             enum conflict_verdict verdict, uint64_t now_ns)
{
    bool probe = address_is_unspecified(&packet->sender);
    char address[ADDRESS_TEXT_BYTES], mac[MAC_TEXT_BYTES];

    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "arp",
                  "address conflict: %s: %s %s",
                  address_format(probe ? &packet->target : &packet->sender, address),
                  mac_format(packet->sender_mac, mac), conflict_end(stack, verdict));
}
