/* Multicast listener discovery: what is answered to a router, of either version (RFC 3810, RFC 2710).
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "host/stack/bytes.h"
#include "tests/unit/mld_net.h"

static void answers_for_all_groups_in_one_report_in_time(void **state)
{
    struct net net;
    struct net6_packet packet;
    const uint8_t *message;

    (void)state;
    mld_start(&net, 3600);
    uint64_t asked_ns = net.now_ns;
    mld_query(&net, &MLD_NOBODY, 2000, 28, MLD_SOUND);
    mld_query(&net, &MLD_NOBODY, 30000, 28, MLD_SOUND); /* the first is to be answered still */
    net_run(&net, 40 * NET_S);
    assert_true(mld_take(&net, &packet, &message));
    assert_int_equal(get16(message + 6), 2);
    assert_int_equal(message[8], MLD_IS_EX);
    assert_int_equal(message[28], MLD_IS_EX);
    struct address first = mld_own_group(&net, ADDRESS6_LINK_LOCAL);
    struct address second = mld_own_group(&net, ADDRESS6_AUTOCONF);
    assert_memory_equal(message + 12, first.bytes, 16);
    assert_memory_equal(message + 32, second.bytes, 16);
    assert_in_range(packet.time_ns - asked_ns, 0, 2 * NET_S);
    mld_expect_nothing(&net);
    net_stop(&net);
}

static void answers_for_the_group_that_is_asked_for(void **state)
{
    struct net net;

    (void)state;
    mld_start(&net, 3600);
    struct address group = mld_own_group(&net, ADDRESS6_AUTOCONF);
    mld_query(&net, &group, 100, 28, MLD_SOUND);
    net_run(&net, NET_S);
    mld_expect(&net, MLD_IS_EX, &group);
    mld_expect_nothing(&net);
    net_stop(&net);
}

/* RFC 3810, 5.1.3: 0x8000 is 4096 << 3 ms. */
static void understands_a_long_delay(void **state)
{
    struct net net;
    uint64_t latest = 0;

    (void)state;
    mld_start(&net, 3600);
    struct address group = mld_own_group(&net, ADDRESS6_AUTOCONF);
    for (int i = 0; i < 20; i++) {
        uint64_t asked_ns = net.now_ns;

        mld_query(&net, &group, 0x8000, 28, MLD_SOUND);
        net_run(&net, 40 * NET_S);
        struct net6_packet packet = mld_expect(&net, MLD_IS_EX, &group);
        assert_in_range(packet.time_ns - asked_ns, 0, 32768 * NET_MS);
        if (packet.time_ns - asked_ns > latest)
            latest = packet.time_ns - asked_ns;
    }
    assert_true(latest > 16 * NET_S);
    net_stop(&net);
}

static void answers_no_question_that_is_not_a_routers_on_the_link(void **state)
{
    static const enum mld_fault faults[] = {MLD_NO_ALERT, MLD_FAR, MLD_NOT_LINK_LOCAL};
    struct net net;
    uint8_t sources[24] = {[23] = 1}; /* a source that is not there */

    (void)state;
    mld_start(&net, 3600);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        mld_query(&net, &MLD_NOBODY, 0, 28, faults[i]);
    mld_query(&net, &MLD_NOBODY, 0, 26, MLD_SOUND); /* of no version */
    mld_query(&net, &MLD_NOBODY, 0, 20, MLD_SOUND);
    mld_in(&net, MLD_QUERY, &NET6_ALL_NODES, sources, sizeof sources, MLD_SOUND);
    net_run(&net, 20 * NET_S);
    mld_expect_nothing(&net);
    assert_int_equal(stack_counters(net.stack)->mld_in_bad, 6);
    net_stop(&net);
}

static void speaks_version_1_to_a_router_that_does(void **state)
{
    struct net net;
    struct net6_packet packet;
    const uint8_t *message;
    static const struct address routers = {{0xff, 2, [15] = 2}};

    (void)state;
    mld_start(&net, 7300);
    net_run(&net, 7235 * NET_S);
    mld_query(&net, &MLD_NOBODY, 1000, 24, MLD_SOUND);
    net_run(&net, 2 * NET_S);
    for (int i = 0; i < 2; i++) {
        assert_true(mld_take(&net, &packet, &message));
        assert_int_equal(packet.length, 8 + 24);
        assert_int_equal(message[0], MLD_REPORT1);
        assert_memory_equal(message + 8, packet.destination.bytes, 16);
    }
    mld_expect_nothing(&net);
    net_run(&net, 60 * NET_S); /* an address ends */
    assert_true(mld_take(&net, &packet, &message));
    assert_int_equal(message[0], MLD_DONE);
    assert_true(address_equal(&packet.destination, &routers));
    net_forget(&net);
    net_run(&net, 300 * NET_S); /* RFC 3810, 8.2.1: the router is gone */
    struct address group = mld_own_group(&net, ADDRESS6_LINK_LOCAL);
    mld_query(&net, &MLD_NOBODY, 0, 28, MLD_SOUND);
    net_run(&net, NET_S);
    mld_expect(&net, MLD_IS_EX, &group);
    net_stop(&net);
}

/* Asked in version 1 about a group of ours, we hear another's report about it with that fault. True: we report it too. */
static bool answers_beside_another(enum mld_fault fault)
{
    struct net net;
    struct net6_packet packet;
    const uint8_t *message;
    uint8_t body[20] = {0};

    mld_start(&net, 3600);
    struct address group = mld_own_group(&net, ADDRESS6_AUTOCONF);
    memcpy(body + 4, group.bytes, 16);
    mld_query(&net, &group, 10000, 24, MLD_SOUND);
    mld_in(&net, MLD_REPORT1, &group, body, sizeof body, fault);
    net_run(&net, 20 * NET_S);
    bool answers = mld_take(&net, &packet, &message);
    net_stop(&net);
    return answers;
}

/* RFC 2710, 4 */
static void is_silent_where_another_on_the_link_has_answered_in_version_1(void **state)
{
    (void)state;
    assert_false(answers_beside_another(MLD_SOUND));
    assert_true(answers_beside_another(MLD_NO_ALERT));
    assert_true(answers_beside_another(MLD_FAR));
    assert_true(answers_beside_another(MLD_NOT_LINK_LOCAL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_for_all_groups_in_one_report_in_time),
        cmocka_unit_test(answers_for_the_group_that_is_asked_for),
        cmocka_unit_test(understands_a_long_delay),
        cmocka_unit_test(answers_no_question_that_is_not_a_routers_on_the_link),
        cmocka_unit_test(speaks_version_1_to_a_router_that_does),
        cmocka_unit_test(is_silent_where_another_on_the_link_has_answered_in_version_1),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
