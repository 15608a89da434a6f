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

/* The TCP sum, by code of the test's own. */
static void sum_segment(uint8_t *frame, size_t len, uint16_t spoil)
{
    uint8_t *segment = frame + HEADERS;
    uint32_t pseudo = words(frame + 26, 8) + PROTOCOL_TCP + (uint32_t)(len - HEADERS);
    put(segment + 16, 2, 0);
    put(segment + 16, 2, (uint16_t)(net_sum(pseudo, segment, len - HEADERS) + spoil));
}

static void twin_segment(struct twin *twin, const struct twin_segment *segment, bool nops,
                         const uint8_t *mss)
{
    static uint8_t frame[HEADERS + LONGEST];
    size_t options = nops || mss ? 4 : 0, data = HEADERS + 20 + options;
    uint8_t *header = frame + HEADERS;
    net_headers(frame, segment->source, NET_ADDRESS, PROTOCOL_TCP, 20 + options + segment->length);
    if (segment->broadcast_mac)
        memset(frame, 0xff, 6);
    put(frame + 20, 2, segment->fragment);
    net_header_sum(frame);
    put(header, 2, segment->source_port);
    put(header + 2, 2, segment->destination_port);
    put(header + 4, 4, segment->seq);
    put(header + 8, 4, segment->ack);
    header[12] = (uint8_t)((segment->offset + options / 4) << 4);
    header[13] = segment->flags;
    put(header + 14, 2, segment->window);
    put(header + 18, 2, 0);
    memset(header + 20, 1, 4); /* NOP */
    if (mss)
        memcpy(header + 20, mss, 4);
    for (uint32_t i = 0; i < segment->length; i++)
        frame[data + i] = (uint8_t)(segment->salt + i * 7 + i / 251);
    sum_segment(frame, data + segment->length, segment->spoil);
    twin->net.vnet_flags = segment->verified ? VNET_DATA_VALID : 0;
    net_frame_in(&twin->net, frame, data + segment->length);
}

void tcp_twins_segment(struct tcp_twins *twins, const struct twin_segment *segment)
{
    /* A fragment's length must be a multiple of 8 for both. */
    bool nops = twins->nops && segment->offset == 5 && !(segment->fragment & 0x3fff);
    twin_segment(&twins->twin[0], segment, false, NULL);
    twin_segment(&twins->twin[1], segment, nops, NULL);
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

static void twin_start(struct twin *twin, uint32_t features, uint32_t receive_bytes)
{
    const struct endpoint local = {address_v4(NET_ADDRESS), TWIN_PORT};
    struct stack_config config = net_config(&twin->net);
    config.device.features = features;
    config.tcp_receive_bytes = receive_bytes;
    config.skip_probing = true;
    net_start_with(&twin->net, &config);
    net_run(&twin->net, 20 * NET_S); /* announcements */
    net_forget(&twin->net);
    twin->net.answer_arp = true;
    assert_int_equal(tcp_open(twin->net.stack, &twin->listener, twin_event, twin), 0);
    assert_int_equal(tcp_bind(twin->listener, &local), 0);
    assert_int_equal(tcp_listen(twin->listener, 4), 0);
}

static void twin_join(struct twin *twin, uint32_t peer_iss, bool nops)
{
    static const uint8_t mss[4] = {2, 4, 1460 >> 8, 1460 & 0xff};
    struct twin_segment syn = {
        .source = NET_PEER,
        .source_port = TWIN_PEER_PORT,
        .destination_port = TWIN_PORT,
        .seq = peer_iss,
        .window = 65535,
        .flags = TCP_SYN,
        .offset = 5,
    };
    struct net_packet answer;
    twin_segment(twin, &syn, false, mss);
    net_run(&twin->net, 0);
    assert_true(net_take_packet(&twin->net, &answer));
    syn.seq++;
    syn.flags = TCP_ACK;
    for (int i = 0; i < 4; i++)
        syn.ack = syn.ack << 8 | answer.payload[4 + i];
    syn.length = 1000;
    syn.window = 0;
    for (int i = 0; i < 2; i++)
        twin_segment(twin, &syn, nops, NULL); /* refused: these acknowledge nothing */
    syn.length = 0;
    syn.window = 65535;
    syn.ack++;
    twin_segment(twin, &syn, nops, NULL);
    net_run(&twin->net, 0);
    assert_non_null(twin->conn);
}

void tcp_twins_start(struct tcp_twins *twins, uint32_t features, uint32_t receive_bytes,
                     uint32_t peer_iss)
{
    memset(twins, 0, sizeof *twins);
    twins->nops = true;
    for (int i = 0; i < 2; i++) {
        twin_start(&twins->twin[i], features, receive_bytes);
        twin_join(&twins->twin[i], peer_iss, i == 1);
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
        .window = conn->snd_wnd,
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

static void same_received(const struct tcp_twins *twins)
{
    struct iovec pieces[2][2] = {0};
    if (!twins->twin[0].conn)
        return;
    int count = tcp_readable(twins->twin[0].conn, pieces[0]);
    assert_int_equal(count, tcp_readable(twins->twin[1].conn, pieces[1]));
    for (int i = 0; i < count; i++) {
        assert_int_equal(pieces[0][i].iov_len, pieces[1][i].iov_len);
        assert_memory_equal(pieces[0][i].iov_base, pieces[1][i].iov_base, pieces[0][i].iov_len);
    }
}

static struct tcp_conn *owners_conn(const struct twin *twin)
{
    return twin->closed ? NULL : twin->conn;
}

void tcp_twins_read(struct tcp_twins *twins, size_t most)
{
    same_received(twins);
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

/* ---- the comparison ---- */

/* A copy of the connection in which each pointer says only whether it is one. */
static struct tcp_conn plain_copy(const struct tcp_conn *conn)
{
    struct tcp_conn copy;
    memcpy(&copy, conn, sizeof copy);
    void **pointers[] = {
        (void **)&copy.stack,       (void **)&copy.event,      (void **)&copy.user,
        (void **)&copy.event_next,  (void **)&copy.send.bytes, (void **)&copy.receive.bytes,
        (void **)&copy.listener,    (void **)&copy.parent,     (void **)&copy.queue_next,
        (void **)&copy.hash_next,   (void **)&copy.all_next,   (void **)&copy.all_link,
        (void **)&copy.wait_next,   (void **)&copy.batch_next, (void **)&copy.unsent_next,
        (void **)&copy.unsent_link, (void **)&copy.reassembly,
    };
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
        *pointers[i] = *pointers[i] ? "a pointer" : NULL;
    return copy;
}

static void same_connections(const struct tcp_twins *twins)
{
    const struct tcp_conn *first = twins->twin[0].conn, *second = twins->twin[1].conn;
    assert_int_equal(!first, !second);
    if (!first)
        return;
    if (first->reassembly && second->reassembly)
        assert_memory_equal(first->reassembly, second->reassembly, sizeof *first->reassembly);
    struct tcp_conn copies[2] = {plain_copy(first), plain_copy(second)};
    assert_memory_equal(&copies[0], &copies[1], sizeof copies[0]);
}

/* And forgets them. */
static void same_frames(struct net *first, struct net *second)
{
    assert_int_equal(first->count, second->count);
    for (size_t i = 0; i < first->count; i++) {
        assert_int_equal(first->frames[i].time_ns, second->frames[i].time_ns);
        assert_int_equal(first->frames[i].len, second->frames[i].len);
        assert_memory_equal(&first->frames[i].vnet, &second->frames[i].vnet,
                            sizeof first->frames[i].vnet);
        assert_memory_equal(first->frames[i].bytes, second->frames[i].bytes, first->frames[i].len);
    }
    net_forget(first);
    net_forget(second);
    assert_int_equal(first->text_len, second->text_len);
    assert_memory_equal(first->text, second->text, first->text_len);
    first->text_len = second->text_len = 0;
}

void tcp_twins_compare(struct tcp_twins *twins)
{
    struct twin *first = &twins->twin[0], *second = &twins->twin[1];
    struct stack_counters counters[2] = {*stack_counters(first->net.stack),
                                         *stack_counters(second->net.stack)};
    counters[0].tcp_in_predicted = counters[1].tcp_in_predicted = 0;
    same_frames(&first->net, &second->net);
    same_received(twins);
    same_connections(twins);
    assert_memory_equal(&counters[0], &counters[1], sizeof counters[0]);
    assert_int_equal(first->event_count, second->event_count);
    assert_memory_equal(first->events, second->events, first->event_count);
    first->event_count = second->event_count = 0;
    assert_true(stack_deadline(first->net.stack) == stack_deadline(second->net.stack));
}

uint64_t tcp_twins_predicted(const struct tcp_twins *twins, int which)
{
    return stack_counters(twins->twin[which].net.stack)->tcp_in_predicted;
}
