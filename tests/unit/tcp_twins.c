/* Two equal stacks. See tcp_twins.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/tcp_twins.h"

enum { HEADERS = 34, LONGEST = 65535 };

struct options {
    uint8_t bytes[20];
    size_t len;
};

static void put(uint8_t *at, size_t bytes, uint32_t value)
{
    while (bytes--) {
        at[bytes] = (uint8_t)value;
        value >>= 8;
    }
}

static uint32_t words(const uint8_t *bytes, size_t len)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
    return sum;
}

/* The TCP sum of a segment in frame, by code of the test's own. */
static void sum_segment(const uint8_t *frame, uint8_t *segment, size_t len, uint16_t spoil)
{
    uint32_t pseudo = words(frame + 26, 8) + PROTOCOL_TCP + (uint32_t)len;
    put(segment + 16, 2, 0);
    put(segment + 16, 2, (uint16_t)(net_sum(pseudo, segment, len) + spoil));
}

/* Returns the segment's length. */
static size_t write_segment(uint8_t *header, const struct twin_segment *segment,
                            const struct options *options)
{
    size_t data = 20 + options->len;
    put(header, 2, segment->source_port);
    put(header + 2, 2, segment->destination_port);
    put(header + 4, 4, segment->seq);
    put(header + 8, 4, segment->ack);
    header[12] = (uint8_t)((segment->offset + options->len / 4) << 4);
    header[13] = segment->flags;
    put(header + 14, 2, segment->window);
    put(header + 18, 2, 0);
    memcpy(header + 20, options->bytes, options->len);
    for (uint32_t i = 0; i < segment->length; i++)
        header[data + i] = (uint8_t)(segment->salt + i * 7 + i / 251);
    return data + segment->length;
}

/* What means nothing more to one twin than to the other, though it is not what prediction knows. */
static struct options options_of(const struct tcp_twins *twins, const struct twin_segment *segment,
                                 int which)
{
    struct options options = {{1, 1, 1, 1}, 0};
    /* A fragment's length must be a multiple of 8 for both; a header that lies must lie to both. */
    bool differ = which == 1 && segment->offset == 5 && !(segment->fragment & 0x3fff);
    if (twins->timestamps && !segment->bare) {
        uint8_t *option = options.bytes + (differ ? 0 : 2);
        memset(options.bytes, 1, 12);
        option[0] = 8;
        option[1] = 10;
        put(option + 2, 4, segment->tsval);
        put(option + 6, 4, segment->tsecr);
        options.len = 12;
    } else if (differ) {
        options.len = 4;
    }
    return options;
}

static void twin_segment(struct twin *twin, const struct twin_segment *segment,
                         const struct options *options)
{
    static uint8_t frame[HEADERS + LONGEST + 100];
    uint8_t *header = frame + HEADERS + (segment->ip_options ? 4 : 0);
    size_t len = write_segment(header, segment, options), ip = (size_t)(header - frame) - HEADERS;
    net_headers(frame, segment->source, NET_ADDRESS, PROTOCOL_TCP, ip + len);
    if (segment->broadcast_mac)
        memset(frame, 0xff, 6);
    if (segment->ip_options) {
        frame[14] = 0x46;
        memset(frame + HEADERS, 1, 4);
    }
    put(frame + 20, 2, segment->fragment);
    net_header_sum(frame);
    sum_segment(frame, header, len, segment->spoil);
    twin->net.vnet_flags = segment->verified ? VNET_DATA_VALID : 0;
    net_frame_in(&twin->net, frame,
                 segment->cut ? segment->cut : HEADERS + ip + len + segment->padding);
}

void tcp_twins_segment(struct tcp_twins *twins, const struct twin_segment *segment)
{
    for (int i = 0; i < 2; i++) {
        struct options options = options_of(twins, segment, i);
        twin_segment(&twins->twin[i], segment, &options);
    }
}

static void twin_event(void *user, struct tcp_conn *conn, unsigned events)
{
    struct twin *twin = user;
    assert_true(twin->event_count < TWIN_EVENTS);
    twin->events[twin->event_count++] = (uint8_t)events;
    if (events & TCP_EVENT_GONE)
        twin->conn = NULL;
    if (events & TCP_EVENT_ACCEPT) {
        assert_int_equal(tcp_accept(conn, &twin->conn), 0);
        tcp_set_owner(twin->conn, twin_event, twin);
    }
}

static void twin_start(struct twin *twin, bool timestamps, uint32_t features,
                       uint32_t receive_bytes)
{
    const struct endpoint local = {address_v4(NET_ADDRESS), TWIN_PORT};
    struct stack_config config = net_config(&twin->net);
    config.device.features = features;
    config.tcp_receive_bytes = receive_bytes;
    config.tcp_timestamps = timestamps;
    config.skip_probing = true;
    net_start_with(&twin->net, &config);
    net_run(&twin->net, 20 * NET_S); /* announcements */
    net_forget(&twin->net);
    twin->net.answer_arp = true;
    assert_int_equal(tcp_open(twin->net.stack, &twin->listener, twin_event, twin), 0);
    assert_int_equal(tcp_bind(twin->listener, &local), 0);
    assert_int_equal(tcp_listen(twin->listener, 4), 0);
}

/* MSS 1460; then SACK, timestamps and a scale of 2 (RFC 2018, 7323). */
static const struct options SYN_OPTIONS = {
    {2, 4, 1460 >> 8, 1460 & 0xff, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 2}, 20};

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void twin_join(const struct tcp_twins *twins, int which, uint32_t peer_iss)
{
    struct twin *twin = (struct twin *)&twins->twin[which];
    struct options options = SYN_OPTIONS;
    struct twin_segment syn = {
        .source = NET_PEER,
        .source_port = TWIN_PEER_PORT,
        .destination_port = TWIN_PORT,
        .seq = peer_iss,
        .window = 65535,
        .tsval = 1,
        .flags = TCP_SYN,
        .offset = 5,
    };
    struct net_packet answer;
    options.len = twins->timestamps ? 20 : 4;
    twin_segment(twin, &syn, &options);
    net_run(&twin->net, 0);
    assert_true(net_take_packet(&twin->net, &answer));
    syn.seq++;
    syn.flags = TCP_ACK;
    syn.ack = get32(answer.payload + 4);
    syn.length = 1000;
    syn.window = 0;
    options = options_of(twins, &syn, which);
    for (int i = 0; i < 2; i++)
        twin_segment(twin, &syn, &options); /* refused: these acknowledge nothing */
    syn.length = 0;
    syn.window = 65535;
    syn.ack++;
    twin_segment(twin, &syn, &options);
    net_run(&twin->net, 0);
    assert_non_null(twin->conn);
    assert_int_equal(twin->conn->timestamps, twins->timestamps);
}

void tcp_twins_start(struct tcp_twins *twins, bool timestamps, uint32_t features,
                     uint32_t receive_bytes, uint32_t peer_iss)
{
    memset(twins, 0, sizeof *twins);
    twins->timestamps = timestamps;
    for (int i = 0; i < 2; i++) {
        twin_start(&twins->twin[i], timestamps, features, receive_bytes);
        twin_join(twins, i, peer_iss);
    }
    tcp_twins_compare(twins);
}

void tcp_twins_stop(struct tcp_twins *twins)
{
    tcp_twins_close(twins);
    for (int i = 0; i < 2; i++) {
        tcp_close(twins->twin[i].listener, twins->twin[i].net.now_ns);
        net_stop(&twins->twin[i].net);
    }
}

struct twin_segment tcp_twins_next(const struct tcp_twins *twins, uint32_t length)
{
    const struct tcp_conn *conn = twins->twin[0].conn;
    return (struct twin_segment){
        .source = NET_PEER,
        .source_port = TWIN_PEER_PORT,
        .destination_port = TWIN_PORT,
        .seq = conn->rcv_nxt,
        .ack = conn->snd_una,
        .window = conn->snd_wnd >> conn->snd_scale,
        .tsval = conn->ts_recent,
        .tsecr = conn->ts_offset + (uint32_t)(twins->twin[0].net.now_ns / NET_MS),
        .length = length,
        .flags = TCP_ACK,
        .offset = 5,
    };
}

void tcp_twins_batch(struct tcp_twins *twins, bool begin)
{
    for (int i = 0; i < 2; i++) {
        if (begin)
            stack_batch_begin(twins->twin[i].net.stack);
        else
            stack_batch_end(twins->twin[i].net.stack, twins->twin[i].net.now_ns);
    }
}

void tcp_twins_run(struct tcp_twins *twins, uint64_t ns)
{
    for (int i = 0; i < 2; i++)
        net_run(&twins->twin[i].net, ns);
}

void tcp_twins_room(struct tcp_twins *twins, bool room)
{
    for (int i = 0; i < 2; i++) {
        twins->twin[i].net.no_room = !room;
        if (room)
            stack_room(twins->twin[i].net.stack, twins->twin[i].net.now_ns);
    }
}

static struct tcp_conn *owners_conn(const struct twin *twin)
{
    return twin->closed ? NULL : twin->conn;
}

void tcp_twins_read(struct tcp_twins *twins, size_t most)
{
    for (int i = 0; i < 2; i++) {
        struct tcp_conn *conn = owners_conn(&twins->twin[i]);
        size_t there = conn ? conn->receive.used : 0;
        if (conn)
            tcp_consume(conn, there < most ? there : most, twins->twin[i].net.now_ns);
    }
}

void tcp_twins_write(struct tcp_twins *twins, size_t count)
{
    for (int i = 0; i < 2; i++) {
        struct iovec pieces[2];
        struct tcp_conn *conn = owners_conn(&twins->twin[i]);
        if (!conn || tcp_writable(conn, pieces) <= 0)
            continue;
        size_t some = pieces[0].iov_len < count ? pieces[0].iov_len : count;
        memset(pieces[0].iov_base, 'x', some);
        tcp_produce(conn, some, twins->twin[i].net.now_ns);
    }
}

void tcp_twins_shutdown(struct tcp_twins *twins)
{
    for (int i = 0; i < 2; i++)
        if (owners_conn(&twins->twin[i]))
            tcp_shutdown(twins->twin[i].conn, twins->twin[i].net.now_ns);
}

void tcp_twins_close(struct tcp_twins *twins)
{
    for (int i = 0; i < 2; i++) {
        struct tcp_conn *conn = owners_conn(&twins->twin[i]);
        twins->twin[i].closed = true;
        if (conn)
            tcp_close(conn, twins->twin[i].net.now_ns);
    }
}

void tcp_twins_abort(struct tcp_twins *twins)
{
    for (int i = 0; i < 2; i++) {
        struct tcp_conn *conn = owners_conn(&twins->twin[i]);
        twins->twin[i].closed = true;
        if (!conn)
            continue;
        twins->twin[i].conn = NULL;
        tcp_abort(conn, twins->twin[i].net.now_ns);
    }
}
