/* TCP: connecting, with everything that can go wrong on the way.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/unit/tcp_raw.h"

static void establishes_a_connection_with_three_segments(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    const struct wire_segment *wire = p->net.segments;
    assert_int_equal(p->net.count, 3);
    assert_int_equal(wire[0].flags, FLAG_SYN);
    assert_int_equal(wire[0].mss, 1460);
    assert_int_equal(wire[0].window, 65535);
    assert_int_equal(wire[0].ack, 0);
    assert_int_equal(wire[1].flags, FLAG_SYN | FLAG_ACK);
    assert_int_equal(wire[1].mss, 1460);
    assert_int_equal(wire[1].ack, wire[0].seq + 1);
    assert_int_equal(wire[2].flags, FLAG_ACK);
    assert_int_equal(wire[2].seq, wire[0].seq + 1);
    assert_int_equal(wire[2].ack, wire[1].seq + 1);
    assert_int_equal(tcp_app_state(&p->client), TCP_ESTABLISHED);
    assert_int_equal(tcp_app_state(&p->server), TCP_ESTABLISHED);
    assert_int_equal(tcp_app_info(&p->client).handshake_ns, 20 * TCP_MS);
    tcp_pair_stop(p);
}

static void carries_bytes_both_ways_and_closes(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    p->client.shuts_down = p->client.closes_at_end = true;
    p->client.to_send = 100;
    p->server.shuts_down = p->server.closes_at_end = true;
    p->server.to_send = 100000;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_net_run(&p->net, 10 * TCP_S);
    tcp_app_has(&p->server, 1, 100);
    tcp_app_has(&p->client, 2, 100000);
    assert_null(p->client.conn);
    assert_null(p->server.conn);
    assert_int_equal(stack_counters(p->net.stations[1].stack)->tcp_retrans_segs, 0);
    assert_true(tcp_net_count(&p->net, 0, FLAG_ACK, -1) < tcp_net_count(&p->net, 1, FLAG_ACK, 1));
    tcp_net_run(&p->net, 60 * TCP_S);
    assert_true(p->client.events & TCP_EVENT_GONE);
    assert_true(p->server.events & TCP_EVENT_GONE);
    tcp_pair_stop(p);
}

static void is_refused_by_a_port_where_nobody_listens(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_connect(&p->net, &p->client);
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(p->client.error, -ECONNREFUSED);
    assert_int_equal(tcp_app_state(&p->client), TCP_CLOSED);
    assert_int_equal(p->net.count, 2);
    assert_int_equal(p->net.segments[1].flags, FLAG_RST | FLAG_ACK);
    assert_int_equal(p->net.segments[1].seq, 0);
    assert_int_equal(p->net.segments[1].ack, p->net.segments[0].seq + 1);
    assert_int_equal(tcp_writable(p->client.conn, (struct iovec[2]){{0}}), -ECONNREFUSED);
    tcp_pair_stop(p);
}

static bool loses_number(void *user, const struct wire_segment *segment)
{
    return segment->number == *(const uint32_t *)user;
}

static void survives_the_loss_of_each_segment_of_the_handshake(void **state)
{
    (void)state;
    for (uint32_t lost = 0; lost < 3; lost++) {
        struct tcp_pair pair, *p = tcp_pair_start(&pair);
        p->net.loses = loses_number;
        p->net.user = &lost;
        p->client.to_send = 10;
        tcp_net_join(&p->net, &p->client, &p->server);
        tcp_net_run(&p->net, 10 * TCP_S);
        tcp_app_has(&p->server, 1, 10);
        assert_int_equal(tcp_app_state(&p->client), TCP_ESTABLISHED);
        assert_int_equal(tcp_app_state(&p->server), TCP_ESTABLISHED);
        tcp_pair_stop(p);
    }
}

/* RFC 6298: 1 s, doubled each time; 5 repetitions; then -ETIMEDOUT after 63 s. */
static void repeats_its_syn_ever_more_slowly_and_gives_up(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_connect(&raw);
    uint64_t start = raw.net.now_ns;
    tcp_raw_run(&raw, 62 * TCP_S);
    assert_int_equal(raw.app.error, 0);
    tcp_raw_run(&raw, 2 * TCP_S);
    assert_int_equal(raw.app.error, -ETIMEDOUT);
    assert_int_equal(raw.net.count, 6);
    for (uint64_t i = 0; i < 6; i++) {
        assert_int_equal(raw.net.segments[i].flags, FLAG_SYN);
        assert_int_equal(raw.net.segments[i].seq, raw.iss);
        assert_int_equal(raw.net.segments[i].sent_ns - start, ((1u << i) - 1) * TCP_S);
    }
    tcp_raw_stop(&raw);
}

static void takes_three_seconds_as_timeout_after_a_lost_syn(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_connect(&raw);
    tcp_raw_run(&raw, 1500 * TCP_MS);
    tcp_raw_skip(&raw);
    tcp_raw_send(&raw, FLAG_SYN | FLAG_ACK, 0, 1);
    assert_int_equal(tcp_raw_state(&raw), TCP_ESTABLISHED);
    assert_int_equal(tcp_app_info(&raw.app).srtt_ns, 0); /* Karn */
    assert_int_equal(tcp_app_info(&raw.app).rto_ns, 3 * TCP_S);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, tcp_app_info(&raw.app).mss);
    tcp_raw_stop(&raw);
}

static void takes_536_bytes_where_the_peer_names_no_mss(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 0);
    tcp_app_send(&raw.app, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 536);
    tcp_raw_stop(&raw);
}

static void does_not_believe_an_mss_of_nothing(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1);
    tcp_app_send(&raw.app, 1000);
    assert_int_equal(tcp_raw_next(&raw).length, 48);
    tcp_raw_stop(&raw);
}

static void opens_from_both_ends_at_once(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    assert_int_equal(tcp_net_open(&p->net, 0, 1000, 2000, &p->client), 0);
    assert_int_equal(tcp_net_open(&p->net, 1, 2000, 1000, &p->server), 0);
    p->client.to_send = p->server.to_send = 5000;
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(tcp_app_state(&p->client), TCP_ESTABLISHED);
    assert_int_equal(tcp_app_state(&p->server), TCP_ESTABLISHED);
    tcp_app_has(&p->client, 2, 5000);
    tcp_app_has(&p->server, 1, 5000);
    tcp_pair_stop(p);
}

/* RFC 9293, 3.5: an answer to an older SYN of ours is reset, and the attempt goes on. */
static void resets_an_acknowledgement_of_what_it_has_not_sent(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_connect(&raw);
    tcp_raw_skip(&raw);
    tcp_raw_send(&raw, FLAG_SYN | FLAG_ACK, 0, 77);
    tcp_raw_expect(&raw, FLAG_RST, 77, 0, 0);
    assert_int_equal(tcp_raw_state(&raw), TCP_SYN_SENT);
    tcp_raw_send(&raw, FLAG_RST, 0, 0); /* anybody may have sent this one */
    assert_int_equal(tcp_raw_state(&raw), TCP_SYN_SENT);
    tcp_raw_send(&raw, FLAG_SYN | FLAG_ACK, 0, 1);
    assert_int_equal(tcp_raw_state(&raw), TCP_ESTABLISHED);
    tcp_raw_stop(&raw);
}

static void takes_data_that_comes_with_the_syn_ack(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_connect(&raw);
    tcp_raw_skip(&raw);
    uint8_t data[10];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = tcp_pattern(2, i);
    struct wire_segment segment = {.source_port = SERVER_PORT,
                                   .destination_port = raw.port,
                                   .seq = raw.peer_iss,
                                   .ack = raw.iss + 1,
                                   .window = 1000,
                                   .flags = FLAG_SYN | FLAG_ACK,
                                   .length = sizeof data};
    tcp_net_inject(&raw.net, 1, &segment, data);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 11, 0);
    tcp_app_has(&raw.app, 2, 10);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(establishes_a_connection_with_three_segments),
        cmocka_unit_test(carries_bytes_both_ways_and_closes),
        cmocka_unit_test(is_refused_by_a_port_where_nobody_listens),
        cmocka_unit_test(survives_the_loss_of_each_segment_of_the_handshake),
        cmocka_unit_test(repeats_its_syn_ever_more_slowly_and_gives_up),
        cmocka_unit_test(takes_three_seconds_as_timeout_after_a_lost_syn),
        cmocka_unit_test(takes_536_bytes_where_the_peer_names_no_mss),
        cmocka_unit_test(does_not_believe_an_mss_of_nothing),
        cmocka_unit_test(opens_from_both_ends_at_once),
        cmocka_unit_test(resets_an_acknowledgement_of_what_it_has_not_sent),
        cmocka_unit_test(takes_data_that_comes_with_the_syn_ack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
