/* TCP: buffers that grow with the path.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/unit/tcp_raw.h"

enum { BEGIN_BYTES = 65535, RECEIVE_MOST = 6 << 20 };

static uint32_t receive_buffer(const struct tcp_app *app)
{
    return tcp_app_info(app).receive_buffer;
}

static uint32_t send_buffer(const struct tcp_app *app)
{
    return tcp_app_info(app).send_buffer;
}

/* A program that writes and reads as fast as TCP lets it, and does not look at the bytes. */
struct flood {
    struct tcp_net *net;
    uint64_t read;
};

static void flood_event(void *user, struct tcp_conn *conn, unsigned events)
{
    struct flood *flood = user;
    struct iovec pieces[2];
    size_t bytes = 0;
    (void)events;
    for (int i = 0, count = tcp_writable(conn, pieces); i < count; i++)
        bytes += pieces[i].iov_len;
    tcp_produce(conn, bytes, flood->net->now_ns);
}

static void drain_event(void *user, struct tcp_conn *conn, unsigned events)
{
    struct flood *flood = user;
    struct iovec pieces[2];
    size_t bytes = 0;
    (void)events;
    for (int i = 0, count = tcp_readable(conn, pieces); i < count; i++)
        bytes += pieces[i].iov_len;
    flood->read += bytes;
    tcp_consume(conn, bytes, flood->net->now_ns);
}

/* Returns how many percent of the line's rate arrive in the tenth of a second after the first 800 ms. */
static unsigned fill_percent(const struct stack_config *wish, uint64_t rate_bps, uint64_t delay_ns)
{
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, wish);
    struct flood from = {.net = &p->net}, to = {.net = &p->net};
    p->net.delay_ns = delay_ns;
    p->net.rate_bps = rate_bps;
    p->net.unlisted = true;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_set_owner(p->client.conn, flood_event, &from);
    tcp_set_owner(p->server.conn, drain_event, &to);
    flood_event(&from, p->client.conn, 0);
    tcp_net_run(&p->net, 800 * TCP_MS);
    uint64_t before = to.read;
    tcp_net_run(&p->net, 100 * TCP_MS);
    unsigned percent = (unsigned)((to.read - before) * 8 * 10 * 100 / rate_bps);
    print_message("%u %% of the line, buffers of %u and %u bytes\n", percent,
                  send_buffer(&p->client), receive_buffer(&p->server));
    tcp_pair_stop(p);
    return percent;
}

/* 5 MB are under way there; without segmentation by the board each segment is sent by itself. Headers, preamble and gap leave
 * 94.9 %. */
static void fills_a_path_of_1_gbit_s_and_40_ms(void **state)
{
    const struct stack_config plain = {0};
    (void)state;
    assert_in_range(fill_percent(&plain, 1000000000, 20 * TCP_MS), 93, 95);
}

static void fills_it_with_timestamps_too(void **state)
{
    const struct stack_config stamped = {.tcp_timestamps = true};
    (void)state;
    assert_in_range(fill_percent(&stamped, 1000000000, 20 * TCP_MS), 92, 95);
}

/* What the buffers are for: as large as they begin they hold 1.3 % of that. */
static void buffers_that_may_not_grow_do_not_fill_it(void **state)
{
    const struct stack_config fixed = {.tcp_send_bytes = BEGIN_BYTES,
                                       .tcp_receive_bytes = BEGIN_BYTES};
    (void)state;
    assert_in_range(fill_percent(&fixed, 1000000000, 20 * TCP_MS), 0, 2);
}

/* The program reads so much each 10 ms of what could come without a bound. */
static void read_slowly(size_t bytes)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    p->server.does_not_read = true;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, 4 << 20);
    tcp_net_run(&p->net, 200 * TCP_MS);
    for (int i = 0; i < 100; i++) {
        tcp_app_read(&p->server, bytes);
        tcp_net_run(&p->net, 10 * TCP_MS);
    }
    tcp_app_has(&p->server, 1, p->server.received_count);
    assert_int_equal(p->server.received_count, 100 * bytes);
    assert_int_equal(receive_buffer(&p->server), BEGIN_BYTES);
    assert_in_range(tcp_app_info(&p->client).unacked_bytes, 0, BEGIN_BYTES);
    tcp_pair_stop(p);
}

static void a_slow_reader_does_not_make_it_grow(void **state)
{
    (void)state;
    read_slowly(5000);
    read_slowly(15000);
}

static void a_reader_that_stops_gets_no_more_than_it_was_promised(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, 4 << 20);
    while (p->server.received_count < 1 << 20)
        tcp_net_run(&p->net, TCP_MS);
    p->server.does_not_read = true;
    uint32_t size = receive_buffer(&p->server);
    assert_in_range(size, 2 * BEGIN_BYTES, RECEIVE_MOST);
    tcp_net_run(&p->net, 10 * TCP_S);
    assert_int_equal(receive_buffer(&p->server), size);
    assert_in_range(tcp_app_info(&p->server).receive_queue, 1, size);
    tcp_app_read(&p->server, SIZE_MAX);
    p->server.does_not_read = false;
    tcp_net_settle(&p->net, 100 * TCP_S);
    tcp_app_has(&p->server, 1, 4 << 20);
    tcp_pair_stop(p);
}

static void a_buffer_that_the_program_has_set_stays(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_listen(&p->net, &p->server, 8);
    assert_int_equal(tcp_set_buffers(p->net.stations[1].listener, 0, 100000), 0);
    p->client.net = &p->net;
    tcp_net_connect(&p->net, &p->client);
    tcp_net_run(&p->net, TCP_S);
    tcp_app_send(&p->client, 4 << 20);
    tcp_net_settle(&p->net, 100 * TCP_S);
    tcp_app_has(&p->server, 1, 4 << 20);
    assert_int_equal(receive_buffer(&p->server), 100000);
    assert_int_equal(tcp_app_info(&p->server).rcv_scale, 1);
    tcp_pair_stop(p);
}

/* The scale is chosen with the SYN, for the largest window that may come. */
static void a_syn_scales_for_the_largest_buffer(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    assert_int_equal(p->net.segments[0].options.scale, 7); /* 65,535 << 6 are 4 MiB less 64 */
    assert_int_equal(p->net.segments[0].window, 65535);
    tcp_pair_stop(p);
}

static void without_scaling_the_receive_buffer_stays(void **state)
{
    struct tcp_raw raw;
    uint32_t at = 1;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000); /* its SYN has no such option */
    for (int i = 0; i < 4000; i++, at += 1000) {
        tcp_raw_send_data(&raw, FLAG_ACK, at, 1, 1000);
        tcp_raw_run(&raw, TCP_MS / 10);
    }
    assert_int_equal(receive_buffer(&raw.app), BEGIN_BYTES);
    tcp_raw_stop(&raw);
}

/* Every byte is looked at: those that lie behind a gap move with the buffer. */
static void brings_every_byte_while_buffers_grow(void **state)
{
    enum { BYTES = 3 << 20 };
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct tcp_pair pair, *p = tcp_pair_start(&pair);
        p->net.seed = seed;
        p->net.loss = seed == 1 ? 0 : 1;
        p->net.reorder = seed > 2 ? 20 : 0;
        p->net.reorder_ns = 5 * TCP_MS;
        tcp_net_join(&p->net, &p->client, &p->server);
        tcp_app_send(&p->client, BYTES);
        tcp_net_settle(&p->net, 100 * TCP_S);
        tcp_app_has(&p->server, 1, BYTES);
        assert_in_range(receive_buffer(&p->server), 2 * BEGIN_BYTES, RECEIVE_MOST);
        tcp_pair_stop(p);
    }
}

/* RFC 9293, 3.8.6: what was once promised stays promised, but for what the header cannot express. */
static void the_windows_edge_never_moves_back(void **state)
{
    enum { UNIT = 128 };
    struct tcp_pair pair, *p = tcp_pair_start(&pair);
    uint32_t edge = 0;
    (void)state;
    p->net.loss = 2;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, 3 << 20);
    tcp_net_settle(&p->net, 100 * TCP_S);
    tcp_app_has(&p->server, 1, 3 << 20);
    for (size_t i = 0; i < p->net.count; i++) {
        const struct wire_segment *s = &p->net.segments[i];
        if (s->from == 0 || s->flags & FLAG_SYN)
            continue;
        uint32_t next = s->ack + s->window * UNIT;
        assert_true(!edge || (int32_t)(next - edge) > -UNIT);
        edge = next;
    }
    tcp_pair_stop(p);
}

static void all_buffers_together_grow_no_more_than_the_configuration_allows(void **state)
{
    const struct stack_config wish = {.tcp_growth_bytes = 3 * BEGIN_BYTES};
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &wish);
    struct tcp_app client = {.salt = 3}, server = {.salt = 4};
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, 2 << 20);
    tcp_net_run(&p->net, TCP_S);
    assert_int_equal(receive_buffer(&p->server), 4 * BEGIN_BYTES);
    assert_int_equal(send_buffer(&p->client), 4 * BEGIN_BYTES);
    tcp_net_join(&p->net, &client, &server);
    tcp_app_send(&client, 2 << 20);
    tcp_net_run(&p->net, 10 * TCP_S);
    assert_int_equal(receive_buffer(&server), BEGIN_BYTES); /* nothing is left for it, */
    tcp_app_close(&p->client);
    tcp_app_close(&p->server);
    tcp_net_run(&p->net, TCP_S);
    tcp_app_send(&client, 2 << 20);
    tcp_net_run(&p->net, 10 * TCP_S);
    assert_int_equal(receive_buffer(&server), 4 * BEGIN_BYTES); /* until others end */
    tcp_app_has(&server, 3, 4 << 20);
    tcp_app_close(&client);
    tcp_app_close(&server);
    tcp_app_free(&client);
    tcp_app_free(&server);
    tcp_pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_a_path_of_1_gbit_s_and_40_ms),
        cmocka_unit_test(fills_it_with_timestamps_too),
        cmocka_unit_test(buffers_that_may_not_grow_do_not_fill_it),
        cmocka_unit_test(a_slow_reader_does_not_make_it_grow),
        cmocka_unit_test(a_reader_that_stops_gets_no_more_than_it_was_promised),
        cmocka_unit_test(a_buffer_that_the_program_has_set_stays),
        cmocka_unit_test(a_syn_scales_for_the_largest_buffer),
        cmocka_unit_test(without_scaling_the_receive_buffer_stays),
        cmocka_unit_test(brings_every_byte_while_buffers_grow),
        cmocka_unit_test(the_windows_edge_never_moves_back),
        cmocka_unit_test(all_buffers_together_grow_no_more_than_the_configuration_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
