/* TCP's options: what a handshake agrees to, window scaling, timestamps with PAWS (RFC 7323).
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

#define PEER_CLOCK UINT32_C(0x7fffff00)

static const struct stack_config with_timestamps = {.tcp_timestamps = true};
/* A connection with timestamps; the test's clock stands at PEER_CLOCK. */
static void join_with_timestamps(struct tcp_raw *raw)
{
    tcp_raw_start_with(raw, &with_timestamps);
    raw->syn = raw->options = (struct wire_options){.has_timestamps = true, .ts_value = PEER_CLOCK};
    tcp_raw_join(raw, 1000);
}

static const struct stack_counters *counters(const struct tcp_raw *raw)
{
    return stack_counters(raw->net.stations[raw->station].stack);
}

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

static void every_segment_has_a_timestamp_that_echoes_the_peers(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join_with_timestamps(&raw);
    struct wire_segment syn = raw.net.segments[0], ack = raw.net.segments[1];
    assert_int_equal(ack.options.ts_echo, PEER_CLOCK);
    raw.options.ts_value += 500;
    tcp_raw_run(&raw, 1234 * TCP_MS);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    assert_int_equal(counters(&raw)->tcp_in_predicted, 1);
    tcp_app_send(&raw.app, 988);
    struct wire_segment data = tcp_raw_next(&raw);
    assert_int_equal(data.length, 988); /* RFC 6691: the option takes 12 of the 1000 */
    assert_int_equal(data.options.ts_echo, PEER_CLOCK + 500);
    assert_int_equal(data.options.ts_value - syn.options.ts_value, 1234);
    tcp_raw_stop(&raw);
}

/* RFC 7323, 4.3: two segments whose ACK is delayed: the earlier one's is echoed. */
static void echoes_the_first_of_the_segments_that_it_acknowledges(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join_with_timestamps(&raw);
    raw.options.ts_value += 10;
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 900);
    raw.options.ts_value += 10;
    tcp_raw_send_data(&raw, FLAG_ACK, 901, 1, 900);
    struct wire_segment ack = tcp_raw_next(&raw);
    assert_int_equal(ack.ack, 1801);
    assert_int_equal(ack.options.ts_echo, PEER_CLOCK + 10);
    raw.options.ts_value += 10; /* out of order: not echoed */
    tcp_raw_send_data(&raw, FLAG_ACK, 3001, 1, 900);
    assert_int_equal(tcp_raw_next(&raw).options.ts_echo, PEER_CLOCK + 10);
    tcp_raw_stop(&raw);
}

static void drops_and_acknowledges_a_segment_with_an_old_timestamp(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join_with_timestamps(&raw);
    raw.options.ts_value -= 1;
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_raw_expect(&raw, FLAG_ACK, 1, 1, 0);
    assert_int_equal(raw.app.received_count, 0);
    assert_int_equal(counters(&raw)->tcp_old_timestamps, 1);
    raw.options.ts_value = PEER_CLOCK + 0x1000; /* past the sign's change */
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    assert_int_equal(raw.app.received_count, 1000);
    tcp_raw_stop(&raw);
}

static void drops_a_segment_without_a_timestamp_but_not_a_reset(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join_with_timestamps(&raw);
    raw.options.has_timestamps = false;
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    tcp_raw_expect_nothing(&raw);
    assert_int_equal(raw.app.received_count, 0);
    tcp_raw_send(&raw, FLAG_RST, 1, 0);
    assert_int_equal(tcp_raw_state(&raw), TCP_CLOSED);
    tcp_raw_stop(&raw);
}

/* RFC 7323, 5.5: the peer's clock may have wrapped since. */
static void believes_any_timestamp_after_24_days(void **state)
{
    struct tcp_raw raw;
    (void)state;
    join_with_timestamps(&raw);
    raw.options.ts_value -= 1000;
    tcp_raw_run(&raw, 23ull * 24 * 3600 * TCP_S);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    assert_int_equal(raw.app.received_count, 0);
    tcp_raw_run(&raw, 2ull * 24 * 3600 * TCP_S);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 1000);
    assert_int_equal(raw.app.received_count, 1000);
    tcp_raw_stop(&raw);
}

/* The board copies them into each segment; the payload is 12 bytes shorter. */
static void super_segments_have_timestamps_too(void **state)
{
    struct stack_config wish = {
        .tcp_timestamps = true,
        .device = {.features = DEVICE_CSUM_SEND | DEVICE_TSO4, .max_frame = 65593}};
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &wish);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, 1000000);
    tcp_net_run(&p->net, 10 * TCP_S);
    tcp_app_has(&p->server, 1, 1000000);
    assert_true(p->net.stations[0].supers > 10);
    for (size_t i = 0; i < p->net.count; i++) {
        assert_true(p->net.segments[i].options.has_timestamps);
        assert_true(p->net.segments[i].length <= 1448);
    }
    tcp_pair_stop(p);
}

/* RFC 7323, 4.1: the echo tells which SYN was answered, so Karn's rule and the 3 s of RFC 6298,
 * 5.7 do not apply. */
static void tells_by_timestamps_which_syn_was_answered(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start_with(&raw, &with_timestamps);
    tcp_raw_connect(&raw);
    tcp_raw_run(&raw, 1500 * TCP_MS);
    struct wire_segment first = tcp_raw_next(&raw), again = tcp_raw_next(&raw);
    assert_int_equal(again.flags, FLAG_SYN);
    assert_int_equal(again.options.ts_value - first.options.ts_value, 1000);
    raw.syn = raw.options = (struct wire_options){
        .has_timestamps = true, .ts_value = 1, .ts_echo = first.options.ts_value};
    tcp_raw_send(&raw, FLAG_SYN | FLAG_ACK, 0, 1);
    assert_int_equal(tcp_app_info(&raw.app).srtt_ns, 1500 * TCP_MS);
    assert_true(tcp_app_info(&raw.app).cwnd > 2000);
    tcp_raw_stop(&raw);
}

/* A server that has closed first and waits; the next SYN has this sequence number, relative to the
 * old connection's end, and this timestamp, relative to its last. Returns whether it is answered. */
static bool reuses(int32_t seq, int32_t later, bool old_stamped)
{
    struct tcp_raw raw;
    tcp_raw_start_with(&raw, &with_timestamps);
    raw.syn = raw.options =
        (struct wire_options){.has_timestamps = old_stamped, .ts_value = PEER_CLOCK};
    tcp_raw_join_listener(&raw, 1000);
    tcp_app_close(&raw.app);
    tcp_raw_send(&raw, FLAG_ACK | FLAG_FIN, 1, 2);
    tcp_raw_skip(&raw);
    raw.syn =
        (struct wire_options){.has_timestamps = true, .ts_value = PEER_CLOCK + (uint32_t)later};
    tcp_raw_send(&raw, FLAG_SYN, 2 + (uint32_t)seq, 0);
    struct wire_segment answer = tcp_raw_next(&raw);
    tcp_raw_stop(&raw);
    return answer.flags == (FLAG_SYN | FLAG_ACK);
}

/* RFC 6191, 2. */
static void a_later_timestamp_ends_time_wait(void **state)
{
    (void)state;
    assert_true(reuses(-1000, 1, true));
    assert_true(reuses(1000, 0, true));
    assert_false(reuses(-1000, 0, true));
    assert_false(reuses(1000, -1, true));
    assert_true(reuses(-1000, 0, false));
}

static void other_ends_see_another_clock(void **state)
{
    struct tcp_raw raw;
    struct tcp_app other = {0};
    (void)state;
    tcp_raw_start_with(&raw, &with_timestamps);
    tcp_raw_connect(&raw);
    tcp_net_open(&raw.net, 0, 4000, 81, &other);
    tcp_raw_run(&raw, 0);
    uint32_t first = raw.net.segments[0].options.ts_value;
    uint32_t second = raw.net.segments[1].options.ts_value;
    assert_true(abs((int32_t)(first - second)) > 100000);
    tcp_app_free(&other);
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
        cmocka_unit_test(every_segment_has_a_timestamp_that_echoes_the_peers),
        cmocka_unit_test(echoes_the_first_of_the_segments_that_it_acknowledges),
        cmocka_unit_test(drops_and_acknowledges_a_segment_with_an_old_timestamp),
        cmocka_unit_test(drops_a_segment_without_a_timestamp_but_not_a_reset),
        cmocka_unit_test(believes_any_timestamp_after_24_days),
        cmocka_unit_test(super_segments_have_timestamps_too),
        cmocka_unit_test(tells_by_timestamps_which_syn_was_answered),
        cmocka_unit_test(a_later_timestamp_ends_time_wait),
        cmocka_unit_test(other_ends_see_another_clock),
    };
    return cmocka_run_group_tests_name("tcp_options", tests, NULL, NULL);
}
