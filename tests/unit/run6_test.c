/* Runs of frames over IPv6: carried on by the very next of a transfer, ended by anything else.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/stack_internal.h"
#include "host/stack/tcp_conn.h"
#include "tests/unit/net6_heard.h"

enum { TCP = 6, HEADER = 20, DATA = 1000, FRAME = 54 + HEADER + DATA };

struct stream {
    struct net net;
    struct heard *heard;
    struct tcp_conn *conn;
};

static struct stream stream;

static void ignore(void *user, struct tcp_conn *conn, unsigned events)
{
    (void)user, (void)conn, (void)events;
}

/* A connection to NET6_PEER, port 80; MSS 1440. */
static void start(void)
{
    struct net *net = &stream.net;
    uint8_t answer[24] = {0,    80,   0,    0,    0, 0, 0, 99, 0, 0, 0,         0,
                          0x60, 0x12, 0xff, 0xff, 0, 0, 0, 0,  2, 4, 1440 >> 8, 1440 & 255};
    struct net6_packet packet;

    stream.heard = heard_start(net);
    net->stack->config.device.features = DEVICE_CSUM_RECEIVE;
    assert_int_equal(tcp_open(net->stack, &stream.conn, ignore, NULL), 0);
    assert_int_equal(tcp_connect(stream.conn, &(struct endpoint){NET6_PEER, 80}, net->now_ns), 0);
    assert_true(net6_take(net, &packet));
    memcpy(answer + 2, packet.payload, 2);
    put32(answer + 8, get32(packet.payload + 4) + 1);
    packet = heard_from_peer(net, TCP, answer, sizeof answer);
    net6_in(net, &packet, 16);
    assert_int_equal(stream.conn->state, TCP_ESTABLISHED);
    net_forget(net);
}

static void stop(void)
{
    tcp_abort(stream.conn, stream.net.now_ns);
    heard_stop(&stream.net, stream.heard);
}

/* The next segment's frame, DATA bytes of data. */
static void next_frame(uint8_t frame[FRAME])
{
    uint8_t segment[HEADER + DATA] = {0, 80, [12] = 0x50, 0x10, 0xff, 0xff};
    struct net6_packet packet;

    put16(segment + 2, stream.conn->local.port);
    put32(segment + 4, stream.conn->rcv_nxt);
    put32(segment + 8, stream.conn->snd_una);
    memset(segment + HEADER, 'd', DATA);
    packet = heard_from_peer(&stream.net, TCP, segment, sizeof segment);
    assert_int_equal(net6_build(&packet, 16, frame), FRAME);
}

static void frame_in(uint8_t *frame, size_t len, bool verified)
{
    stream.net.vnet_flags = verified ? VNET_DATA_VALID : 0;
    net_frame_in(&stream.net, frame, len);
    stream.net.vnet_flags = 0;
}

/* A batch whose second frame has begun a run at the latest: the first is looked for in the table where another connection's came
 * before it. */
static const struct run *begin(void)
{
    const struct run *run = &stream.net.stack->run;
    uint8_t frame[FRAME];

    stack_batch_begin(stream.net.stack);
    for (int i = 0; i < 2; i++) {
        next_frame(frame);
        frame_in(frame, FRAME, true);
    }
    assert_non_null(run->conn);
    assert_true(run->v6);
    return run;
}

static void end(void)
{
    stack_batch_end(stream.net.stack, stream.net.now_ns);
    tcp_consume(stream.conn, stream.conn->receive.used, stream.net.now_ns);
}

static void counts_and_delivers_a_run_as_it_does_single_frames(void **state)
{
    const struct stack_counters *counters;
    uint64_t receives, delivers, predicted;
    uint8_t frame[FRAME];
    struct net6_packet ack;

    (void)state;
    start();
    begin();
    counters = stack_counters(stream.net.stack);
    receives = counters->ip_in_receives;
    delivers = counters->ip_in_delivers;
    predicted = counters->tcp_in_predicted;
    for (int i = 0; i < 5; i++) {
        next_frame(frame);
        frame_in(frame, FRAME, true);
        assert_non_null(stream.net.stack->run.conn);
    }
    assert_int_equal(counters->ip_in_receives, receives + 5);
    assert_int_equal(counters->ip_in_delivers, delivers + 5);
    assert_int_equal(counters->tcp_in_predicted, predicted + 5);
    assert_int_equal(stream.conn->receive.used, 7 * DATA);
    uint32_t next = stream.conn->rcv_nxt;
    end();
    assert_true(net6_take(&stream.net, &ack));
    assert_int_equal(get32(ack.payload + 8), next); /* one ACK for all */
    stop();
}

/* What the layers make of a frame with that byte of its headers changed: may it still bring data? */
static bool harmless(size_t at)
{
    return (at >= 6 && at < 12) /* source MAC */ || (at >= 15 && at < 18) /* class and flow */ ||
           at == 21; /* hop limit */
}

static void asks_all_layers_about_a_header_that_differs_in_any_byte(void **state)
{
    uint8_t frame[FRAME];

    (void)state;
    start();
    for (size_t at = 0; at < 58; at++) {
        if (at == 18 || at == 19) /* the payload's length */
            continue;
        const struct run *run = begin();
        uint32_t next = stream.conn->rcv_nxt;

        next_frame(frame);
        frame[at] ^= 0x10;
        frame_in(frame, FRAME, true);
        assert_int_equal(stream.conn->rcv_nxt, harmless(at) ? next + DATA : next);
        if (run->conn)
            assert_int_equal(run->header[at], frame[at]); /* another run */
        end();
        net_forget(&stream.net);
    }
    stop();
}

static void believes_no_length_beyond_the_frame_and_takes_no_padding(void **state)
{
    uint8_t frame[FRAME];
    uint32_t next;

    (void)state;
    start();
    begin();
    next = stream.conn->rcv_nxt;
    next_frame(frame);
    frame_in(frame, FRAME - 1, true);
    assert_int_equal(stream.conn->rcv_nxt, next);
    end();
    begin();
    next = stream.conn->rcv_nxt;
    next_frame(frame);
    put16(frame + 18, HEADER + 1);
    frame_in(frame, FRAME, true);
    assert_int_equal(stream.conn->rcv_nxt, next + 1);
    next_frame(frame);
    put16(frame + 18, 3); /* not even a header */
    frame_in(frame, FRAME, true);
    assert_int_equal(stream.conn->rcv_nxt, next + 1);
    end();
    stop();
}

static void ends_a_run_where_the_board_has_not_verified(void **state)
{
    uint8_t frame[FRAME];

    (void)state;
    start();
    const struct run *run = begin();
    uint32_t next = stream.conn->rcv_nxt;
    next_frame(frame);
    frame[FRAME - 1] ^= 1; /* the sum is wrong now */
    frame_in(frame, FRAME, false);
    assert_null(run->conn);
    assert_int_equal(stream.conn->rcv_nxt, next);
    end();
    stop();
}

static void begins_no_run_behind_an_extension_header(void **state)
{
    uint8_t plain[FRAME], payload[8 + HEADER + DATA] = {TCP, 0, 1, 4};
    struct net6_packet packet;

    (void)state;
    start();
    next_frame(plain);
    memcpy(payload + 8, plain + 54, HEADER + DATA);
    packet = heard_from_peer(&stream.net, 60, payload, sizeof payload);
    stack_batch_begin(stream.net.stack);
    stream.net.vnet_flags = VNET_DATA_VALID;
    net6_in(&stream.net, &packet, NET_NO_CSUM);
    assert_int_equal(stream.conn->receive.used, DATA);
    assert_null(stream.net.stack->run.conn);
    end();
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_delivers_a_run_as_it_does_single_frames),
        cmocka_unit_test(asks_all_layers_about_a_header_that_differs_in_any_byte),
        cmocka_unit_test(believes_no_length_beyond_the_frame_and_takes_no_padding),
        cmocka_unit_test(ends_a_run_where_the_board_has_not_verified),
        cmocka_unit_test(begins_no_run_behind_an_extension_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
