/* Multicast listener discovery: what is reported, and to the device, unasked (RFC 3810, RFC 3590).
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/mld_net.h"

static void reports_a_group_twice_when_it_joins_and_before_it_asks_for_the_address(void **state)
{
    struct net net;
    struct net6_packet first, probe, second;

    (void)state;
    struct stack_config config = net_config(&net);
    config.ipv6 = true;
    net_start_with(&net, &config);
    struct address group = mld_own_group(&net, ADDRESS6_LINK_LOCAL);
    net_run(&net, 10 * NET_S);
    first = mld_expect(&net, MLD_TO_EX, &group);
    assert_true(address_equal(&first.source, &MLD_NOBODY)); /* RFC 3590 */
    assert_true(net6_take(&net, &probe));
    assert_int_equal(probe.payload[0], 135);
    second = mld_expect(&net, MLD_TO_EX, &group);
    assert_in_range(second.time_ns - first.time_ns, 1, NET_S);
    mld_expect_nothing(&net);
    net6_router(&net, 1800, 3600, 3600);
    net_run(&net, 5 * NET_S);
    group = mld_own_group(&net, ADDRESS6_AUTOCONF);
    struct address own = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    first = mld_expect(&net, MLD_TO_EX, &group);
    assert_true(address_equal(&first.source, &own));
    mld_expect(&net, MLD_TO_EX, &group);
    mld_expect_nothing(&net);
    net_stop(&net);
}

static void reports_a_group_twice_when_it_leaves(void **state)
{
    struct net net;

    (void)state;
    mld_start(&net, 7300);
    struct address group = mld_own_group(&net, ADDRESS6_AUTOCONF);
    net_run(&net, 7295 * NET_S - NET_MS);
    mld_query(&net, &group, 100, 28,
              MLD_SOUND); /* what it leaves it does not say that it listens to */
    net_run(&net, 5 * NET_S);
    assert_false(net6_has(&net, ADDRESS6_AUTOCONF));
    mld_expect(&net, MLD_TO_IN, &group);
    mld_expect(&net, MLD_TO_IN, &group);
    mld_query(&net, &MLD_NOBODY, 0, 28, MLD_SOUND);
    net_run(&net, NET_S);
    group = mld_own_group(&net, ADDRESS6_LINK_LOCAL);
    mld_expect(&net, MLD_IS_EX, &group);
    mld_expect_nothing(&net);
    net_stop(&net);
}

static void reports_again_on_another_link(void **state)
{
    struct net net;

    (void)state;
    net6_start(&net);
    stack_link(net.stack, false, net.now_ns);
    net_run(&net, NET_S);
    stack_link(net.stack, true, net.now_ns);
    net_forget(&net);
    net_run(&net, 5 * NET_S);
    struct address group = mld_own_group(&net, ADDRESS6_LINK_LOCAL);
    mld_expect(&net, MLD_TO_EX, &group);
    mld_expect(&net, MLD_TO_EX, &group);
    net_stop(&net);
}

/* What the device was told last. */
static struct {
    uint8_t groups[40][6];
    size_t count;
} told;

static void hear_groups(void *user, const uint8_t (*groups)[6], size_t count)
{
    (void)user;
    assert_in_range(count, 1, 40);
    memcpy(told.groups, groups, 6 * count);
    told.count = count;
}

static bool was_told(const struct address *group)
{
    uint8_t mac[6] = {0x33, 0x33};

    memcpy(mac + 2, group->bytes + 12, 4); /* RFC 2464, 7 */
    for (size_t i = 0; i < told.count; i++)
        if (!memcmp(told.groups[i], mac, 6))
            return true;
    return false;
}

static void tells_the_device_of_all_nodes_and_of_each_group_while_it_listens(void **state)
{
    struct net net;

    (void)state;
    struct stack_config config = net_config(&net);
    config.ipv6 = true;
    config.device.listen = hear_groups;
    net_start_with(&net, &config);
    assert_true(was_told(&NET6_ALL_NODES)); /* a router's word comes before we have an address */
    net_run(&net, 5 * NET_S);
    struct address link_local = mld_own_group(&net, ADDRESS6_LINK_LOCAL);
    assert_true(told.count == 2 && was_told(&NET6_ALL_NODES) && was_told(&link_local));
    net6_router(&net, 1800, 7300, 3600);
    net_run(&net, 5 * NET_S);
    struct address global = mld_own_group(&net, ADDRESS6_AUTOCONF);
    assert_true(was_told(&NET6_ALL_NODES) && was_told(&link_local) && was_told(&global));
    net_run(&net, 7300 * NET_S);
    assert_true(was_told(&NET6_ALL_NODES) && was_told(&link_local) && !was_told(&global));
    told.count = 0;
    stack_link(net.stack, false, net.now_ns);
    net_run(&net, NET_S);
    stack_link(net.stack, true, net.now_ns);
    assert_true(was_told(&NET6_ALL_NODES)); /* it may be another board */
    net_run(&net, 5 * NET_S);
    assert_true(was_told(&NET6_ALL_NODES) && was_told(&link_local));
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_a_group_twice_when_it_joins_and_before_it_asks_for_the_address),
        cmocka_unit_test(reports_a_group_twice_when_it_leaves),
        cmocka_unit_test(tells_the_device_of_all_nodes_and_of_each_group_while_it_listens),
        cmocka_unit_test(reports_again_on_another_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
