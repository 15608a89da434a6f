/* Tests of host/stack/ipv6_prefer.c and ipv6_tell.c: the order of destinations (RFC 6724, 6), and what is told of routers.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/net6.h"

static struct net net;

static int start(void **state)
{
    (void)state;
    net6_start(&net);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    net_stop(&net);
    return 0;
}

/* Sorts addresses given in words and compares them with the order that they should have. */
static void assert_order(const char *const *given, const char *const *expected, unsigned count)
{
    struct address list[8];
    char text[ADDRESS_TEXT_BYTES];

    for (unsigned i = 0; i < count; i++)
        assert_int_equal(address_parse(given[i], &list[i]), 0);
    stack_prefer(net.stack, list, count);
    for (unsigned i = 0; i < count; i++)
        assert_string_equal(address_format(&list[i], text), expected[i]);
}

#define ORDER(given, ...)                                                          \
    assert_order((const char *const[]){given}, (const char *const[]){__VA_ARGS__}, \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
#define LIST(...) __VA_ARGS__

static void without_a_router_only_ipv4_is_reached(void **state)
{
    (void)state;
    ORDER(LIST("2001:db8::1", "10.0.0.9"), "10.0.0.9", "2001:db8::1");
}

static void ipv4_stands_before_unique_local_addresses(void **state)
{
    (void)state;
    net6_router(&net, 1800, 7200, 3600);
    net_run(&net, 3 * NET_S);
    /* Our own is unique local: for a global destination its label does not fit, rule 5. */
    ORDER(LIST("10.0.0.9", "2001:db8::1"), "10.0.0.9", "2001:db8::1");
    ORDER(LIST("10.0.0.9", "fd00:1::9"), "10.0.0.9", "fd00:1::9");
    ORDER(LIST("fd00:7::9", "fd00:1::9"), "fd00:1::9", "fd00:7::9");
}

static void a_global_address_of_our_own_puts_ipv6_first(void **state)
{
    struct stack_config config;

    (void)state;
    net_stop(&net);
    config = net_config(&net);
    config.ipv6 = true;
    config.static6[0].prefix_len = 64;
    assert_int_equal(address_parse("2001:db8::15", &config.static6[0].address), 0);
    net_start_with(&net, &config);
    net_run(&net, 20 * NET_S);
    ORDER(LIST("10.0.0.9", "2001:db8::1"), "2001:db8::1", "10.0.0.9");
    ORDER(LIST("10.0.0.9", "2001:db9::1"), "10.0.0.9", "2001:db9::1"); /* no way leads there */
}

static void every_static_address_is_ours_and_reaches_its_own_prefix(void **state)
{
    static const char *const own[] = {"2001:db8::15", "fd00:1::15", "fd00:2::15", "fd00:3::15"};
    struct stack_address6 told[8];
    struct stack_config config;
    int count, ours = 0;

    (void)state;
    net_stop(&net);
    config = net_config(&net);
    config.ipv6 = true;
    for (int i = 0; i < STACK_STATIC6; i++) {
        config.static6[i].prefix_len = 64;
        assert_int_equal(address_parse(own[i], &config.static6[i].address), 0);
    }
    net_start_with(&net, &config);
    net_run(&net, 20 * NET_S);
    count = stack_addresses6(net.stack, told, 8);
    for (int i = 0; i < count; i++)
        ours += told[i].origin == ADDRESS6_STATIC && told[i].state == ADDRESS6_PREFERRED;
    assert_int_equal(ours, STACK_STATIC6);
    ORDER(LIST("fd00:4::9", "fd00:3::9"), "fd00:3::9", "fd00:4::9"); /* no way to the first */
    ORDER(LIST("fd00:4::9", "fd00:2::9"), "fd00:2::9", "fd00:4::9");
}

static void a_scope_that_fits_the_source_comes_first(void **state)
{
    (void)state;
    net6_router(&net, 1800, 7200, 3600);
    net_run(&net, 3 * NET_S);
    ORDER(LIST("fd00:1::9", "fe80::9"), "fe80::9", "fd00:1::9");
    ORDER(LIST("ff02::5", "fd00:1::9", "10.0.0.9", "::1"), "::1", "ff02::5", "10.0.0.9",
          "fd00:1::9");
}

static void what_equals_in_all_stays_in_its_order(void **state)
{
    (void)state;
    ORDER(LIST("10.0.0.9", "10.0.0.7", "10.0.0.8"), "10.0.0.9", "10.0.0.7", "10.0.0.8");
}

static void routers_and_prefixes_are_told_with_their_end(void **state)
{
    struct stack_advertised6 told[4];

    (void)state;
    assert_int_equal(stack_routers6(net.stack, told, 4), 0);
    assert_int_equal(stack_prefixes6(net.stack, told, 4), 0);
    net6_router(&net, 1800, 7200, 3600);
    assert_int_equal(stack_routers6(net.stack, told, 4), 1);
    assert_true(address_equal(&told[0].address, &NET6_ROUTER));
    assert_true(told[0].expires_ns == net.now_ns + 1800 * NET_S);
    assert_int_equal(stack_prefixes6(net.stack, told, 4), 1);
    assert_true(address_equal(&told[0].address, &NET6_PREFIX));
    assert_int_equal(told[0].prefix_len, 64);
    assert_true(told[0].expires_ns == net.now_ns + 7200 * NET_S);
    assert_int_equal(stack_routers6(net.stack, told, 0), 0);
}

static void the_state_is_probing_until_an_address_is_known_to_be_free(void **state)
{
    (void)state;
    stack_link(net.stack, false, net.now_ns);
    assert_int_equal(stack_state6(net.stack), STACK6_NONE);
    stack_link(net.stack, true, net.now_ns);
    assert_int_equal(stack_state6(net.stack), STACK6_PROBING);
    net_run(&net, 3 * NET_S);
    assert_int_equal(stack_state6(net.stack), STACK6_ASKING);
    net6_router(&net, 1800, 7200, 3600);
    assert_int_equal(stack_state6(net.stack), STACK6_PROBING);
    net_run(&net, 3 * NET_S);
    assert_int_equal(stack_state6(net.stack), STACK6_READY);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(without_a_router_only_ipv4_is_reached),
        T(ipv4_stands_before_unique_local_addresses),
        T(a_global_address_of_our_own_puts_ipv6_first),
        T(every_static_address_is_ours_and_reaches_its_own_prefix),
        T(a_scope_that_fits_the_source_comes_first),
        T(what_equals_in_all_stays_in_its_order),
        T(routers_and_prefixes_are_told_with_their_end),
        T(the_state_is_probing_until_an_address_is_known_to_be_free),
    };

    return cmocka_run_group_tests_name("ipv6_prefer", tests, NULL, NULL);
}
