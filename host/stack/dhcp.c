/* The DHCP client: a lease asked for, renewed and given up.
 *
 * SPDX-License-Identifier: MIT
 *
 * The states are those of RFC 2131, figure 5. What the client knows of the server it takes from
 * answers that carry its transaction's number and its MAC address; everything else is ignored.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/configure.h"
#include "host/stack/dhcp_internal.h"
#include "host/stack/stack_internal.h"

static const uint64_t SECOND_NS = 1000000000ull;
enum {
    REQUEST_TRIES = 4,
    REBOOT_TRIES = 2,
    DECLINE_WAIT_S = 10,
    NAK_WAIT_S = 1,
    RENEW_LEAST_S = 60
};

int dhcp_create(struct stack *stack, struct dhcp **out)
{
    struct dhcp *dhcp = calloc(1, sizeof *dhcp);

    (void)stack;
    if (!dhcp)
        return -ENOMEM;
    dhcp->deadline = UINT64_MAX;
    *out = dhcp;
    return 0;
}

void dhcp_destroy(struct dhcp *dhcp)
{
    free(dhcp);
}

/* RFC 2131, 4.1: 4, 8, 16, 32, 64 s, each up to a second more or less. */
static uint64_t backoff(struct stack *stack, unsigned tries)
{
    uint64_t base = (4ull << (tries < 4 ? tries : 4)) * SECOND_NS;

    return base - SECOND_NS + stack_random(stack) % (2 * SECOND_NS);
}

static void ask_again_later(struct stack *stack, uint64_t now_ns)
{
    struct dhcp *dhcp = stack->dhcp;

    dhcp->deadline = now_ns + backoff(stack, dhcp->tries);
    dhcp->tries++;
}

static void enter(struct dhcp *dhcp, enum dhcp_state state)
{
    dhcp->state = state;
    dhcp->tries = 0;
}

static void discover(struct stack *stack, uint64_t now_ns)
{
    struct dhcp *dhcp = stack->dhcp;

    if (dhcp->state != DHCP_SELECTING) {
        enter(dhcp, DHCP_SELECTING);
        dhcp->xid = (uint32_t)stack_random(stack);
        dhcp->began_ns = now_ns;
    }
    dhcp_send(stack, DHCP_DISCOVER, now_ns);
    ask_again_later(stack, now_ns);
}

/* Sends REQUEST in whatever state asks for one; the lease counts from here (RFC 2131, 4.4.1). */
static void request(struct stack *stack, uint64_t now_ns)
{
    stack->dhcp->requested_ns = now_ns;
    dhcp_send(stack, DHCP_REQUEST, now_ns);
    ask_again_later(stack, now_ns);
}

static void wait_seconds(struct dhcp *dhcp, uint64_t now_ns, unsigned seconds)
{
    enter(dhcp, DHCP_WAITING);
    dhcp->deadline = now_ns + seconds * SECOND_NS;
}

void dhcp_start(struct stack *stack, uint64_t now_ns)
{
    struct dhcp *dhcp = stack->dhcp;

    if (!dhcp->has_lease) {
        enter(dhcp, DHCP_IDLE);
        discover(stack, now_ns);
        return;
    }
    enter(dhcp, DHCP_REBOOTING);
    dhcp->xid = (uint32_t)stack_random(stack);
    dhcp->began_ns = now_ns;
    dhcp->offered = dhcp->lease.address;
    request(stack, now_ns);
}

void dhcp_pause(struct stack *stack)
{
    enter(stack->dhcp, DHCP_IDLE);
    stack->dhcp->deadline = UINT64_MAX;
}

void dhcp_decline(struct stack *stack, uint64_t now_ns)
{
    struct dhcp *dhcp = stack->dhcp;

    dhcp->has_lease = false;
    dhcp_send(stack, DHCP_DECLINE, now_ns);
    wait_seconds(dhcp, now_ns, DECLINE_WAIT_S);
}

bool dhcp_is_active(const struct stack *stack)
{
    return stack->dhcp->state != DHCP_IDLE;
}

bool dhcp_is_asking(const struct stack *stack)
{
    enum dhcp_state state = stack->dhcp->state;

    return state == DHCP_SELECTING || state == DHCP_REQUESTING || state == DHCP_REBOOTING;
}

static bool is_station(const struct address *address)
{
    return !address_is_unspecified(address) && !address_is_multicast(address) &&
           !address_is_broadcast(address) && !address_is_loopback(address);
}

static void take_offer(struct stack *stack, const struct dhcp_answer *answer, uint64_t now_ns)
{
    struct dhcp *dhcp = stack->dhcp;

    dhcp->offered = answer->yours;
    dhcp->server = answer->server;
    enter(dhcp, DHCP_REQUESTING);
    request(stack, now_ns);
}

static void bind_lease(struct stack *stack, const struct dhcp_answer *answer, uint64_t now_ns)
{
    struct dhcp *dhcp = stack->dhcp;

    if (!is_station(&answer->yours) || answer->lease_s == 0)
        return;
    dhcp->server = answer->server;
    dhcp->lease = dhcp_lease(answer, dhcp->requested_ns);
    dhcp->has_lease = true;
    enter(dhcp, DHCP_BOUND);
    dhcp->deadline = dhcp->lease.renew_ns;
    configure_leased(stack, &dhcp->lease, now_ns);
}

static void refused(struct stack *stack, uint64_t now_ns)
{
    struct dhcp *dhcp = stack->dhcp;

    wait_seconds(dhcp, now_ns, NAK_WAIT_S);
    if (dhcp->has_lease) {
        dhcp->has_lease = false;
        configure_lease_over(stack, "the server refused it", now_ns);
    }
}

/* In REQUESTING only the chosen server's word counts; later any server's does. */
static bool may_answer_request(const struct dhcp *dhcp, const struct dhcp_answer *answer)
{
    if (dhcp->state == DHCP_REQUESTING)
        return address_equal(&answer->server, &dhcp->server);
    return dhcp->state == DHCP_REBOOTING || dhcp->state == DHCP_RENEWING ||
           dhcp->state == DHCP_REBINDING;
}

void dhcp_input(struct stack *stack, const struct address *from, const uint8_t *bytes, size_t len,
                uint64_t now_ns)
{
    struct dhcp *dhcp = stack->dhcp;
    struct dhcp_answer answer;
    char yours[ADDRESS_TEXT_BYTES], server[ADDRESS_TEXT_BYTES];

    if (dhcp_parse(bytes, len, &answer) < 0) {
        stack->counters.udp_in_errors++;
        return;
    }
    if (answer.xid != dhcp->xid || memcmp(answer.mac, stack->config.device.mac, 6) != 0)
        return;
    if (address_is_unspecified(&answer.server))
        answer.server = *from;
    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "dhcp", "%s %s from %s",
                  dhcp_type_name(answer.type), address_format(&answer.yours, yours),
                  address_format(&answer.server, server));
    if (answer.type == DHCP_OFFER && dhcp->state == DHCP_SELECTING && is_station(&answer.yours))
        take_offer(stack, &answer, now_ns);
    else if (answer.type == DHCP_ACK && may_answer_request(dhcp, &answer))
        bind_lease(stack, &answer, now_ns);
    else if (answer.type == DHCP_NAK && may_answer_request(dhcp, &answer))
        refused(stack, now_ns);
}

/* RFC 2131, 4.4.5: half of what is left, but no less than a minute. */
static void ask_in_half(struct stack *stack, uint64_t until_ns, uint64_t now_ns)
{
    uint64_t half = (until_ns - now_ns) / 2, least = RENEW_LEAST_S * SECOND_NS;

    stack->dhcp->deadline = now_ns + (half > least ? half : least);
    if (stack->dhcp->deadline > until_ns)
        stack->dhcp->deadline = until_ns;
}

static void renew(struct stack *stack, enum dhcp_state state, uint64_t until_ns, uint64_t now_ns)
{
    if (stack->dhcp->state == DHCP_BOUND) {
        stack->dhcp->xid = (uint32_t)stack_random(stack);
        stack->dhcp->began_ns = now_ns;
    }
    stack->dhcp->state = state;
    request(stack, now_ns);
    ask_in_half(stack, until_ns, now_ns);
}

static void run_timer(struct stack *stack, uint64_t now_ns)
{
    struct dhcp *dhcp = stack->dhcp;
    bool tired = dhcp->tries >= (dhcp->state == DHCP_REBOOTING ? REBOOT_TRIES : REQUEST_TRIES);

    switch (dhcp->state) {
    case DHCP_IDLE: dhcp->deadline = UINT64_MAX; break;
    case DHCP_WAITING:
    case DHCP_SELECTING: discover(stack, now_ns); break;
    case DHCP_REBOOTING:
    case DHCP_REQUESTING:
        if (tired)
            discover(stack, now_ns);
        else
            request(stack, now_ns);
        break;
    case DHCP_BOUND:
    case DHCP_RENEWING:
    case DHCP_REBINDING:
        if (now_ns >= dhcp->lease.rebind_ns)
            renew(stack, DHCP_REBINDING, dhcp->lease.expires_ns, now_ns);
        else
            renew(stack, DHCP_RENEWING, dhcp->lease.rebind_ns, now_ns);
        break;
    }
}

void dhcp_poll(struct stack *stack, uint64_t now_ns)
{
    struct dhcp *dhcp = stack->dhcp;

    if (dhcp->has_lease && dhcp->lease.expires_ns <= now_ns) {
        dhcp->has_lease = false;
        if (dhcp->state != DHCP_IDLE)
            wait_seconds(dhcp, now_ns, 0);
        configure_lease_over(stack, "it has expired", now_ns);
    }
    if (dhcp->deadline <= now_ns)
        run_timer(stack, now_ns);
}

uint64_t dhcp_deadline(const struct stack *stack)
{
    const struct dhcp *dhcp = stack->dhcp;

    if (dhcp->has_lease && dhcp->lease.expires_ns < dhcp->deadline)
        return dhcp->lease.expires_ns;
    return dhcp->deadline;
}
