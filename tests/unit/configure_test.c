/* Addresses probed, announced, defended and given up, fixed ones and leased ones.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/udp.h"
#include "tests/unit/stack_net.h"

static const uint8_t OTHER_MAC[6] = {0x02, 0, 0, 0, 0, 0x99};

static void assert_arp(const uint8_t *arp, uint32_t sender, uint32_t target)
{
    assert_non_null(arp);
    assert_int_equal(get16(arp + 6), 1);
    assert_int_equal(get32(arp + 14), sender);
    assert_int_equal(get32(arp + 24), target);
}

static void start_static(struct net *net)
{
    struct stack_config config = net_config(net);

    net_start_with(net, &config);
}

static void a_static_address_is_probed_three_times_and_announced_twice(void **state)
{
    struct net net;
    uint64_t times[5];

    (void)state;
    start_static(&net);
    assert_int_equal(stack_state(net.stack), STACK_PROBING);
    assert_null(stack_lease(net.stack));
    net_run(&net, 20 * NET_S);
    for (int i = 0; i < 3; i++)
        assert_arp(net_take_arp(&net, &times[i]), 0, NET_ADDRESS);
    for (int i = 3; i < 5; i++)
        assert_arp(net_take_arp(&net, &times[i]), NET_ADDRESS, NET_ADDRESS);
    assert_null(net_take_arp(&net, NULL));
    assert_in_range(times[0], NET_S, 2 * NET_S);
    assert_in_range(times[1] - times[0], NET_S, 2 * NET_S);
    assert_in_range(times[2] - times[1], NET_S, 2 * NET_S);
    assert_int_equal(times[3] - times[2], 2 * NET_S);
    assert_int_equal(times[4] - times[3], 2 * NET_S);
    assert_int_equal(stack_state(net.stack), STACK_READY);
    assert_false(stack_lease(net.stack)->from_dhcp);
    net_stop(&net);
}

static void a_static_address_that_somebody_has_is_not_taken_but_tried_again(void **state)
{
    struct net net;

    (void)state;
    start_static(&net);
    net_run(&net, 1500 * NET_MS);
    assert_arp(net_take_arp(&net, NULL), 0, NET_ADDRESS);
    net_arp_in(&net, 2, NET_ADDRESS, OTHER_MAC, 0);
    net_forget(&net);
    assert_int_equal(stack_counters(net.stack)->arp_conflicts, 1);
    assert_true(net_journal_has(
        &net, "arp: address conflict: 10.0.2.15: 02:00:00:00:00:99 has it already"));
    net_run(&net, 9 * NET_S);
    assert_null(net_take_arp(&net, NULL));
    assert_int_equal(stack_state(net.stack), STACK_CONFLICT);
    assert_null(stack_lease(net.stack));
    net_run(&net, NET_S);
    assert_int_equal(stack_state(net.stack), STACK_PROBING);
    net_run(&net, 9 * NET_S);
    assert_int_equal(stack_state(net.stack), STACK_READY);
    net_stop(&net);
}

static void two_stations_that_probe_for_one_address_both_step_back(void **state)
{
    struct net net;

    (void)state;
    start_static(&net);
    net_run(&net, 1500 * NET_MS);
    net_arp_in(&net, 1, 0, OTHER_MAC, NET_ADDRESS);
    assert_int_equal(stack_counters(net.stack)->arp_conflicts, 1);
    net_stop(&net);
}

static void our_own_probe_come_back_is_no_conflict(void **state)
{
    struct net net;

    (void)state;
    start_static(&net);
    net_run(&net, 1500 * NET_MS);
    net_arp_in(&net, 1, 0, NET_MAC, NET_ADDRESS);
    net_run(&net, 20 * NET_S);
    assert_int_equal(stack_counters(net.stack)->arp_conflicts, 0);
    assert_int_equal(stack_state(net.stack), STACK_READY);
    net_stop(&net);
}

static void an_address_in_use_is_defended_once_in_ten_seconds(void **state)
{
    struct net net;

    (void)state;
    net_start(&net);
    for (int i = 0; i < 5; i++)
        net_arp_in(&net, 1, NET_ADDRESS, OTHER_MAC, NET_PEER);
    assert_arp(net_take_arp(&net, NULL), NET_ADDRESS, NET_ADDRESS);
    assert_null(net_take_arp(&net, NULL));
    net_run(&net, 10 * NET_S);
    net_arp_in(&net, 1, NET_ADDRESS, OTHER_MAC, NET_PEER);
    assert_arp(net_take_arp(&net, NULL), NET_ADDRESS, NET_ADDRESS);
    assert_int_equal(stack_state(net.stack), STACK_READY);
    assert_int_equal(stack_counters(net.stack)->arp_conflicts, 6);
    net_stop(&net);
}

/* A server's OFFER and ACK of NET_ADDRESS for what the stack asks. Returns the message type that
 * was asked, 0 for none. */
static uint8_t serve(struct net *net)
{
    static const uint8_t options[] = {54,  4, 10, 0, 2, 2, 1,    4, 255, 255,
                                      255, 0, 51, 4, 0, 0, 0x10, 0, 255};
    uint8_t frame[42 + 243 + sizeof options] = {0};
    const struct net_frame *asked = net_take(net);
    uint8_t type;

    while (asked && get16(asked->bytes + 12) != 0x0800)
        asked = net_take(net);
    if (!asked)
        return 0;
    type = asked->bytes[42 + 242];
    net_headers(frame, NET_PEER, 0xffffffff, PROTOCOL_UDP, sizeof frame - 34);
    put16(frame + 34, 67);
    put16(frame + 36, 68);
    put16(frame + 38, sizeof frame - 34);
    memcpy(frame + 42, asked->bytes + 42, 240);
    frame[42] = 2;
    put32(frame + 42 + 16, NET_ADDRESS);
    memcpy(frame + 42 + 240, (uint8_t[]){53, 1, type == 1 ? 2 : 5}, 3);
    memcpy(frame + 42 + 243, options, sizeof options);
    if (type == 1 || type == 3)
        net_frame_in(net, frame, sizeof frame);
    return type;
}

static void a_lease_that_comes_later_replaces_the_link_local_address(void **state)
{
    struct net net;
    uint8_t type;

    (void)state;
    net_start_without_server(&net);
    net_run(&net, 22 * NET_S);
    assert_true(stack_lease(net.stack)->link_local);
    net_forget(&net);
    net_run(&net, 40 * NET_S);
    do
        type = serve(&net);
    while (type == 1);
    assert_int_equal(type, 3);
    assert_true(stack_lease(net.stack)->link_local);
    net_run(&net, 10 * NET_S);
    assert_true(stack_lease(net.stack)->from_dhcp);
    assert_int_equal(address_to_v4(&stack_lease(net.stack)->address), NET_ADDRESS);
    net_stop(&net);
}

static void a_leased_address_that_somebody_has_is_declined(void **state)
{
    struct net net;
    uint64_t declined_ns;

    (void)state;
    net_start_without_server(&net);
    assert_int_equal(serve(&net), 1);
    assert_int_equal(serve(&net), 3);
    assert_int_equal(stack_state(net.stack), STACK_PROBING);
    net_run(&net, 1500 * NET_MS);
    net_arp_in(&net, 2, NET_ADDRESS, OTHER_MAC, 0);
    declined_ns = net.now_ns;
    assert_int_equal(serve(&net), 4);
    assert_int_equal(stack_state(net.stack), STACK_ASKING);
    assert_null(stack_lease(net.stack));
    net_run(&net, 9 * NET_S);
    assert_int_equal(serve(&net), 0);
    net_run(&net, declined_ns + 10 * NET_S - net.now_ns);
    assert_int_equal(serve(&net), 1);
    net_stop(&net);
}

static void chosen_name_servers_stand_in_place_of_the_leases(void **state)
{
    struct net net;
    struct stack_config config = net_config(&net);

    (void)state;
    config.source = ADDRESS_FROM_DHCP;
    config.skip_probing = true;
    assert_int_equal(endpoint_parse("9.9.9.9:5353", 53, &config.dns[0]), 0);
    net_start_with(&net, &config);
    assert_int_equal(serve(&net), 1);
    assert_int_equal(serve(&net), 3);
    assert_int_equal(stack_lease(net.stack)->dns[0].port, 5353);
    assert_int_equal(stack_lease(net.stack)->dns[1].port, 0);
    net_stop(&net);
}

static void routes_come_and_go_with_the_address(void **state)
{
    struct net net;
    struct stack_config config = net_config(&net);
    struct stack_route routes[4];

    (void)state;
    net_start_with(&net, &config);
    assert_int_equal(stack_routes(net.stack, routes, 4), 0);
    net_run(&net, 20 * NET_S);
    assert_int_equal(stack_routes(net.stack, routes, 4), 2);
    assert_int_equal(address_to_v4(&routes[0].prefix), 0x0a000200);
    assert_int_equal(routes[0].prefix_len, 24);
    assert_true(address_is_unspecified(&routes[0].gateway));
    assert_int_equal(routes[1].prefix_len, 0);
    assert_int_equal(address_to_v4(&routes[1].gateway), NET_PEER);
    assert_int_equal(stack_routes(net.stack, routes, 1), 1);
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_static_address_is_probed_three_times_and_announced_twice),
        cmocka_unit_test(a_static_address_that_somebody_has_is_not_taken_but_tried_again),
        cmocka_unit_test(two_stations_that_probe_for_one_address_both_step_back),
        cmocka_unit_test(our_own_probe_come_back_is_no_conflict),
        cmocka_unit_test(an_address_in_use_is_defended_once_in_ten_seconds),
        cmocka_unit_test(a_lease_that_comes_later_replaces_the_link_local_address),
        cmocka_unit_test(a_leased_address_that_somebody_has_is_declined),
        cmocka_unit_test(chosen_name_servers_stand_in_place_of_the_leases),
        cmocka_unit_test(routes_come_and_go_with_the_address),
    };

    return cmocka_run_group_tests_name("configure", tests, NULL, NULL);
}
