/* See tcp_sacker.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/unit/tcp_sacker.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "host/stack/tcp_congestion.h"

void sacker_join(struct tcp_raw *raw, bool timestamps)
{
    struct stack_config wish = {.tcp_timestamps = timestamps, .tcp_congestion = &tcp_newreno};
    tcp_raw_start_with(raw, &wish);
    raw->syn.sack_permitted = true;
    raw->syn.has_timestamps = raw->options.has_timestamps = timestamps;
    tcp_raw_connect(raw);
    tcp_raw_run(raw, SACKER_ROUND_TRIP * TCP_MS);
    raw->syn.ts_echo = raw->net.segments[0].options.ts_value;
    raw->options.ts_echo = raw->syn.ts_echo;
    uint16_t mss = timestamps ? SACKER_MSS + 12 : SACKER_MSS;
    struct wire_segment syn = {.source_port = SERVER_PORT,
                               .destination_port = raw->port,
                               .seq = raw->peer_iss,
                               .ack = raw->iss + 1,
                               .flags = FLAG_SYN | FLAG_ACK,
                               .window = raw->window,
                               .mss = mss,
                               .options = raw->syn};
    tcp_net_inject(&raw->net, 1, &syn, NULL);
    tcp_raw_skip(raw);
    assert_int_equal(tcp_app_info(&raw->app).mss, SACKER_MSS);
    assert_int_equal(tcp_app_info(&raw->app).cwnd, 10 * SACKER_MSS);
}

void sacker_send(struct tcp_raw *raw, uint32_t ack, int count, const uint32_t *edges)
{
    raw->options.sack_count = (uint8_t)count;
    for (int i = 0; i < 2 * count; i++)
        raw->options.sacks[i / 2][i % 2] = raw->iss + edges[i];
    tcp_raw_send(raw, FLAG_ACK, 1, ack);
    raw->options.sack_count = 0;
}

void sacker_expect(struct tcp_raw *raw, uint32_t seq)
{
    tcp_raw_expect(raw, FLAG_ACK, seq, 1, SACKER_MSS);
}

void sacker_take(struct tcp_raw *raw, uint32_t count)
{
    tcp_app_send(&raw->app, count * SACKER_MSS);
    tcp_raw_run(raw, SACKER_ROUND_TRIP * TCP_MS);
    tcp_raw_skip(raw);
}

const struct stack_counters *sacker_counters(const struct tcp_raw *raw)
{
    return stack_counters(raw->net.stations[0].stack);
}
