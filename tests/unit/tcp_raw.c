/* A peer played by hand. See tcp_raw.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/tcp_raw.h"

/* The wire is cut: what the stack sends is only looked at. */
static bool loses_all(void *user, const struct wire_segment *segment)
{
    (void)user, (void)segment;
    return true;
}

void tcp_raw_start(struct tcp_raw *raw)
{
    struct stack_config wish = {0};
    tcp_raw_start_with(raw, &wish);
}

void tcp_raw_start_with(struct tcp_raw *raw, const struct stack_config *wish)
{
    memset(raw, 0, sizeof *raw);
    tcp_net_start_with(&raw->net, wish, TCP_S);
    raw->net.loses = loses_all;
    raw->app.salt = 1;
    raw->peer_iss = 1000000;
    raw->window = 65535;
}

void tcp_raw_stop(struct tcp_raw *raw)
{
    tcp_app_free(&raw->app);
    tcp_net_stop(&raw->net);
}

void tcp_raw_connect(struct tcp_raw *raw)
{
    tcp_net_connect(&raw->net, &raw->app);
    tcp_net_run(&raw->net, 0); /* ARP */
    assert_int_equal(raw->net.segments[raw->looked_at].flags & ~(FLAG_ECE | FLAG_CWR), FLAG_SYN);
    raw->port = raw->net.segments[raw->looked_at].source_port;
    raw->iss = raw->net.segments[raw->looked_at].seq;
}

static void raw_inject(struct tcp_raw *raw, uint8_t flags, uint32_t seq, uint32_t ack, uint16_t mss,
                       const uint8_t *data, uint32_t length)
{
    struct wire_segment segment = {
        .source_port = raw->station ? raw->port : SERVER_PORT,
        .destination_port = raw->station ? SERVER_PORT : raw->port,
        .seq = raw->peer_iss + seq,
        .ack = flags & FLAG_ACK ? raw->iss + ack : 0,
        .flags = flags,
        .ecn = raw->ecn,
        .window = raw->window,
        .mss = mss,
        .options = flags & FLAG_SYN ? raw->syn : raw->options,
        .length = length,
    };
    tcp_net_inject(&raw->net, !raw->station, &segment, data);
    tcp_net_run(&raw->net, 0);
}

void tcp_raw_send(struct tcp_raw *raw, uint8_t flags, uint32_t seq, uint32_t ack)
{
    raw_inject(raw, flags, seq, ack, 0, NULL, 0);
}

void tcp_raw_send_data(struct tcp_raw *raw, uint8_t flags, uint32_t seq, uint32_t ack,
                       uint32_t length)
{
    uint8_t data[65536];
    for (uint32_t i = 0; i < length; i++)
        data[i] = tcp_pattern(2, seq + i - 1);
    raw_inject(raw, flags, seq, ack, 0, data, length);
}

void tcp_raw_join(struct tcp_raw *raw, uint16_t mss)
{
    tcp_raw_connect(raw);
    tcp_raw_skip(raw);
    raw_inject(raw, FLAG_SYN | FLAG_ACK, 0, 1, mss, NULL, 0);
    tcp_raw_expect(raw, FLAG_ACK, 1, 1, 0);
    assert_int_equal(tcp_raw_state(raw), TCP_ESTABLISHED);
}

void tcp_raw_join_listener(struct tcp_raw *raw, uint16_t mss)
{
    raw->station = 1;
    raw->port = 5000;
    tcp_net_listen(&raw->net, &raw->app, 8);
    raw_inject(raw, FLAG_SYN, 0, 0, mss, NULL, 0);
    raw->iss = raw->net.segments[raw->looked_at].seq;
    tcp_raw_expect(raw, FLAG_SYN | FLAG_ACK, 0, 1, 0);
    tcp_raw_send(raw, FLAG_ACK, 1, 1);
    assert_non_null(raw->app.conn);
    assert_int_equal(tcp_raw_state(raw), TCP_ESTABLISHED);
}

struct wire_segment tcp_raw_next(struct tcp_raw *raw)
{
    while (raw->looked_at < raw->net.count &&
           raw->net.segments[raw->looked_at].from != raw->station)
        raw->looked_at++;
    if (raw->looked_at == raw->net.count)
        fail_msg("the stack has sent nothing more");
    struct wire_segment segment = raw->net.segments[raw->looked_at++];
    segment.seq -= raw->iss;
    if (segment.flags & FLAG_ACK)
        segment.ack -= raw->peer_iss;
    return segment;
}

void tcp_raw_expect(struct tcp_raw *raw, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t length)
{
    struct wire_segment segment = tcp_raw_next(raw);
    if ((segment.flags & ~FLAG_PSH) != flags || segment.seq != seq || segment.ack != ack ||
        segment.length != length)
        fail_msg("flags 0x%02x seq %u ack %u length %u came, not 0x%02x %u %u %u", segment.flags,
                 segment.seq, segment.ack, segment.length, flags, seq, ack, length);
}

void tcp_raw_expect_nothing(struct tcp_raw *raw)
{
    for (; raw->looked_at < raw->net.count; raw->looked_at++) {
        struct wire_segment *segment = &raw->net.segments[raw->looked_at];
        if (segment->from == raw->station)
            fail_msg("flags 0x%02x seq %u length %u came, though nothing should have",
                     segment->flags, segment->seq - raw->iss, segment->length);
    }
}

void tcp_raw_skip(struct tcp_raw *raw)
{
    raw->looked_at = raw->net.count;
}

void tcp_raw_run(struct tcp_raw *raw, uint64_t ns)
{
    tcp_net_run(&raw->net, ns);
}

enum tcp_state tcp_raw_state(const struct tcp_raw *raw)
{
    return tcp_app_state(&raw->app);
}
