/* TCP: connecting, sending both ways, closing.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/unit/tcp_net.h"

struct pair {
    struct tcp_net net;
    struct tcp_app client, server;
};

static struct pair *pair_start(struct pair *pair)
{
    memset(pair, 0, sizeof *pair);
    tcp_net_start(&pair->net);
    pair->client.salt = 1;
    pair->server.salt = 2;
    return pair;
}

static void pair_stop(struct pair *pair)
{
    tcp_app_free(&pair->client);
    tcp_app_free(&pair->server);
    tcp_net_stop(&pair->net);
}

static void establishes_a_connection_with_three_segments(void **state)
{
    struct pair pair, *p = pair_start(&pair);
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
    pair_stop(p);
}

static void carries_bytes_both_ways_and_closes(void **state)
{
    struct pair pair, *p = pair_start(&pair);
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
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(establishes_a_connection_with_three_segments),
        cmocka_unit_test(carries_bytes_both_ways_and_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
