/* TCP: the line of connections in TIME-WAIT.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

#include "host/stack/tcp_timer.h"

enum { COUNT = 40, WAIT_NS = 1000 };

/* Who joined when, as a plain table; 0: does not wait. */
static void line_is_as(const struct tcp *tcp, const struct tcp_conn *conns,
                       const uint64_t joined[COUNT])
{
    const struct tcp_conn *at = tcp->time_waits;
    uint64_t before = 0;
    int waiting = 0, found = 0;
    for (int i = 0; i < COUNT; i++)
        waiting += joined[i] != 0;
    for (; at; at = at->time_wait.next, found++) {
        uint64_t came = joined[at - conns];
        assert_true(came > before);
        assert_true(at->time_wait.until_ns == came + WAIT_NS);
        before = came;
    }
    assert_int_equal(found, waiting);
    assert_true(tcp_time_wait_due(tcp) ==
                (waiting ? tcp->time_waits->time_wait.until_ns : UINT64_MAX));
}

static void keeps_its_order_whoever_leaves(void **state)
{
    struct tcp_conn conns[COUNT];
    uint64_t joined[COUNT] = {0};
    struct tcp tcp = {.time_wait_ns = WAIT_NS, .time_waits_end = &tcp.time_waits};
    struct stack stack = {.tcp = &tcp};
    (void)state;
    for (int i = 0; i < COUNT; i++)
        conns[i] = (struct tcp_conn){.stack = &stack};
    srand(7);
    for (uint64_t now = 1; now < 20000; now++) {
        int i = rand() % COUNT;
        if (joined[i])
            tcp_time_wait_leave(&conns[i]);
        else
            tcp_time_wait_join(&conns[i], now);
        joined[i] = joined[i] ? 0 : now;
        line_is_as(&tcp, conns, joined);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_its_order_whoever_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
