/* The routing table and the path MTUs.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "host/stack/path_mtu.h"
#include "host/stack/route.h"

static int next_hop(const struct route_table *table, uint32_t destination, uint32_t *out)
{
    struct address to = address_v4(destination), hop;
    int error = route_lookup(table, &to, &hop);

    *out = error < 0 ? 0 : address_to_v4(&hop);
    return error;
}

static int add(struct route_table *table, uint32_t prefix, unsigned len, uint32_t gateway)
{
    struct address network = address_v4(prefix), via = address_v4(gateway);

    return route_add(table, &network, len, &via);
}

static void the_longest_prefix_decides(void **state)
{
    struct route_table table = {.count = 0};
    uint32_t hop;

    (void)state;
    assert_int_equal(add(&table, 0, 0, 0x0a000202), 0);
    assert_int_equal(add(&table, 0x0a00020f, 24, 0), 0);
    assert_int_equal(add(&table, 0x0a000240, 28, 0x0a000203), 0);
    assert_int_equal(next_hop(&table, 0x08080808, &hop), 0);
    assert_int_equal(hop, 0x0a000202);
    assert_int_equal(next_hop(&table, 0x0a000210, &hop), 0);
    assert_int_equal(hop, 0x0a000210);
    assert_int_equal(next_hop(&table, 0x0a000241, &hop), 0);
    assert_int_equal(hop, 0x0a000203);
    assert_int_equal(address_to_v4(&table.routes[1].prefix), 0x0a000200);
}

static void without_a_route_the_network_is_unreachable(void **state)
{
    struct route_table table = {.count = 0};
    uint32_t hop;

    (void)state;
    assert_int_equal(next_hop(&table, 0x0a000202, &hop), -ENETUNREACH);
    assert_int_equal(add(&table, 0x0a000200, 24, 0), 0);
    assert_int_equal(next_hop(&table, 0x0a000302, &hop), -ENETUNREACH);
    route_clear_v4(&table);
    assert_int_equal(next_hop(&table, 0x0a000202, &hop), -ENETUNREACH);
}

static void a_prefix_stands_in_the_table_once(void **state)
{
    struct route_table table = {.count = 0};
    uint32_t hop;

    (void)state;
    assert_int_equal(add(&table, 0, 0, 1), 0);
    assert_int_equal(add(&table, 0, 0, 2), 0);
    assert_int_equal(table.count, 1);
    assert_int_equal(next_hop(&table, 0x08080808, &hop), 0);
    assert_int_equal(hop, 2);
    for (uint32_t i = 1; i < ROUTES; i++)
        assert_int_equal(add(&table, i << 24, 8, 0), 0);
    assert_int_equal(add(&table, 0xc0000000, 8, 0), -ENOSPC);
}

static void a_path_mtu_only_shrinks_until_it_is_forgotten(void **state)
{
    struct path_mtu_cache cache = {0};
    struct address to = address_v4(0x08080808), other = address_v4(0x08080809);

    (void)state;
    assert_null(path_mtu_find(&cache, &to));
    assert_int_equal(path_mtu_learn(&cache, &to, 1400, 1500, 1500, 100), 1400);
    assert_int_equal(path_mtu_learn(&cache, &to, 1450, 1500, 1500, 200), 1400);
    assert_int_equal(path_mtu_find(&cache, &to)->mtu, 1400);
    assert_null(path_mtu_find(&cache, &other));
    assert_int_equal(path_mtu_deadline(&cache), 100 + 600 * 1000000000ull);
    path_mtu_poll(&cache, 100 + 600 * 1000000000ull);
    assert_null(path_mtu_find(&cache, &to));
    assert_int_equal(path_mtu_deadline(&cache), UINT64_MAX);
}

static void nobody_can_push_a_path_mtu_below_552(void **state)
{
    struct path_mtu_cache cache = {0};
    struct address to = address_v4(0x08080808);

    (void)state;
    assert_int_equal(path_mtu_learn(&cache, &to, 68, 1500, 1500, 1), PATH_MTU_LEAST);
    assert_true(path_mtu_find(&cache, &to)->fragments);
}

static void an_old_router_that_names_no_mtu_gives_the_next_plateau(void **state)
{
    struct path_mtu_cache cache = {0};
    struct address to = address_v4(0x08080808);

    (void)state;
    assert_int_equal(path_mtu_learn(&cache, &to, 0, 1500, 1500, 1), 1492);
    assert_int_equal(path_mtu_learn(&cache, &to, 0, 1492, 1500, 2), 1006);
}

static void a_full_cache_forgets_the_oldest_path(void **state)
{
    struct path_mtu_cache cache = {0};
    struct address first = address_v4(1), last = address_v4(PATH_MTUS + 1);

    (void)state;
    for (uint32_t i = 1; i <= PATH_MTUS + 1; i++) {
        struct address to = address_v4(i);

        path_mtu_learn(&cache, &to, 1000, 1500, 1500, i);
    }
    assert_null(path_mtu_find(&cache, &first));
    assert_non_null(path_mtu_find(&cache, &last));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_prefix_decides),
        cmocka_unit_test(without_a_route_the_network_is_unreachable),
        cmocka_unit_test(a_prefix_stands_in_the_table_once),
        cmocka_unit_test(a_path_mtu_only_shrinks_until_it_is_forgotten),
        cmocka_unit_test(nobody_can_push_a_path_mtu_below_552),
        cmocka_unit_test(an_old_router_that_names_no_mtu_gives_the_next_plateau),
        cmocka_unit_test(a_full_cache_forgets_the_oldest_path),
    };

    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
