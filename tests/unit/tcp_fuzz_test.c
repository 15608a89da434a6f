/* TCP: hostile segments in every state. Nothing may crash, hang or be believed that cannot be true.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

#include "host/stack/ip.h"
#include "tests/unit/tcp_raw.h"

enum { ROUNDS = 60, SEGMENTS = 150 };

/* Takes the connection to a state, for fuzzing to begin there. */
static void reach_listen(struct tcp_raw *raw)
{
    raw->station = 1;
    raw->port = 5000;
    tcp_net_listen(&raw->net, &raw->app, 4);
}

static void reach_established(struct tcp_raw *raw)
{
    tcp_raw_join(raw, 1000);
    tcp_app_send(&raw->app, 8000);
}

static void reach_fin_wait_1(struct tcp_raw *raw)
{
    reach_established(raw);
    tcp_shutdown(raw->app.conn, raw->net.now_ns);
}

static void reach_fin_wait_2(struct tcp_raw *raw)
{
    reach_fin_wait_1(raw);
    tcp_raw_send(raw, FLAG_ACK, 1, 8002);
}

static void reach_close_wait(struct tcp_raw *raw)
{
    reach_established(raw);
    tcp_raw_send(raw, FLAG_FIN | FLAG_ACK, 1, 1);
}

static void reach_closing(struct tcp_raw *raw)
{
    reach_fin_wait_1(raw);
    tcp_raw_send(raw, FLAG_FIN | FLAG_ACK, 1, 1);
}

static void reach_last_ack(struct tcp_raw *raw)
{
    reach_close_wait(raw);
    tcp_shutdown(raw->app.conn, raw->net.now_ns);
}

static void reach_time_wait(struct tcp_raw *raw)
{
    reach_fin_wait_2(raw);
    tcp_raw_send(raw, FLAG_FIN | FLAG_ACK, 1, 8002);
}

static void reach_orphan(struct tcp_raw *raw)
{
    reach_established(raw);
    tcp_app_close(&raw->app);
}

static void (*const reach[])(struct tcp_raw *) = {
    tcp_raw_connect,  reach_listen,  reach_established, reach_fin_wait_1, reach_fin_wait_2,
    reach_close_wait, reach_closing, reach_last_ack,    reach_time_wait,  reach_orphan,
};

/* A number near one that matters, or any. */
static uint32_t near(uint64_t chance, uint32_t value)
{
    switch (chance % 8) {
    case 0: return (uint32_t)(chance >> 8);
    case 1: return value + (uint32_t)(chance >> 8) % 70000;
    case 2: return value - (uint32_t)(chance >> 8) % 70000;
    case 3: return value + 65535;
    default: return value + (uint32_t)(chance >> 8) % 5 - 2;
    }
}

static void hostile_segment(struct tcp_raw *raw)
{
    uint8_t data[1500] = {0};
    struct tcp_net *net = &raw->net;
    uint64_t chance = tcp_net_random(net);
    const struct wire_segment *last = net->count ? &net->segments[net->count - 1] : NULL;
    struct wire_segment segment = {
        .source_port = raw->station ? raw->port : SERVER_PORT,
        .destination_port = raw->station ? SERVER_PORT : raw->port,
        .seq = near(tcp_net_random(net), last ? last->ack : raw->peer_iss),
        .ack = near(tcp_net_random(net), last ? last->seq + last->length : raw->iss),
        .window = (uint32_t)(chance % 4 ? chance >> 8 & 0xffff : 0),
        .flags = (uint8_t)(chance >> 24 & 63),
        .mss = (uint16_t)(chance >> 32 & 1 ? chance >> 40 : 0),
        .length = chance >> 33 & 1 ? (uint32_t)(chance >> 34) % 1400 : 0,
    };
    if (chance >> 60 != 0)
        segment.flags &= (uint8_t)~FLAG_RST; /* else every connection dies young */
    if (chance >> 56 & 3)
        segment.flags |= FLAG_ACK;
    tcp_net_inject(net, !raw->station, &segment, data);
}

static void app_lives(struct tcp_raw *raw)
{
    if (!raw->app.conn)
        return;
    struct tcp_info info = tcp_app_info(&raw->app);
    assert_true(info.receive_queue <= 65535);
    assert_true(info.send_queue <= 65535);
    assert_true(info.mss >= 48);
    if (info.state >= TCP_ESTABLISHED)
        assert_true(info.cwnd >= 1);
}

static void survives_hostile_segments_in_every_state(void **state)
{
    (void)state;
    for (size_t where = 0; where < sizeof reach / sizeof reach[0]; where++) {
        for (uint64_t round = 1; round <= ROUNDS; round++) {
            struct tcp_raw raw;
            tcp_raw_start(&raw);
            raw.net.seed = round * 1000 + where;
            raw.app.does_not_read = round % 3 == 0;
            reach[where](&raw);
            for (int i = 0; i < SEGMENTS; i++) {
                hostile_segment(&raw);
                tcp_net_run(&raw.net, tcp_net_random(&raw.net) % (i % 10 ? TCP_MS : TCP_S));
                app_lives(&raw);
            }
            tcp_net_settle(&raw.net, 200 * TCP_S);
            tcp_raw_stop(&raw);
        }
    }
}

static void survives_bytes_that_are_no_segment(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    for (int i = 0; i < 200000; i++) {
        size_t length = tcp_net_random(&raw.net) % 80;
        uint8_t *bytes = malloc(length ? length : 1);
        for (size_t k = 0; k < length; k++)
            bytes[k] = (uint8_t)tcp_net_random(&raw.net);
        if (length > 4 && i % 2) {
            bytes[0] = 0;
            bytes[1] = SERVER_PORT;
            bytes[2] = (uint8_t)(raw.port >> 8);
            bytes[3] = (uint8_t)raw.port;
        }
        struct ip_input in = {.source = address_v4(0x0a000002),
                              .destination = address_v4(0x0a000001),
                              .protocol = PROTOCOL_TCP,
                              .checksum_verified = i % 8 != 0,
                              .payload = bytes,
                              .length = length};
        tcp_input(raw.net.stations[0].stack, &in, raw.net.now_ns);
        free(bytes);
    }
    tcp_raw_stop(&raw);
}

static void survives_icmp_errors_about_anything(void **state)
{
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1460);
    for (int i = 0; i < 20000; i++) {
        uint32_t seq = raw.iss + (uint32_t)(tcp_net_random(&raw.net) % 4000);
        uint8_t bytes[8] = {(uint8_t)(raw.port >> 8),
                            (uint8_t)raw.port,
                            0,
                            SERVER_PORT,
                            (uint8_t)(seq >> 24),
                            (uint8_t)(seq >> 16),
                            (uint8_t)(seq >> 8),
                            (uint8_t)seq};
        struct icmp_error error = {.source = address_v4(0x0a000001),
                                   .destination = address_v4(0x0a000002),
                                   .error = -(int)(tcp_net_random(&raw.net) % 120),
                                   .hard = i % 2,
                                   .payload = bytes,
                                   .mtu = (uint16_t)tcp_net_random(&raw.net),
                                   .length = tcp_net_random(&raw.net) % 9};
        if (i % 50 == 0)
            tcp_app_send(&raw.app, 100);
        if (i % 3 == 0)
            error.error = -90; /* EMSGSIZE */
        tcp_icmp_error(raw.net.stations[0].stack, &error, raw.net.now_ns);
        assert_true(tcp_app_info(&raw.app).mss >= 48);
    }
    assert_int_equal(tcp_raw_state(&raw), TCP_ESTABLISHED);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_hostile_segments_in_every_state),
        cmocka_unit_test(survives_bytes_that_are_no_segment),
        cmocka_unit_test(survives_icmp_errors_about_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
