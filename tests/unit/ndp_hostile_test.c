/* What a station on the link may not do to us by neighbour discovery, and what becomes of a link that changes. RFC 4861,
 * RFC 4862, RFC 6980.
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
#include "host/stack/neighbor.h"
#include "host/stack/udp.h"
#include "tests/unit/net6.h"

enum { RS = 133, RA = 134, NS = 135, NA = 136, UDP = 17, FRAGMENT = 44, ICMPV6 = 58 };

static const struct udp_handler NOBODY;
static const struct address NOWHERE, FAR = {{0x20, 1, 0x0d, 0xb8, [15] = 1}};

static int send_to(struct net *net, const struct address *to)
{
    struct udp_socket *socket;
    struct endpoint endpoint = {*to, 9};
    int result;

    assert_int_equal(udp_open(net->stack, &socket, &NOBODY), 0);
    result = udp_send(socket, &endpoint, "x", 1, net->now_ns);
    udp_close(socket);
    return result;
}

static int count_routes(const struct net *net)
{
    struct stack_route routes[16];

    return stack_routes(net->stack, routes, 16);
}

static void start_with_router(struct net *net)
{
    net6_start(net);
    net6_router(net, 1800, 3600, 1800);
    net_run(net, 3 * NET_S);
    net_forget(net);
}

static void hears_no_discovery_from_a_fragment(void **state)
{
    struct net net;
    uint8_t whole[54 + 24], fragment[8 + 24] = {ICMPV6}, body[24] = {RA, [4] = 64, [6] = 7, 8};
    struct net6_packet plain = {.source = NET6_ROUTER,
                                .destination = NET6_ALL_NODES,
                                .next = ICMPV6,
                                .hop_limit = 255,
                                .payload = body,
                                .length = 16};
    struct net6_packet packet = plain;

    (void)state;
    net6_start(&net);
    int before = count_routes(&net);
    net6_build(&plain, 2, whole);
    memcpy(fragment + 8, whole + 54, 16);
    packet.next = FRAGMENT;
    packet.payload = fragment;
    packet.length = 8 + 16;
    net6_in(&net, &packet, NET_NO_CSUM);
    assert_int_equal(count_routes(&net), before);
    assert_int_equal(stack_counters(net.stack)->ndp_in_bad, 1);
    net6_in(&net, &plain, 2);
    assert_int_equal(count_routes(&net), before + 1);
    net_stop(&net);
}

static void hears_a_probe_at_the_solicited_nodes_group_only(void **state)
{
    struct net net;
    uint8_t body[20] = {0};

    (void)state;
    net6_start(&net);
    memcpy(body + 4, net6_own(&net, ADDRESS6_LINK_LOCAL).address.bytes, 16);
    net6_discovery(&net, &NOWHERE, &NET6_ALL_NODES, NS, body, sizeof body);
    assert_null(net_take(&net));
    assert_int_equal(stack_counters(net.stack)->ndp_in_bad, 1);
    net_stop(&net);
}

static void takes_off_its_list_who_is_a_router_no_more(void **state)
{
    struct net net;
    uint8_t body[28] = {0xa0, [20] = 2, 1}; /* router, override */

    (void)state;
    start_with_router(&net);
    memcpy(body + 4, NET6_ROUTER.bytes, 16);
    memcpy(body + 22, NET_PEER_MAC, 6);
    net6_discovery(&net, &NET6_ROUTER, &NET6_ALL_NODES, NA, body, sizeof body);
    assert_int_equal(send_to(&net, &FAR), 0);
    body[0] = 0x20;
    net6_discovery(&net, &NET6_ROUTER, &NET6_ALL_NODES, NA, body, sizeof body);
    assert_int_equal(send_to(&net, &FAR), -ENETUNREACH);
    net_stop(&net);
}

/* Times of a router in ms, without options. */
static void advertise_times(struct net *net, uint32_t reachable_ms, uint32_t retrans_ms)
{
    uint8_t body[12] = {99, 0, 7, 8};

    put32(body + 4, reachable_ms);
    put32(body + 8, retrans_ms);
    net6_discovery(net, &NET6_ROUTER, &NET6_ALL_NODES, RA, body, sizeof body);
}

static unsigned asked(struct net *net)
{
    struct net6_packet packet;
    unsigned count = 0;

    while (net6_find(net, ICMPV6, NS, &packet))
        count++;
    return count;
}

static void is_made_neither_to_ask_without_pause_nor_to_wait_for_ever(void **state)
{
    struct net net;

    (void)state;
    start_with_router(&net);
    advertise_times(&net, 0xffffffff, 0xffffffff);
    assert_int_equal(send_to(&net, &NET6_PEER), 0);
    net_run(&net, 181 * NET_S);
    assert_int_equal(asked(&net), 3);
    assert_true(net_journal_has(&net, "nobody answers for fd00:1::2"));
    advertise_times(&net, 1, 1);
    assert_int_equal(send_to(&net, &NET6_PEER), 0);
    net_run(&net, 15 * NET_MS);
    assert_int_equal(asked(&net), 2);
    net_stop(&net);
}

static void sends_with_the_hop_limit_that_its_router_tells(void **state)
{
    struct net net;
    struct net6_packet packet;

    (void)state;
    start_with_router(&net);
    advertise_times(&net, 0, 0);
    assert_int_equal(send_to(&net, &FAR), 0);
    assert_true(net6_find(&net, UDP, -1, &packet));
    assert_int_equal(packet.hop_limit, 99);
    net_stop(&net);
}

static void goes_on_looking_for_routers_past_one_that_is_none(void **state)
{
    struct net net;
    struct stack_config config = net_config(&net);
    struct net6_packet packet;
    int count = 0;

    (void)state;
    config.ipv6 = true;
    net_start_with(&net, &config);
    while (!net6_find(&net, ICMPV6, RS, &packet))
        net_run(&net, 100 * NET_MS);
    net6_router(&net, 0, 3600, 1800);
    net_run(&net, 20 * NET_S);
    while (net6_find(&net, ICMPV6, RS, &packet))
        count++;
    assert_int_equal(count, 2);
    net_stop(&net);
}

/* RFC 4862, 5.4.3: two that come up together. */
static void leaves_an_address_to_who_asks_for_it_first(void **state)
{
    struct net net;
    struct stack_config config = net_config(&net);
    uint8_t body[20] = {0};

    (void)state;
    config.ipv6 = true;
    net_start_with(&net, &config);
    struct address own = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    struct address group = {{0xff, 2, [11] = 1, 0xff, own.bytes[13], own.bytes[14], own.bytes[15]}};
    memcpy(body + 4, own.bytes, 16);
    struct net6_packet probe = {.destination = group, .next = ICMPV6, .hop_limit = 255};
    uint8_t message[24] = {NS}, frame[54 + 24];
    memcpy(message + 4, body, 20);
    probe.payload = message;
    probe.length = sizeof message;
    net6_build(&probe, 2, frame);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(stack_counters(net.stack)->ndp_duplicates, 1);
    struct address other = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    assert_false(address_equal(&own, &other));
    net_stop(&net);
}

static void bounce(struct net *net)
{
    stack_link(net->stack, false, net->now_ns);
    stack_link(net->stack, true, net->now_ns);
}

static void asks_anew_for_an_address_whose_question_went_to_another_link(void **state)
{
    struct net net;
    struct stack_config config = net_config(&net);

    (void)state;
    config.ipv6 = true;
    net_start_with(&net, &config);
    while (asked(&net) == 0)
        net_run(&net, 50 * NET_MS);
    stack_link(net.stack, false, net.now_ns);
    net_run(&net, 10 * NET_S);
    stack_link(net.stack, true, net.now_ns);
    net_run(&net, 5 * NET_S);
    assert_int_equal(asked(&net), 1);
    assert_int_equal(net6_own(&net, ADDRESS6_LINK_LOCAL).state, ADDRESS6_PREFERRED);
    net_stop(&net);
}

static void knows_no_neighbour_of_the_link_before(void **state)
{
    struct net net;
    struct stack_neighbor all[NEIGHBORS];

    (void)state;
    net6_start(&net);
    net6_meet(&net, &NET6_ROUTER);
    assert_int_equal(stack_neighbors(net.stack, all, NEIGHBORS), 1);
    bounce(&net);
    assert_int_equal(stack_neighbors(net.stack, all, NEIGHBORS), 0);
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hears_no_discovery_from_a_fragment),
        cmocka_unit_test(hears_a_probe_at_the_solicited_nodes_group_only),
        cmocka_unit_test(takes_off_its_list_who_is_a_router_no_more),
        cmocka_unit_test(is_made_neither_to_ask_without_pause_nor_to_wait_for_ever),
        cmocka_unit_test(sends_with_the_hop_limit_that_its_router_tells),
        cmocka_unit_test(goes_on_looking_for_routers_past_one_that_is_none),
        cmocka_unit_test(leaves_an_address_to_who_asks_for_it_first),
        cmocka_unit_test(asks_anew_for_an_address_whose_question_went_to_another_link),
        cmocka_unit_test(knows_no_neighbour_of_the_link_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
