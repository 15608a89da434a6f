/* Link-local addresses (RFC 3927), where no server answers.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "host/stack/bytes.h"
#include "tests/unit/stack_net.h"

static const uint8_t OTHER_MAC[6] = {0x02, 0, 0, 0, 0, 0x99};

static void without_a_server_a_link_local_address_is_taken(void **state)
{
    struct net net;
    const struct stack_lease *lease;
    uint32_t address;

    (void)state;
    net_start_without_server(&net);
    net_run(&net, 9 * NET_S);
    assert_int_equal(stack_state(net.stack), STACK_ASKING);
    net_run(&net, 2 * NET_S);
    assert_int_equal(stack_state(net.stack), STACK_PROBING);
    net_run(&net, 8 * NET_S);
    assert_int_equal(stack_state(net.stack), STACK_READY);
    lease = stack_lease(net.stack);
    assert_true(lease->link_local && !lease->from_dhcp);
    assert_int_equal(lease->prefix_len, 16);
    address = address_to_v4(&lease->address);
    assert_in_range(address, 0xa9fe0100, 0xa9fefeff);
    net_stop(&net);
}

static void a_link_local_address_that_is_taken_gives_way_to_another(void **state)
{
    struct net net;
    uint32_t first, second;
    const uint8_t *arp;

    (void)state;
    net_start_without_server(&net);
    net_run(&net, 11500 * NET_MS);
    arp = net_take_arp(&net, NULL);
    assert_non_null(arp);
    first = get32(arp + 24);
    net_arp_in(&net, 2, first, OTHER_MAC, 0);
    net_forget(&net);
    net_run(&net, 10 * NET_S);
    arp = net_take_arp(&net, NULL);
    assert_non_null(arp);
    second = get32(arp + 24);
    assert_int_not_equal(first, second);
    assert_int_equal(stack_state(net.stack), STACK_READY);
    assert_int_equal(address_to_v4(&stack_lease(net.stack)->address), second);
    /* In use it is defended once, then given up. */
    net_arp_in(&net, 1, second, OTHER_MAC, 0);
    assert_int_equal(stack_state(net.stack), STACK_READY);
    net_arp_in(&net, 1, second, OTHER_MAC, 0);
    assert_null(stack_lease(net.stack));
    net_run(&net, 10 * NET_S);
    assert_int_not_equal(address_to_v4(&stack_lease(net.stack)->address), second);
    net_stop(&net);
}

static void ten_taken_link_local_addresses_slow_the_search_down(void **state)
{
    struct net net;

    (void)state;
    net_start_without_server(&net);
    net_run(&net, 10 * NET_S);
    for (int i = 0; i < 10; i++) {
        const uint8_t *arp;

        net_forget(&net);
        net_run(&net, 1 * NET_S);
        arp = net_take_arp(&net, NULL);
        assert_non_null(arp);
        net_arp_in(&net, 2, get32(arp + 24), OTHER_MAC, 0);
    }
    net_forget(&net);
    net_run(&net, 59 * NET_S);
    assert_null(net_take_arp(&net, NULL));
    net_run(&net, 3 * NET_S);
    assert_non_null(net_take_arp(&net, NULL));
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_server_a_link_local_address_is_taken),
        cmocka_unit_test(a_link_local_address_that_is_taken_gives_way_to_another),
        cmocka_unit_test(ten_taken_link_local_addresses_slow_the_search_down),
    };

    return cmocka_run_group_tests_name("linklocal", tests, NULL, NULL);
}
