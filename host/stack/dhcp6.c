/* Stateless DHCPv6: when to ask, and what the answer is good for. See dhcp6.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/dhcp6.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/dhcp6_message.h"
#include "host/stack/ip.h"
#include "host/stack/ipv6_internal.h"
#include "host/stack/stack_internal.h"
#include "host/stack/udp_internal.h"

/* RFC 8415, 7.6 */
static const uint64_t DELAY_NS = 1000000000ull, TIMEOUT_NS = 1000000000ull;
enum { MOST_S = 3600, REFRESH_S = 86400 };
static const uint32_t FOR_EVER_S = 0xffffffff;

/* IDLE: no router has said that there is anything; or the link is gone. ANSWERED: until it is old. */
enum state { IDLE, ASKING, ANSWERED };

struct dhcp6 {
    enum state state;
    uint32_t xid;
    bool asked;          /* since we began to */
    uint64_t began_ns;   /* when the first of these questions was sent */
    uint64_t timeout_ns; /* of the last one */
    uint64_t deadline;   /* UINT64_MAX: none */
    uint32_t most_s;     /* INF_MAX_RT */
    struct dhcp6_answer answer;
};

int dhcp6_create(struct stack *stack, struct dhcp6 **out)
{
    struct dhcp6 *dhcp6 = calloc(1, sizeof *dhcp6);

    (void)stack;
    if (!dhcp6)
        return -ENOMEM;
    dhcp6->deadline = UINT64_MAX;
    dhcp6->most_s = MOST_S;
    *out = dhcp6;
    return 0;
}

void dhcp6_destroy(struct dhcp6 *dhcp6)
{
    free(dhcp6);
}

/* 18.2.6: not all stations that heard the router ask at once. */
static void begin(struct stack *stack, uint64_t now_ns)
{
    struct dhcp6 *dhcp6 = stack->dhcp6;

    dhcp6->state = ASKING;
    dhcp6->asked = false;
    dhcp6->xid = (uint32_t)stack_random(stack) & 0xffffff;
    dhcp6->deadline = now_ns + stack_random(stack) % DELAY_NS;
    ipv6_timers_changed(stack);
}

void dhcp6_start(struct stack *stack, uint64_t now_ns)
{
    if (stack->dhcp6->state == IDLE)
        begin(stack, now_ns);
}

void dhcp6_stop(struct stack *stack)
{
    stack->dhcp6->state = IDLE;
    stack->dhcp6->deadline = UINT64_MAX;
    ipv6_timers_changed(stack);
}

bool dhcp6_is_active(const struct stack *stack)
{
    return stack->dhcp6->state == ASKING;
}

static uint16_t elapsed(const struct dhcp6 *dhcp6, uint64_t now_ns)
{
    uint64_t hundredths = dhcp6->asked ? (now_ns - dhcp6->began_ns) / 10000000 : 0;

    return hundredths < UINT16_MAX ? (uint16_t)hundredths : UINT16_MAX; /* 21.9 */
}

/* To all servers on the link, from our address on it (18.2.6). Without one, or without room, it is lost, as it could be on
 * the wire. */
static void send(struct stack *stack, uint64_t now_ns)
{
    static const struct address servers = {{0xff, 2, [13] = 1, [15] = 2}};
    struct dhcp6 *dhcp6 = stack->dhcp6;
    uint8_t bytes[DHCP6_QUESTION_BYTES];
    size_t len = dhcp6_write(bytes, dhcp6->xid, stack->config.device.mac, elapsed(dhcp6, now_ns));
    struct packet packet = {
        .destination = servers,
        .protocol = PROTOCOL_UDP,
        .length = UDP_HEADER_BYTES + len,
    };

    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "dhcp6",
                  "Information-request: which name servers and domains?");
    if (ip_begin(stack, &packet) < 0)
        return;
    udp_send_begun(stack, &packet, DHCP6_CLIENT_PORT, DHCP6_SERVER_PORT, bytes, now_ns);
}

/* A tenth of it more or less (15). */
static uint64_t spread(struct stack *stack, uint64_t time_ns)
{
    uint64_t tenth = time_ns / 10;

    return time_ns - tenth + stack_random(stack) % (2 * tenth + 1);
}

/* 15: RT of the first question, of those behind it, and of all that come when it has reached MRT. */
static uint64_t next_timeout(struct stack *stack)
{
    const struct dhcp6 *dhcp6 = stack->dhcp6;
    uint64_t most_ns = dhcp6->most_s * 1000000000ull, next;

    if (!dhcp6->asked)
        return spread(stack, TIMEOUT_NS);
    next = dhcp6->timeout_ns + spread(stack, dhcp6->timeout_ns);
    return next > most_ns ? spread(stack, most_ns) : next;
}

static void ask(struct stack *stack, uint64_t now_ns)
{
    struct dhcp6 *dhcp6 = stack->dhcp6;

    send(stack, now_ns);
    dhcp6->timeout_ns = next_timeout(stack);
    dhcp6->deadline = now_ns + dhcp6->timeout_ns;
    if (!dhcp6->asked)
        dhcp6->began_ns = now_ns;
    dhcp6->asked = true;
}

void dhcp6_poll(struct stack *stack, uint64_t now_ns)
{
    if (stack->dhcp6->deadline > now_ns)
        return;
    if (stack->dhcp6->state == ASKING)
        ask(stack, now_ns);
    else
        begin(stack, now_ns);
}

uint64_t dhcp6_deadline(const struct stack *stack)
{
    return stack->dhcp6->deadline;
}

static void tell(struct stack *stack, const struct address *from, const struct dhcp6_answer *answer,
                 uint64_t now_ns)
{
    char text[ADDRESS_TEXT_BYTES];

    journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, "dhcp6",
                  "Reply from %s: %d name servers, %d domains", address_format(from, text),
                  answer->server_count, answer->domain_count);
}

/* 21.23: when to ask again. */
static uint64_t refresh_at(const struct dhcp6_answer *answer, uint64_t now_ns)
{
    uint32_t seconds = answer->refresh_s ? answer->refresh_s : (uint32_t)REFRESH_S;

    return seconds == FOR_EVER_S ? UINT64_MAX : now_ns + seconds * 1000000000ull;
}

void dhcp6_input(struct stack *stack, const struct address *from, const uint8_t *bytes, size_t len,
                 uint64_t now_ns)
{
    struct dhcp6 *dhcp6 = stack->dhcp6;
    struct dhcp6_answer answer;
    int error = dhcp6_parse(bytes, len, dhcp6->xid, stack->config.device.mac, &answer);

    if (error == -EBADMSG)
        stack->counters.udp_in_errors++;
    if (error < 0 || !dhcp6->asked)
        return;
    tell(stack, from, &answer, now_ns);
    if (answer.most_s)
        dhcp6->most_s = answer.most_s;
    dhcp6->answer = answer;
    dhcp6->state = ANSWERED;
    dhcp6->deadline = refresh_at(&answer, now_ns);
    ipv6_timers_changed(stack);
}

int dhcp6_servers(const struct stack *stack, struct address *out, int max)
{
    const struct dhcp6_answer *answer = &stack->dhcp6->answer;
    int count = answer->server_count < max ? answer->server_count : max;

    memcpy(out, answer->servers, (size_t)count * sizeof *out);
    return count;
}

int stack_domains(const struct stack *stack, const char **out, int max)
{
    const struct dhcp6_answer *answer = &stack->dhcp6->answer;
    int count = answer->domain_count < max ? answer->domain_count : max;

    for (int i = 0; i < count; i++)
        out[i] = answer->domains[i];
    return count;
}
