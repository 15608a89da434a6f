/* SYN cookies: while a listener has as many half-open connections as it may, it answers SYNs without keeping
 * anything; what it must know comes back with the ACK. RFC 4987, 3.6.
 *
 * SPDX-License-Identifier: MIT
 *
 * The initial sequence number is the cookie: 5 bits of a clock of 64 s, 3 bits that say which MSS, and 24 bits
 * of a keyed hash over the ends, the peer's initial sequence number and the clock. It holds for
 * two ticks. Window scaling, timestamps and SACK have no place in it: such connections do without.
 */
#include <string.h>

#include "host/stack/tcp_input.h"
#include "host/stack/tcp_output.h"

enum { CLOCK_BITS = 5, MSS_BITS = 3, HASH_BITS = 24, TICKS = 2 };
#define TICK_NS   UINT64_C(64000000000)
#define HASH_MASK ((UINT32_C(1) << HASH_BITS) - 1)

/* The most common ones; the largest that does not exceed the peer's is taken. */
static const uint16_t sizes[1 << MSS_BITS] = {
    TCP_MIN_MSS, TCP_DEFAULT_MSS, 1220, 1360, 1400, 1440, 1460, 8960};

static uint32_t cookie_hash(const struct tcp *tcp, const struct tcp_segment *segment, uint32_t irs,
                            uint64_t tick)
{
    uint64_t message[3] = {tcp_tuple_hash(tcp, 'C', &segment->destination, &segment->source), irs,
                           tick};
    return (uint32_t)tcp_siphash(tcp->secret, message, sizeof message) & HASH_MASK;
}

static uint32_t cookie_make(const struct tcp *tcp, const struct tcp_segment *syn, uint64_t now_ns)
{
    bool v4 = address_is_v4(&syn->source.address);
    uint16_t offered = syn->options.mss ? syn->options.mss
                       : v4             ? TCP_DEFAULT_MSS
                                        : TCP_DEFAULT_MSS6;
    uint64_t tick = now_ns / TICK_NS;
    uint32_t index = (1 << MSS_BITS) - 1;
    while (index && sizes[index] > offered)
        index--;
    return (uint32_t)tick << (MSS_BITS + HASH_BITS) | index << HASH_BITS |
           cookie_hash(tcp, syn, syn->seq, tick);
}

/* The MSS that the cookie tells, or 0 if we have not made it lately. */
static uint16_t cookie_read(const struct tcp *tcp, const struct tcp_segment *ack, uint64_t now_ns)
{
    uint32_t cookie = ack->ack - 1, irs = ack->seq - 1;
    uint64_t tick = now_ns / TICK_NS;
    for (uint64_t age = 0; age < TICKS && age <= tick; age++) {
        uint32_t clock = (uint32_t)((tick - age) & ((1 << CLOCK_BITS) - 1));
        if (cookie >> (MSS_BITS + HASH_BITS) == clock &&
            (cookie & HASH_MASK) == cookie_hash(tcp, ack, irs, tick - age))
            return sizes[cookie >> HASH_BITS & ((1 << MSS_BITS) - 1)];
    }
    return 0;
}

static uint32_t cookie_window(const struct tcp_conn *listener)
{
    return listener->receive.size < UINT16_MAX ? listener->receive.size : UINT16_MAX;
}

void tcp_cookie_send(struct tcp_conn *listener, const struct tcp_segment *syn, uint64_t now_ns)
{
    struct tcp *tcp = conn_tcp(listener);
    struct stack *stack = listener->stack;
    struct tcp_segment answer = {
        .source = syn->destination,
        .destination = syn->source,
        .seq = cookie_make(tcp, syn, now_ns),
        .ack = syn->seq + 1,
        .flags = TCP_SYN | TCP_ACK,
        .window = cookie_window(listener),
        .options.mss = tcp_conn_mss_offer(listener, &syn->source.address),
    };
    if (tcp_send_alone(stack, &answer, now_ns))
        return;
    tcp->cookies_until_ns = now_ns + TICKS * TICK_NS;
    stack->counters.tcp_cookies_sent++;
}

/* The connection that the cookie stands for; NULL and counted if there is no room for it. */
static struct tcp_conn *cookie_open(struct tcp_conn *listener, const struct tcp_segment *ack,
                                    uint16_t mss, uint64_t now_ns)
{
    struct tcp_segment syn = *ack;
    tcp_options_clear(&syn.options);
    syn.seq = ack->seq - 1;
    syn.options.mss = mss;
    if (listener->listener->ready_count >= listener->listener->backlog) {
        listener->stack->counters.tcp_listen_overflows++;
        return NULL;
    }
    struct tcp_conn *conn = tcp_listener_open(listener, &syn, ack->ack - 1, now_ns);
    if (!conn)
        return NULL;
    conn->snd_max = ack->ack; /* our SYN,ACK went out, with this window */
    conn->rcv_adv = conn->rcv_nxt + cookie_window(listener);
    conn->sending->opened_ns = UINT64_MAX;
    tcp_tell_first_syn(conn, '<', &syn, "SYN cookie brings back: ", now_ns);
    return conn;
}

bool tcp_cookie_returned(struct tcp_conn *listener, const struct tcp_segment *ack,
                         struct tcp_conn **out, uint64_t now_ns)
{
    const struct tcp *tcp = conn_tcp(listener);
    struct stack_counters *counters = &listener->stack->counters;
    uint8_t kind = ack->flags & (TCP_SYN | TCP_ACK | TCP_RST);
    if (kind != TCP_ACK || now_ns > tcp->cookies_until_ns)
        return false;
    uint16_t mss = cookie_read(tcp, ack, now_ns);
    if (!mss) {
        counters->tcp_cookies_failed++;
        return false;
    }
    *out = cookie_open(listener, ack, mss, now_ns);
    counters->tcp_cookies_received += *out != NULL;
    return true;
}
