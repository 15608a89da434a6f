/* TCP: listening, the two queues of a listener, and accepting.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

#include "tests/unit/tcp_raw.h"

static struct wire_segment from_client(uint16_t port, uint8_t flags, uint32_t seq, uint32_t ack)
{
    return (struct wire_segment){.source_port = port,
                                 .destination_port = SERVER_PORT,
                                 .flags = flags,
                                 .seq = seq,
                                 .ack = ack,
                                 .window = 1000};
}

static void inject(struct tcp_net *net, struct wire_segment segment)
{
    tcp_net_inject(net, 0, &segment, NULL);
    tcp_net_run(net, 0);
}

static void accepts_what_a_peer_opens(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.app.to_send = 100;
    tcp_raw_join_listener(&raw, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 100);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 101, 50);
    tcp_app_has(&raw.app, 2, 50);
    assert_int_equal(tcp_app_info(&raw.app).local.port, SERVER_PORT);
    assert_int_equal(tcp_app_info(&raw.app).remote.port, 5000);
    tcp_raw_stop(&raw);
}

static void gives_its_congestion_control_to_those_it_accepts(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_net_listen(&raw.net, &raw.app, 8);
    struct tcp_conn *listener = raw.net.stations[1].listener;
    assert_int_equal(tcp_set_congestion(listener, "reno"), -ENOENT);
    assert_int_equal(tcp_set_congestion(listener, "vegas"), 0);
    tcp_raw_join_listener(&raw, 1000);
    assert_string_equal(tcp_app_info(&raw.app).congestion, "vegas");
    assert_int_equal(tcp_set_congestion(raw.app.conn, "bic"), 0); /* under way: cwnd stays */
    assert_string_equal(tcp_app_info(&raw.app).congestion, "bic");
    assert_int_equal(tcp_app_info(&raw.app).cwnd, 10000);
    tcp_raw_stop(&raw);
}

/* Data that came before tcp_accept is announced after it. */
static void tells_a_late_owner_what_has_come_so_far(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_listen(&p->net, NULL, 8);
    tcp_net_connect(&p->net, &p->client);
    p->client.to_send = 1000;
    p->client.shuts_down = true;
    tcp_net_run(&p->net, TCP_S);
    struct tcp_info info;
    tcp_info(p->net.stations[1].listener, &info);
    assert_int_equal(info.receive_queue, 1);
    assert_int_equal(info.backlog, 8);
    tcp_net_accept(&p->net, &p->server);
    tcp_net_run(&p->net, TCP_S);
    tcp_app_has(&p->server, 1, 1000);
    assert_true(p->server.events & TCP_EVENT_END);
    tcp_pair_stop(p);
}

static void leaves_a_client_waiting_while_its_backlog_is_full(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    struct tcp_app clients[3] = {{0}}, servers[3] = {{0}};
    (void)state;
    tcp_net_listen(&p->net, NULL, 2);
    for (int i = 0; i < 3; i++) {
        tcp_net_connect(&p->net, &clients[i]);
        tcp_net_run(&p->net, 100 * TCP_MS);
    }
    assert_int_equal(tcp_app_state(&clients[1]), TCP_ESTABLISHED);
    assert_int_equal(tcp_app_state(&clients[2]), TCP_SYN_SENT);
    assert_int_equal(stack_counters(p->net.stations[1].stack)->tcp_listen_overflows, 1);
    for (int i = 0; i < 2; i++)
        tcp_net_accept(&p->net, &servers[i]);
    tcp_net_run(&p->net, 2 * TCP_S); /* its SYN comes again */
    assert_int_equal(tcp_app_state(&clients[2]), TCP_ESTABLISHED);
    tcp_net_accept(&p->net, &servers[2]);
    for (int i = 0; i < 3; i++) {
        tcp_app_free(&clients[i]);
        tcp_app_free(&servers[i]);
    }
    tcp_pair_stop(p);
}

static void keeps_a_bounded_number_half_open(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_listen(&p->net, NULL, 4);
    for (uint16_t port = 1; port <= 1000; port++)
        inject(&p->net, from_client(port, FLAG_SYN, port, 0));
    assert_int_equal(tcp_net_count(&p->net, 1, FLAG_SYN | FLAG_ACK, -1), 1000);
    assert_int_equal(stack_counters(p->net.stations[1].stack)->tcp_cookies_sent, 984);
    p->net.loses = NULL;
    tcp_net_run(&p->net, 100 * TCP_S); /* the client's stack resets them */
    tcp_net_connect(&p->net, &p->client);
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(tcp_app_state(&p->client), TCP_ESTABLISHED);
    tcp_pair_stop(p);
}

static bool loses_all(void *user, const struct wire_segment *segment)
{
    (void)user, (void)segment;
    return true;
}

static void repeats_its_syn_ack_and_forgets_a_silent_peer(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    p->net.loses = loses_all;
    tcp_net_listen(&p->net, NULL, 4);
    inject(&p->net, from_client(7, FLAG_SYN, 100, 0));
    inject(&p->net, from_client(7, FLAG_SYN, 100, 0)); /* the SYN again: at once */
    assert_int_equal(tcp_net_count(&p->net, 1, FLAG_SYN | FLAG_ACK, -1), 2);
    tcp_net_run(&p->net, 100 * TCP_S);
    assert_int_equal(tcp_net_count(&p->net, 1, FLAG_SYN | FLAG_ACK, -1), 7);
    size_t before = p->net.count;
    inject(&p->net, from_client(7, FLAG_ACK, 101, p->net.segments[0].seq + 1));
    assert_int_equal(p->net.segments[before].flags, FLAG_RST); /* forgotten */
    tcp_pair_stop(p);
}

static void refuses_an_ack_to_a_listener_and_in_the_handshake(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    p->net.loses = loses_all;
    tcp_net_listen(&p->net, NULL, 4);
    inject(&p->net, from_client(7, FLAG_ACK, 100, 55));
    assert_int_equal(p->net.segments[0].flags, FLAG_RST);
    assert_int_equal(p->net.segments[0].seq, 55);
    inject(&p->net, from_client(7, FLAG_RST, 100, 0));
    inject(&p->net, from_client(7, FLAG_FIN, 100, 0));
    assert_int_equal(p->net.count, 1);
    inject(&p->net, from_client(7, FLAG_SYN, 100, 0));
    inject(&p->net, from_client(7, FLAG_ACK, 101, p->net.segments[1].seq + 2));
    assert_int_equal(p->net.segments[2].flags, FLAG_RST);
    inject(&p->net, from_client(7, FLAG_RST, 101, 0));
    inject(&p->net, from_client(7, FLAG_ACK, 101, p->net.segments[1].seq + 1));
    assert_int_equal(p->net.segments[3].flags, FLAG_RST); /* the first RST has ended it */
    tcp_pair_stop(p);
}

static void resets_whoever_waits_when_the_listener_is_closed(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_listen(&p->net, NULL, 8);
    tcp_net_connect(&p->net, &p->client);
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(tcp_app_state(&p->client), TCP_ESTABLISHED);
    tcp_close(p->net.stations[1].listener, p->net.now_ns);
    p->net.stations[1].listener = NULL;
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(p->client.error, -ECONNRESET);
    tcp_pair_stop(p);
}

static void forgets_a_connection_that_ends_before_it_is_accepted(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    struct tcp_conn *conn;
    (void)state;
    tcp_net_listen(&p->net, NULL, 8);
    tcp_net_connect(&p->net, &p->client);
    tcp_net_run(&p->net, TCP_S);
    tcp_abort(p->client.conn, p->net.now_ns);
    p->client.conn = NULL;
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(tcp_accept(p->net.stations[1].listener, &conn), -EAGAIN);
    tcp_pair_stop(p);
}

struct count {
    int listening, others;
};

static void count_one(void *user, struct tcp_conn *conn)
{
    struct count *count = user;
    struct tcp_info info;
    tcp_info(conn, &info);
    if (info.state == TCP_LISTEN)
        count->listening++;
    else
        count->others++;
}

static void serves_many_at_once(void **state)
{
    enum { MANY = 200 };
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    static struct tcp_app clients[MANY], servers[MANY];
    struct count count = {0};
    (void)state;
    p->net.loss = 20;
    for (int i = 0; i < MANY; i++) {
        clients[i] = (struct tcp_app){.salt = (uint8_t)i, .to_send = 2000, .shuts_down = true};
        servers[i] = (struct tcp_app){.salt = 9, .to_send = 5000, .shuts_down = true};
        tcp_net_listen(&p->net, &servers[i], 8);
        tcp_net_connect(&p->net, &clients[i]);
        while (!servers[i].conn)
            tcp_net_run(&p->net, 10 * TCP_MS);
    }
    tcp_net_run(&p->net, 50 * TCP_S);
    for (int i = 0; i < MANY; i++) {
        tcp_app_has(&clients[i], 9, 5000);
        tcp_app_has(&servers[i], (uint8_t)i, 2000);
    }
    tcp_each(p->net.stations[1].stack, count_one, &count);
    assert_int_equal(count.listening, 1);
    assert_int_equal(count.others, MANY);
    for (int i = 0; i < MANY; i++) {
        tcp_app_free(&clients[i]);
        tcp_app_free(&servers[i]);
    }
    tcp_pair_stop(p);
}

/* More may be half open than the backlog takes: the rest waits in its handshake. */
static void takes_no_more_than_the_backlog_out_of_the_handshake(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    p->net.loses = loses_all;
    tcp_net_listen(&p->net, NULL, 1);
    for (uint16_t port = 1; port <= 2; port++)
        inject(&p->net, from_client(port, FLAG_SYN, 100, 0));
    for (uint16_t port = 1; port <= 2; port++)
        inject(&p->net, from_client(port, FLAG_ACK, 101, p->net.segments[port - 1].seq + 1));
    assert_int_equal(stack_counters(p->net.stations[1].stack)->tcp_listen_overflows, 1);
    tcp_net_accept(&p->net, &p->server);
    tcp_net_run(&p->net, 2 * TCP_S);
    assert_int_equal(p->net.segments[p->net.count - 1].flags, FLAG_SYN | FLAG_ACK);
    inject(&p->net, from_client(2, FLAG_ACK, 101, p->net.segments[1].seq + 1));
    tcp_net_accept(&p->net, &p->client);
    tcp_pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_a_peer_opens),
        cmocka_unit_test(gives_its_congestion_control_to_those_it_accepts),
        cmocka_unit_test(tells_a_late_owner_what_has_come_so_far),
        cmocka_unit_test(leaves_a_client_waiting_while_its_backlog_is_full),
        cmocka_unit_test(keeps_a_bounded_number_half_open),
        cmocka_unit_test(repeats_its_syn_ack_and_forgets_a_silent_peer),
        cmocka_unit_test(refuses_an_ack_to_a_listener_and_in_the_handshake),
        cmocka_unit_test(resets_whoever_waits_when_the_listener_is_closed),
        cmocka_unit_test(forgets_a_connection_that_ends_before_it_is_accepted),
        cmocka_unit_test(serves_many_at_once),
        cmocka_unit_test(takes_no_more_than_the_backlog_out_of_the_handshake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
