/* TCP: what its calls take and refuse, and what ICMP and a lost address mean to a connection.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

#include "host/stack/ip.h"
#include "tests/unit/tcp_raw.h"

static void icmp(struct tcp_raw *raw, int error, bool hard, uint32_t seq, uint16_t mtu)
{
    uint32_t wire_seq = raw->iss + seq;
    uint8_t header[8] = {(uint8_t)(raw->port >> 8),
                         (uint8_t)raw->port,
                         0,
                         SERVER_PORT,
                         (uint8_t)(wire_seq >> 24),
                         (uint8_t)(wire_seq >> 16),
                         (uint8_t)(wire_seq >> 8),
                         (uint8_t)wire_seq};
    struct icmp_error message = {.source = address_v4(0x0a000001),
                                 .destination = address_v4(0x0a000002),
                                 .error = error,
                                 .hard = hard,
                                 .mtu = mtu,
                                 .type = 3,
                                 .payload = header,
                                 .length = sizeof header};
    tcp_icmp_error(raw->net.stations[0].stack, &message, raw->net.now_ns);
}

static void ends_an_attempt_when_a_router_says_unreachable(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_connect(&raw);
    icmp(&raw, -EHOSTUNREACH, false, 5, 0); /* about a segment we never sent */
    assert_int_equal(tcp_raw_state(&raw), TCP_SYN_SENT);
    icmp(&raw, -EHOSTUNREACH, false, 0, 0);
    assert_int_equal(raw.app.error, -EHOSTUNREACH);
    tcp_raw_stop(&raw);
}

static void only_remembers_what_routers_say_once_it_is_established(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_app_send(&raw.app, 100);
    icmp(&raw, -ECONNREFUSED, true, 1, 0);
    assert_int_equal(tcp_raw_state(&raw), TCP_ESTABLISHED);
    tcp_raw_run(&raw, 2000 * TCP_S);
    assert_int_equal(raw.app.error, -ECONNREFUSED); /* better than a timeout */
    tcp_raw_stop(&raw);
}

static void cuts_smaller_when_the_path_gets_narrower(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    tcp_set_nodelay(raw.app.conn, true);
    tcp_app_send(&raw.app, 2000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 1460);
    tcp_raw_skip(&raw);
    uint32_t cwnd = tcp_app_info(&raw.app).cwnd;
    icmp(&raw, -EMSGSIZE, false, 9999, 600); /* a guess */
    tcp_raw_expect_nothing(&raw);
    icmp(&raw, -EMSGSIZE, false, 1, 600);
    for (uint32_t at = 1; at <= 1681; at += 560)
        tcp_raw_expect(&raw, FLAG_ACK, at, 1, at < 1681 ? 560 : 320);
    assert_int_equal(tcp_app_info(&raw.app).cwnd, cwnd);
    tcp_raw_stop(&raw);
}

static void cuts_as_large_as_the_peer_takes_once_the_path_may_be_wider(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1400);
    tcp_app_send(&raw.app, 2800);
    tcp_raw_skip(&raw);
    icmp(&raw, -EMSGSIZE, false, 1, 600);
    tcp_raw_skip(&raw);
    tcp_raw_send(&raw, FLAG_ACK, 1, 2801);
    tcp_paths_widen(raw.net.stations[0].stack, raw.net.now_ns);
    tcp_app_send(&raw.app, 2800);
    tcp_raw_expect(&raw, FLAG_ACK, 2801, 1, 1400);
    tcp_raw_stop(&raw);
}

static void says_what_is_wrong_with_a_call(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    struct stack *stack = p->net.stations[0].stack;
    struct endpoint any = {address_v4(0), 3000}, other = {address_v4(0x0a000063), 3000};
    struct endpoint peer = {address_v4(0x0a000002), 80}, far = {address_v4(0x08080808), 80};
    struct tcp_conn *a, *b;
    (void)state;
    assert_int_equal(tcp_open(stack, &a, NULL, NULL), 0);
    assert_int_equal(tcp_open(stack, &b, NULL, NULL), 0);
    assert_int_equal(tcp_bind(a, &other), -EADDRNOTAVAIL);
    assert_int_equal(tcp_bind(a, &any), 0);
    assert_int_equal(tcp_bind(a, &any), -EINVAL);
    assert_int_equal(tcp_bind(b, &any), -EADDRINUSE);
    assert_int_equal(tcp_connect(b, &far, 0), -ENETUNREACH);
    assert_int_equal(tcp_connect(b, &(struct endpoint){peer.address, 0}, 0), -EINVAL);
    assert_int_equal(tcp_connect(b, &(struct endpoint){address_v4(0xffffffff), 80}, 0),
                     -ENETUNREACH);
    assert_int_equal(tcp_writable(b, (struct iovec[2]){{0}}), -ENOTCONN);
    assert_int_equal(tcp_accept(b, &a), -EAGAIN);
    assert_int_equal(tcp_connect(b, &peer, p->net.now_ns), 0);
    assert_int_equal(tcp_connect(b, &peer, p->net.now_ns), -EISCONN);
    assert_int_equal(tcp_listen(b, 1), -EINVAL);
    tcp_abort(b, p->net.now_ns);
    assert_int_equal(tcp_listen(a, 1), 0);
    assert_int_equal(tcp_connect(a, &peer, p->net.now_ns), -EINVAL);
    tcp_close(a, p->net.now_ns);
    tcp_pair_stop(p);
}

static void opens_no_more_connections_than_it_may(void **state)
{
    struct tcp_pair pair,
        *p = tcp_pair_start_with(&pair, &(struct stack_config){.max_connections = 3});
    struct tcp_conn *conns[3], *more;
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(tcp_open(p->net.stations[0].stack, &conns[i], NULL, NULL), 0);
    assert_int_equal(tcp_open(p->net.stations[0].stack, &more, NULL, NULL), -ENFILE);
    for (int i = 0; i < 3; i++)
        tcp_close(conns[i], p->net.now_ns);
    assert_int_equal(tcp_open(p->net.stations[0].stack, &more, NULL, NULL), 0);
    tcp_close(more, p->net.now_ns);
    tcp_pair_stop(p);
}

/* RFC 6056, algorithm 3: not the same port twice in a row, all from the dynamic range. */
static void chooses_other_ports_each_time(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    bool used[65536] = {false};
    (void)state;
    for (int i = 0; i < 500; i++) {
        tcp_net_connect(&p->net, &p->client);
        uint16_t port = tcp_app_info(&p->client).local.port;
        assert_in_range(port, 49152, 65535);
        assert_false(used[port]);
        used[port] = true;
        tcp_abort(p->client.conn, p->net.now_ns);
        p->client.conn = NULL;
    }
    tcp_pair_stop(p);
}

/* … and the first of all begins where only the secret tells, also on all addresses of both families. */
static void begins_at_another_port_on_each_machine(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    const struct endpoint anywhere = {.port = 0};
    struct tcp_conn *conns[2];
    struct tcp_info info[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tcp_open(p->net.stations[i].stack, &conns[i], NULL, NULL), 0);
        assert_int_equal(tcp_bind(conns[i], &anywhere), 0);
        assert_int_equal(tcp_listen(conns[i], 1), 0);
        tcp_info(conns[i], &info[i]);
        tcp_close(conns[i], p->net.now_ns);
    }
    assert_int_not_equal(info[0].local.port, info[1].local.port);
    tcp_pair_stop(p);
}

static void ends_its_connections_when_the_address_is_lost(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    struct address address = address_v4(0x0a000001);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_address_lost(p->net.stations[0].stack, &address, p->net.now_ns);
    assert_int_equal(p->client.error, -ENETDOWN);
    tcp_pair_stop(p);
}

static void forgets_a_wait_when_it_needs_the_place(void **state)
{
    struct tcp_pair pair;
    struct tcp_pair *p = tcp_pair_start_with(&pair, &(struct stack_config){.max_connections = 2});
    struct tcp_conn *conns[2];
    (void)state;
    p->server.closes_at_end = true;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_set_owner(p->client.conn, NULL, NULL);
    tcp_app_close(&p->client);
    tcp_net_run(&p->net, TCP_S);
    for (int i = 0; i < 2; i++)
        assert_int_equal(tcp_open(p->net.stations[0].stack, &conns[i], NULL, NULL), 0);
    for (int i = 0; i < 2; i++)
        tcp_close(conns[i], p->net.now_ns);
    tcp_pair_stop(p);
}

static void passes_over_a_port_that_is_in_use_with_this_peer(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    struct tcp_app taken = {0};
    (void)state;
    tcp_net_connect(&p->net, &p->client);
    uint16_t port = tcp_app_info(&p->client).local.port;
    uint16_t next = port == 65535 ? 49152 : (uint16_t)(port + 1);
    assert_int_equal(tcp_net_open(&p->net, 0, next, SERVER_PORT, &taken), 0);
    tcp_net_connect(&p->net, &p->server);
    assert_int_not_equal(tcp_app_info(&p->server).local.port, next);
    tcp_app_free(&taken);
    tcp_pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_an_attempt_when_a_router_says_unreachable),
        cmocka_unit_test(only_remembers_what_routers_say_once_it_is_established),
        cmocka_unit_test(cuts_smaller_when_the_path_gets_narrower),
        cmocka_unit_test(cuts_as_large_as_the_peer_takes_once_the_path_may_be_wider),
        cmocka_unit_test(says_what_is_wrong_with_a_call),
        cmocka_unit_test(opens_no_more_connections_than_it_may),
        cmocka_unit_test(chooses_other_ports_each_time),
        cmocka_unit_test(begins_at_another_port_on_each_machine),
        cmocka_unit_test(ends_its_connections_when_the_address_is_lost),
        cmocka_unit_test(forgets_a_wait_when_it_needs_the_place),
        cmocka_unit_test(passes_over_a_port_that_is_in_use_with_this_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
