/* Compares two stacks. See tcp_twins.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/tcp_twins.h"

/* A copy of the connection in which each pointer says only whether it is one. */
static struct tcp_conn plain_copy(const struct tcp_conn *conn)
{
    struct tcp_conn copy;
    memcpy(&copy, conn, sizeof copy);
    void **pointers[] = {
        (void **)&copy.stack,      (void **)&copy.event,      (void **)&copy.user,
        (void **)&copy.next,       (void **)&copy.send.bytes, (void **)&copy.receive.bytes,
        (void **)&copy.listener,   (void **)&copy.hash_next,  (void **)&copy.wait_next,
        (void **)&copy.reassembly, (void **)&copy.sending,
    };
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
        *pointers[i] = *pointers[i] ? "a pointer" : NULL;
    if (copy.state == TCP_TIME_WAIT) {
        copy.time_wait.next = NULL;
        copy.time_wait.link = NULL;
    }
    return copy;
}

static struct tcp_sending plain_sending(const struct tcp_sending *sending)
{
    struct tcp_sending copy;
    memcpy(&copy, sending, sizeof copy);
    void **pointers[] = {(void **)&copy.unsent_next, (void **)&copy.unsent_link,
                         (void **)&copy.flight.memory, (void **)&copy.undo};
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
    assert_int_equal(first->sending == &tcp_nothing_under_way,
                     second->sending == &tcp_nothing_under_way);
    struct tcp_sending sendings[2] = {plain_sending(first->sending),
                                      plain_sending(second->sending)};
    assert_memory_equal(&sendings[0], &sendings[1], sizeof sendings[0]);
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
