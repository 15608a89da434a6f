/* TCP: every byte arrives, whatever the wire does.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/unit/tcp_net.h"

/* Sends both ways through a bad wire until both have closed; every byte must arrive. */
static void transfer(uint64_t seed, size_t up, size_t down, unsigned loss, unsigned reorder,
                     unsigned repeat)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    p->net.seed = seed;
    p->net.loss = loss;
    p->net.reorder = reorder;
    p->net.repeat = repeat;
    p->net.reorder_ns = 30 * TCP_MS;
    p->client.to_send = up;
    p->server.to_send = down;
    p->client.shuts_down = p->server.shuts_down = true;
    p->client.closes_at_end = p->server.closes_at_end = true;
    tcp_net_listen(&p->net, &p->server, 8);
    tcp_net_connect(&p->net, &p->client);
    tcp_net_settle(&p->net, 1000 * TCP_S);
    if (p->client.error || p->server.error)
        fail_msg("seed %d ended with %d and %d", (int)seed, p->client.error, p->server.error);
    tcp_app_has(&p->server, 1, up);
    tcp_app_has(&p->client, 2, down);
    assert_true(p->client.events & p->server.events & TCP_EVENT_GONE);
    tcp_pair_stop(p);
}

static void brings_a_megabyte_through_loss_reordering_and_repetition(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++)
        transfer(seed, 1 << 20, 1000, 10, 20, 10);
}

static void brings_all_bytes_both_ways_for_many_seeds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 150; seed++)
        transfer(seed, 30000 + 1000 * seed, 50000, 5 + 10 * (seed % 8), 10 * (seed % 5), seed % 30);
}

static void survives_a_wire_that_only_reorders(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++)
        transfer(seed, 200000, 200000, 0, 300, 100);
}

static bool loses_number(void *user, const struct wire_segment *segment)
{
    return segment->number == *(const uint32_t *)user;
}

static void survives_the_loss_of_any_single_segment(void **state)
{
    (void)state;
    for (uint32_t lost = 0; lost < 60; lost++) {
        struct tcp_pair pair, *p = tcp_pair_start(&pair);
        p->net.loses = loses_number;
        p->net.user = &lost;
        p->client.to_send = 40000;
        p->server.to_send = 5000;
        p->client.shuts_down = p->server.shuts_down = true;
        p->client.closes_at_end = p->server.closes_at_end = true;
        tcp_net_listen(&p->net, &p->server, 8);
        tcp_net_connect(&p->net, &p->client);
        tcp_net_settle(&p->net, 1000 * TCP_S);
        tcp_app_has(&p->server, 1, 40000);
        tcp_app_has(&p->client, 2, 5000);
        assert_true(p->client.events & p->server.events & TCP_EVENT_GONE);
        assert_true(stack_counters(p->net.stations[0].stack)->tcp_retrans_segs +
                        stack_counters(p->net.stations[1].stack)->tcp_retrans_segs <=
                    3); /* a SYN,ACK: both ends repeat */
        tcp_pair_stop(p);
    }
}

/* All numbers wrap in the middle of the transfer: the start of the clock sets the ISN (RFC
 * 6528). */
static void counts_on_beyond_the_largest_sequence_number(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    assert_int_equal(tcp_net_open(&p->net, 0, 1000, SERVER_PORT, &p->client), 0);
    tcp_net_run(&p->net, 0);
    uint32_t isn = p->net.segments[0].seq;
    uint64_t start_ns = TCP_S + (uint64_t)(0u - 50000u - isn) * 4000;
    tcp_pair_stop(p);
    for (int client_wraps = 0; client_wraps < 2; client_wraps++) {
        *p = (struct tcp_pair){.client.salt = 1, .server.salt = 2};
        tcp_net_start_with(&p->net, &(struct stack_config){0}, start_ns);
        p->client.to_send = 200000;
        p->net.loss = client_wraps ? 30 : 0;
        p->net.reorder = 50;
        p->net.reorder_ns = 5 * TCP_MS;
        tcp_net_listen(&p->net, &p->server, 8);
        assert_int_equal(tcp_net_open(&p->net, 0, 1000, SERVER_PORT, &p->client), 0);
        tcp_net_settle(&p->net, 1000 * TCP_S);
        assert_in_range(p->net.segments[0].seq, 0u - 50001u, 0u - 49999u);
        tcp_app_has(&p->server, 1, 200000);
        tcp_pair_stop(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brings_a_megabyte_through_loss_reordering_and_repetition),
        cmocka_unit_test(brings_all_bytes_both_ways_for_many_seeds),
        cmocka_unit_test(survives_a_wire_that_only_reorders),
        cmocka_unit_test(survives_the_loss_of_any_single_segment),
        cmocka_unit_test(counts_on_beyond_the_largest_sequence_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
