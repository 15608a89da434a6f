/* TCP over a board that segments: super-segments, what may wait for the board, and clocks that count
 * from the moment at which it has taken the bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/unit/tcp_net.h"

enum { MSS = 1460 };

static struct tcp_pair *start(struct tcp_pair *pair, uint32_t features)
{
    struct stack_config wish = {.device = {.features = features, .max_frame = 65593}};
    return tcp_pair_start_with(pair, &wish);
}

/* Sends up bytes from the client and closes; returns with everything delivered. */
static void transfer(struct tcp_pair *p, size_t up)
{
    p->client.to_send = up;
    p->client.shuts_down = p->server.shuts_down = true;
    p->client.closes_at_end = p->server.closes_at_end = true;
    tcp_net_listen(&p->net, &p->server, 8);
    tcp_net_connect(&p->net, &p->client);
    tcp_net_settle(&p->net, 1000 * TCP_S);
    assert_int_equal(p->client.error, 0);
    assert_int_equal(p->server.error, 0);
    tcp_app_has(&p->server, 1, up);
}

static size_t full_segments(const struct tcp_net *net)
{
    size_t full = 0;
    for (size_t i = 0; i < net->count; i++)
        full += net->segments[i].from == 0 && net->segments[i].length == MSS;
    return full;
}

static void a_stream_goes_out_in_super_segments_of_whole_segments(void **state)
{
    struct tcp_pair pair, *p = start(&pair, DEVICE_CSUM_SEND | DEVICE_TSO4);
    size_t data = 0, psh_or_fin = 0;

    (void)state;
    transfer(p, 1000 * MSS + 100);
    for (size_t i = 0; i < p->net.count; i++) {
        const struct wire_segment *segment = &p->net.segments[i];
        data += segment->from == 0 && segment->length > 0;
        psh_or_fin += segment->from == 0 && segment->flags & FLAG_FIN;
    }
    assert_in_range(p->net.stations[0].supers, 20, 400);
    assert_in_range(p->net.stations[0].longest, 10 * MSS, 65535 - 40);
    assert_int_equal(full_segments(&p->net), 1000);
    assert_int_equal(data, 1001);
    assert_int_equal(psh_or_fin, 1);
    assert_int_equal(stack_counters(p->net.stations[0].stack)->tcp_retrans_segs, 0);
    assert_int_equal(stack_counters(p->net.stations[0].stack)->tcp_out_data_segs, 1001);
    tcp_pair_stop(p);
}

static void without_the_capability_every_segment_is_a_frame(void **state)
{
    const uint32_t lacking[] = {0, DEVICE_CSUM_SEND, DEVICE_TSO4,
                                DEVICE_CSUM_SEND | DEVICE_TSO6 | DEVICE_USO};

    (void)state;
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        struct tcp_pair pair, *p = start(&pair, lacking[i]);
        transfer(p, 100000);
        assert_int_equal(p->net.stations[0].supers, 0);
        tcp_pair_stop(p);
    }
}

static void super_segments_survive_loss_and_reordering(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct tcp_pair pair, *p = start(&pair, DEVICE_CSUM_SEND | DEVICE_TSO4);
        p->net.seed = seed;
        p->net.loss = 5 + 10 * (seed % 6);
        p->net.reorder = 10 * (seed % 5);
        p->net.reorder_ns = 30 * TCP_MS;
        transfer(p, 200000 + 1000 * seed);
        assert_true(p->net.stations[0].supers > 0);
        tcp_pair_stop(p);
    }
}

static bool loses_a_burst(void *user, const struct wire_segment *segment)
{
    const struct tcp_net *net = user;
    return segment->from == 0 && segment->length && net->now_ns < 2 * TCP_S;
}

static void what_a_timeout_sends_again_goes_in_super_segments_too(void **state)
{
    struct tcp_pair pair, *p = start(&pair, DEVICE_CSUM_SEND | DEVICE_TSO4);
    size_t before;

    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    p->net.loses = loses_a_burst;
    p->net.user = &p->net;
    tcp_app_send(&p->client, 10 * MSS);
    before = p->net.stations[0].supers;
    assert_int_equal(before, 1);
    tcp_net_run(&p->net, 10 * TCP_S);
    tcp_app_has(&p->server, 1, 10 * MSS);
    assert_true(p->net.stations[0].supers > before);
    tcp_pair_stop(p);
}

static void a_super_segment_is_no_longer_than_the_device_has_room_for(void **state)
{
    struct tcp_pair pair, *p = start(&pair, DEVICE_CSUM_SEND | DEVICE_TSO4);

    (void)state;
    p->net.stations[0].bulk_room = 2 * 1532;
    transfer(p, 300000);
    assert_int_equal(p->net.stations[0].longest, 2 * MSS);
    tcp_pair_stop(p);
}

static void a_bulk_sender_waits_while_enough_waits_for_the_board(void **state)
{
    struct tcp_pair pair, *p = start(&pair, 0);

    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    p->net.stations[0].bulk_room = 1000;
    tcp_app_send(&p->client, 5 * MSS);
    tcp_net_run(&p->net, 5 * TCP_S);
    assert_int_equal(full_segments(&p->net), 0);
    p->net.stations[0].bulk_room = 0;
    tcp_net_release(&p->net, 0);
    tcp_net_run(&p->net, TCP_S);
    tcp_app_has(&p->server, 1, 5 * MSS);
    tcp_pair_stop(p);
}

static void what_waits_for_the_bus_is_not_lost_however_long_it_waits(void **state)
{
    struct tcp_pair pair, *p = start(&pair, DEVICE_CSUM_SEND | DEVICE_TSO4);
    const struct stack_counters *counters = stack_counters(p->net.stations[0].stack);

    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    p->net.stations[0].holds = true;
    tcp_app_send(&p->client, 5 * MSS);
    tcp_net_run(&p->net, 30 * TCP_S);
    assert_int_equal(counters->tcp_timeouts, 0);
    assert_int_equal(counters->tcp_retrans_segs, 0);
    tcp_net_release(&p->net, 0);
    tcp_net_run(&p->net, TCP_S);
    tcp_app_has(&p->server, 1, 5 * MSS);
    assert_int_equal(counters->tcp_retrans_segs, 0);
    assert_in_range(tcp_app_info(&p->client).srtt_ns, 10 * TCP_MS, 100 * TCP_MS);
    tcp_pair_stop(p);
}

static void the_timeout_counts_from_the_transfers_completion(void **state)
{
    struct tcp_pair pair, *p = start(&pair, 0);
    const struct stack_counters *counters = stack_counters(p->net.stations[0].stack);

    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    p->net.loses = loses_a_burst;
    p->net.user = &p->net;
    p->net.stations[0].holds = true;
    tcp_app_send(&p->client, 100);
    tcp_net_run(&p->net, 150 * TCP_MS);
    tcp_net_release(&p->net, 0);
    tcp_net_run(&p->net, 150 * TCP_MS); /* 300 ms since it was written, 150 since it left */
    assert_int_equal(counters->tcp_timeouts, 0);
    tcp_net_run(&p->net, 150 * TCP_MS);
    assert_int_equal(counters->tcp_timeouts + counters->tcp_loss_probes, 1);
    tcp_net_release(&p->net, 0);
    tcp_pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_goes_out_in_super_segments_of_whole_segments),
        cmocka_unit_test(without_the_capability_every_segment_is_a_frame),
        cmocka_unit_test(super_segments_survive_loss_and_reordering),
        cmocka_unit_test(what_a_timeout_sends_again_goes_in_super_segments_too),
        cmocka_unit_test(a_super_segment_is_no_longer_than_the_device_has_room_for),
        cmocka_unit_test(a_bulk_sender_waits_while_enough_waits_for_the_board),
        cmocka_unit_test(what_waits_for_the_bus_is_not_lost_however_long_it_waits),
        cmocka_unit_test(the_timeout_counts_from_the_transfers_completion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
