/* Addresses that a station makes for itself: asked for, taken, aged. RFC 4862, RFC 7217.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "host/stack/bytes.h"
#include "tests/unit/net6.h"

enum { NS = 135, NA = 136, RS = 133, ICMPV6 = 58 };

static void start_before_questions(struct net *net)
{
    struct stack_config config = net_config(net);

    config.ipv6 = true;
    net_start_with(net, &config);
}

static void asks_for_its_address_before_it_takes_it(void **state)
{
    struct net net;
    struct net6_packet probe, request;
    static const struct address nowhere, routers = {{0xff, 2, [15] = 2}};

    (void)state;
    start_before_questions(&net);
    struct stack_address6 own = net6_own(&net, ADDRESS6_LINK_LOCAL);
    assert_int_equal(own.state, ADDRESS6_TENTATIVE);
    assert_int_equal(get16(own.address.bytes), 0xfe80);
    net_run(&net, 5 * NET_S);
    assert_true(net6_find(&net, ICMPV6, NS, &probe));
    assert_true(address_equal(&probe.source, &nowhere));
    assert_int_equal(probe.hop_limit, 255);
    assert_int_equal(probe.length, 24);
    assert_memory_equal(probe.payload + 8, own.address.bytes, 16);
    assert_memory_equal(probe.mac, ((uint8_t[]){0x33, 0x33, 0xff}), 3);
    assert_memory_equal(probe.mac + 3, own.address.bytes + 13, 3);
    assert_true(net6_find(&net, ICMPV6, RS, &request));
    assert_true(request.time_ns >= probe.time_ns + NET_S);
    assert_true(address_equal(&request.source, &own.address));
    assert_true(address_equal(&request.destination, &routers));
    assert_int_equal(net6_own(&net, ADDRESS6_LINK_LOCAL).state, ADDRESS6_PREFERRED);
    net_stop(&net);
}

static void takes_no_address_for_want_of_room_to_ask(void **state)
{
    struct net net;
    struct net6_packet probe;

    (void)state;
    start_before_questions(&net);
    net.no_room = true;
    net_run(&net, 5 * NET_S);
    assert_int_equal(net6_own(&net, ADDRESS6_LINK_LOCAL).state, ADDRESS6_TENTATIVE);
    net.no_room = false;
    net_run(&net, 20 * NET_MS);
    assert_true(net6_find(&net, ICMPV6, NS, &probe));
    assert_int_equal(net6_own(&net, ADDRESS6_LINK_LOCAL).state, ADDRESS6_TENTATIVE);
    net_run(&net, NET_S);
    assert_int_equal(net6_own(&net, ADDRESS6_LINK_LOCAL).state, ADDRESS6_PREFERRED);
    net_stop(&net);
}

/* RFC 4862, 5.1: RetransTimer. */
static void waits_for_an_answer_as_long_as_the_routers_say(void **state)
{
    enum { RA = 134 };
    struct net net;
    struct net6_packet probe;
    uint8_t body[12] = {[10] = 3000 >> 8, 3000 & 255}; /* ms */

    (void)state;
    net6_start(&net);
    net6_discovery(&net, &NET6_ROUTER, &NET6_ALL_NODES, RA, body, sizeof body);
    net6_router(&net, 1800, 3600, 1800);
    while (!net6_find(&net, ICMPV6, NS, &probe))
        net_run(&net, NET_S / 10);
    net_run(&net, 28 * NET_S / 10);
    assert_int_equal(net6_own(&net, ADDRESS6_AUTOCONF).state, ADDRESS6_TENTATIVE);
    net_run(&net, 3 * NET_S / 10);
    assert_int_equal(net6_own(&net, ADDRESS6_AUTOCONF).state, ADDRESS6_PREFERRED);
    net_stop(&net);
}

static void tries_another_address_when_somebody_has_it(void **state)
{
    struct net net;
    uint8_t body[28] = {0x20, 0, 0, 0};
    struct address own;

    (void)state;
    start_before_questions(&net);
    own = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    net_run(&net, NET_S);
    memcpy(body + 4, own.bytes, 16);
    body[20] = 2, body[21] = 1;
    memcpy(body + 22, NET_PEER_MAC, 6);
    net6_discovery(&net, &own, &NET6_ALL_NODES, NA, body, sizeof body);
    net_run(&net, 5 * NET_S);
    assert_int_equal(stack_counters(net.stack)->ndp_duplicates, 1);
    assert_int_equal(net6_own(&net, ADDRESS6_LINK_LOCAL).state, ADDRESS6_PREFERRED);
    struct address other = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    assert_false(address_equal(&other, &own));
    net_stop(&net);
}

static void takes_the_same_address_at_every_start_and_another_in_every_network(void **state)
{
    struct net net;
    struct address first, made;

    (void)state;
    net6_start(&net);
    first = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    net_stop(&net);
    net6_start(&net);
    struct address again = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    assert_true(address_equal(&first, &again));
    net6_router(&net, 1800, 3600, 1800);
    net_run(&net, 5 * NET_S);
    made = net6_own(&net, ADDRESS6_AUTOCONF).address;
    assert_memory_equal(made.bytes, NET6_PREFIX.bytes, 8);
    assert_memory_not_equal(made.bytes + 8, first.bytes + 8, 8);
    assert_int_not_equal(get16(made.bytes + 11), 0xfffe); /* nor is it the MAC address */
    net_stop(&net);
}

static void takes_addresses_of_a_routers_prefix_while_they_last(void **state)
{
    struct net net;

    (void)state;
    net6_start(&net);
    net6_router(&net, 1800, 3600, 1800);
    net_run(&net, 3 * NET_S);
    assert_int_equal(net6_own(&net, ADDRESS6_AUTOCONF).state, ADDRESS6_PREFERRED);
    net_run(&net, 1800 * NET_S);
    assert_int_equal(net6_own(&net, ADDRESS6_AUTOCONF).state, ADDRESS6_DEPRECATED);
    net6_router(&net, 1800, 7300, 1800);
    net_run(&net, NET_S);
    assert_int_equal(net6_own(&net, ADDRESS6_AUTOCONF).state, ADDRESS6_PREFERRED);
    net_run(&net, 7400 * NET_S);
    assert_false(net6_has(&net, ADDRESS6_AUTOCONF));
    net_stop(&net);
}

static void lets_nobody_end_its_addresses_at_once(void **state)
{
    struct net net;

    (void)state;
    net6_start(&net);
    net6_router(&net, 1800, 86400, 3600);
    net_run(&net, 3 * NET_S);
    net6_router(&net, 1800, 0, 0); /* RFC 4862, 5.5.3 (e): two hours are left */
    net_run(&net, 7000 * NET_S);
    assert_int_equal(net6_own(&net, ADDRESS6_AUTOCONF).state, ADDRESS6_DEPRECATED);
    net_run(&net, 400 * NET_S);
    assert_false(net6_has(&net, ADDRESS6_AUTOCONF));
    net_stop(&net);
}

static void says_nothing_of_ipv6_unless_told_to(void **state)
{
    struct net net;

    (void)state;
    net_start(&net);
    net_run(&net, 60 * NET_S);
    net6_router(&net, 1800, 3600, 1800);
    assert_null(net_take(&net));
    assert_false(net6_has(&net, ADDRESS6_LINK_LOCAL));
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_its_address_before_it_takes_it),
        cmocka_unit_test(takes_no_address_for_want_of_room_to_ask),
        cmocka_unit_test(waits_for_an_answer_as_long_as_the_routers_say),
        cmocka_unit_test(tries_another_address_when_somebody_has_it),
        cmocka_unit_test(takes_the_same_address_at_every_start_and_another_in_every_network),
        cmocka_unit_test(takes_addresses_of_a_routers_prefix_while_they_last),
        cmocka_unit_test(lets_nobody_end_its_addresses_at_once),
        cmocka_unit_test(says_nothing_of_ipv6_unless_told_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
