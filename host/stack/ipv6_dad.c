/* Duplicate address detection: an address is asked for before it is used. RFC 4862, 5.4.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_internal.h"
#include "host/stack/mld.h"
#include "host/stack/ndp.h"
#include "host/stack/ethernet.h"
#include "host/stack/stack_internal.h"

static const uint64_t DELAY_MOST_NS = 1000000000ull; /* MAX_RTR_SOLICITATION_DELAY */
static const uint64_t ROOM_NS = 10 * 1000000ull;     /* until the device may have room again */
enum { PROBES = 1, CONFLICTS_MOST = 3 /* RFC 7217, 6: IDGEN_RETRIES */ };

void dad_start(struct stack *stack, struct own_address *own, uint64_t now_ns)
{
    ip_ways_changed(stack);
    ipv6_timers_changed(stack);
    own->told.state = ADDRESS6_TENTATIVE;
    own->probes = 0;
    own->probe_ns = now_ns + stack_random(stack) % DELAY_MOST_NS;
    if (stack->config.skip_probing)
        own_take(stack, own, now_ns);
}

void dad_poll(struct stack *stack, struct own_address *own, uint64_t now_ns)
{
    if (own->told.state != ADDRESS6_TENTATIVE || own->probe_ns > now_ns)
        return;
    if (own->probes == PROBES) {
        own_take(stack, own, now_ns);
        return;
    }
    own->probes++;
    own->probe_ns = now_ns + ipv6_retrans_ns(stack); /* 5.1: RetransTimer */
    mld_follow(stack, now_ns);
    if (!ndp_probe(stack, &own->told.address, now_ns)) {
        own->probes--; /* silence would say nothing: nobody was asked */
        own->probe_ns = now_ns + ROOM_NS;
    }
}

void dad_fails(struct stack *stack, struct own_address *own, const uint8_t *mac, uint64_t now_ns)
{
    char text[ADDRESS_TEXT_BYTES], mac_text[MAC_TEXT_BYTES];
    struct own_address failed = *own;

    stack->counters.ndp_duplicates++;
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "ndp",
                  "%s is used by %s: we do not take it", address_format(&own->told.address, text),
                  mac ? mac_format(mac, mac_text) : "somebody else");
    ipv6_timers_changed(stack);
    own->told.state = ADDRESS6_DUPLICATE;
    own->probe_ns = UINT64_MAX;
    mld_follow(stack, now_ns);
    if (own->conflicts < CONFLICTS_MOST && own->told.origin != ADDRESS6_STATIC) {
        own->used = false; /* its place may be the only one left for the next */
        slaac_again(stack, &failed, now_ns);
    }
    tcp_address_lost(stack, &failed.told.address, now_ns); /* it was ours on another link */
}
