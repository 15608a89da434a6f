/* TCP's options: what a handshake agrees to, window scaling (RFC 7323).
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "host/stack/tcp_options.h"
#include "tests/unit/tcp_raw.h"

static const struct stack_config with_timestamps = {.tcp_timestamps = true};

static void writes_what_it_reads(void **state)
{
    (void)state;
    srand(1);
    for (int i = 0; i < 20000; i++) {
        struct tcp_options in = {.mss = (uint16_t)(rand() % 2 ? rand() : 0)}, out;
        uint8_t bytes[TCP_OPTIONS_MAX_BYTES];
        in.has_scale = rand() % 2;
        in.scale = in.has_scale ? (uint8_t)(rand() % 15) : 0;
        in.sack_permitted = rand() % 2;
        in.has_timestamps = rand() % 2;
        in.ts_value = (uint32_t)rand();
        in.ts_echo = (uint32_t)rand();
        in.sack_count =
            (uint8_t)(in.mss || in.has_scale ? 0 : rand() % (in.has_timestamps ? 4 : 5));
        for (int k = 0; k < in.sack_count; k++)
            in.sacks[k] = (struct tcp_range){(uint32_t)rand(), (uint32_t)rand()};
        size_t len = tcp_options_write(&in, bytes);
        assert_int_equal(len, tcp_options_length(&in));
        assert_int_equal(len % 4, 0);
        uint8_t *copy = malloc(len ? len : 1); /* so that a read past the end is seen */
        memcpy(copy, bytes, len);
        tcp_options_parse(copy, len, &out);
        free(copy);
        assert_int_equal(out.mss, in.mss);
        assert_int_equal(out.has_scale, in.has_scale);
        assert_int_equal(out.scale, in.scale);
        assert_int_equal(out.sack_permitted, in.sack_permitted);
        assert_int_equal(out.has_timestamps, in.has_timestamps);
        assert_int_equal(out.sack_count, in.sack_count);
        if (in.has_timestamps) {
            assert_int_equal(out.ts_value, in.ts_value);
            assert_int_equal(out.ts_echo, in.ts_echo);
        }
        assert_memory_equal(out.sacks, in.sacks, in.sack_count * sizeof in.sacks[0]);
    }
}

/* Lengths that do not fit the option: as if it were not there. */
static void ignores_options_of_the_wrong_length(void **state)
{
    static const uint8_t scale[] = {3, 4, 7, 0}, permitted[] = {4, 3, 0, 0},
                         sack[] = {5, 9, 0, 0, 0, 1, 0, 0, 0, 0}, times[] = {8, 6, 0, 0, 0, 1},
                         no_block[] = {5, 2, 1, 1}, large[] = {3, 3, 15, 0};
    struct tcp_options out;
    (void)state;
    tcp_options_parse(scale, sizeof scale, &out);
    assert_false(out.has_scale);
    tcp_options_parse(permitted, sizeof permitted, &out);
    assert_false(out.sack_permitted);
    tcp_options_parse(sack, sizeof sack, &out);
    assert_int_equal(out.sack_count, 0);
    tcp_options_parse(no_block, sizeof no_block, &out);
    assert_int_equal(out.sack_count, 0);
    tcp_options_parse(times, sizeof times, &out);
    assert_false(out.has_timestamps);
    tcp_options_parse(large, sizeof large, &out);
    assert_int_equal(out.scale, 14); /* RFC 7323, 2.3 */
}

static void a_syn_offers_what_the_configuration_wants(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_connect(&raw);
    struct wire_segment syn = tcp_raw_next(&raw);
    assert_int_equal(syn.mss, 1460);
    assert_true(syn.options.has_scale && syn.options.sack_permitted);
    assert_int_equal(syn.options.scale, 7);
    assert_false(syn.options.has_timestamps);
    tcp_raw_stop(&raw);

    struct stack_config wish = {.tcp_timestamps = true, .tcp_receive_bytes = 1 << 20};
    tcp_raw_start_with(&raw, &wish);
    tcp_raw_connect(&raw);
    syn = tcp_raw_next(&raw);
    assert_int_equal(syn.options.scale, 5); /* 65,535 << 4 is one window short of 1 MiB */
    assert_int_equal(syn.window, 65535);
    assert_true(syn.options.has_timestamps);
    assert_int_equal(syn.options.ts_echo, 0);
    tcp_raw_stop(&raw);
}

static struct wire_options answer_to(const struct wire_options *syn)
{
    struct tcp_raw raw;
    tcp_raw_start_with(&raw, &with_timestamps);
    raw.syn = *syn;
    raw.options =
        (struct wire_options){.has_timestamps = syn->has_timestamps, .ts_value = syn->ts_value};
    tcp_raw_join_listener(&raw, 1000);
    struct wire_options answer = raw.net.segments[0].options;
    tcp_raw_stop(&raw);
    return answer;
}

static void a_syn_ack_offers_only_what_the_syn_did(void **state)
{
    struct wire_options answer, only[] = {{.has_scale = true, .scale = 2},
                                          {.sack_permitted = true},
                                          {.has_timestamps = true, .ts_value = 77}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        answer = answer_to(&only[i]);
        assert_int_equal(answer.has_scale, only[i].has_scale);
        assert_int_equal(answer.sack_permitted, only[i].sack_permitted);
        assert_int_equal(answer.has_timestamps, only[i].has_timestamps);
    }
    assert_int_equal(answer.ts_echo, 77);
}

static void a_peer_without_options_gets_none(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start_with(&raw, &with_timestamps);
    tcp_raw_join(&raw, 1000);
    struct tcp_info info = tcp_app_info(&raw.app);
    assert_false(info.scales || info.sack || info.timestamps);
    tcp_raw_send_data(&raw, FLAG_ACK, 2001, 1, 1000);
    struct wire_segment ack = tcp_raw_next(&raw);
    assert_int_equal(ack.options.sack_count, 0);
    assert_false(ack.options.has_timestamps);
    tcp_raw_stop(&raw);
}

static void the_peers_windows_are_scaled_but_for_its_syns(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    raw.syn = (struct wire_options){.has_scale = true, .scale = 4};
    raw.window = 1000;
    tcp_raw_join(&raw, 1000);
    assert_int_equal(tcp_app_info(&raw.app).snd_wnd, 1000);
    tcp_app_send(&raw.app, 100);
    tcp_raw_send(&raw, FLAG_ACK, 1, 101);
    assert_int_equal(tcp_app_info(&raw.app).snd_wnd, 16000);
    assert_int_equal(tcp_app_info(&raw.app).snd_scale, 4);
    tcp_raw_stop(&raw);
}

/* 100 Mbit/s-like: a megabyte under way needs a scaled window; what is announced never falls short
 * of what was announced before by a full unit. */
static void a_window_of_a_megabyte_is_used(void **state)
{
    enum { BYTES = 8 << 20, BUFFER = 1 << 20, UNIT = 32 };
    struct stack_config wish = {.tcp_send_bytes = BUFFER, .tcp_receive_bytes = BUFFER};
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &wish);
    uint32_t most = 0;
    (void)state;
    p->net.delay_ns = 50 * TCP_MS;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, BYTES);
    for (int i = 0; i < 400; i++) {
        tcp_net_run(&p->net, 10 * TCP_MS);
        struct tcp_info info = tcp_app_info(&p->client);
        most = info.unacked_bytes > most ? info.unacked_bytes : most;
    }
    tcp_app_has(&p->server, 1, BYTES);
    assert_true(most > 900000);
    uint32_t edge = 0;
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

/* What was announced is taken though rounding has made a later window look smaller. */
static void takes_all_that_was_ever_announced(void **state)
{
    enum { BUFFER = 1 << 20, UNIT = 32 };
    struct stack_config wish = {.tcp_receive_bytes = BUFFER};
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start_with(&raw, &wish);
    raw.app.does_not_read = true;
    raw.syn = (struct wire_options){.has_scale = true};
    tcp_raw_join(&raw, 1000);
    uint32_t at = 1, edge = 1 + raw.net.segments[1].window * UNIT;
    while (at < edge) {
        uint32_t len = edge - at < 997 ? edge - at : 997;
        tcp_raw_send_data(&raw, FLAG_ACK, at, 1, len);
        at += len;
    }
    assert_int_equal(tcp_app_info(&raw.app).receive_queue, edge - 1);
    assert_true(edge > 65535 * 15);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(ignores_options_of_the_wrong_length),
        cmocka_unit_test(a_syn_offers_what_the_configuration_wants),
        cmocka_unit_test(a_syn_ack_offers_only_what_the_syn_did),
        cmocka_unit_test(a_peer_without_options_gets_none),
        cmocka_unit_test(the_peers_windows_are_scaled_but_for_its_syns),
        cmocka_unit_test(a_window_of_a_megabyte_is_used),
        cmocka_unit_test(takes_all_that_was_ever_announced),
    };
    return cmocka_run_group_tests_name("tcp_options", tests, NULL, NULL);
}
