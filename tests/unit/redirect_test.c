/* Redirects: a router names a better first hop. RFC 4861, 8.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "host/stack/udp.h"
#include "tests/unit/net6.h"

enum { REDIRECT = 137, NS = 135, NA = 136, UDP = 17 };

static const struct udp_handler NOBODY;
static const struct address FAR = {{0x20, 1, 0x0d, 0xb8, [15] = 9}};
static const struct address OTHER_ROUTER = {{0xfe, 0x80, [15] = 3}};
static const uint8_t OTHER_MAC[6] = {0x02, 0, 0, 0, 0, 3};

/* A router that is known, and a way to FAR by it. */
static void start(struct net *net)
{
    net6_start(net);
    net6_router(net, 1800, 3600, 3600);
    net_run(net, 5 * NET_S);
    net_forget(net);
}

static void redirect(struct net *net, const struct address *source, const struct address *target,
                     const struct address *destination, const uint8_t *mac)
{
    struct address own = net6_own(net, ADDRESS6_LINK_LOCAL).address;
    uint8_t body[44] = {0};

    memcpy(body + 4, target->bytes, 16);
    memcpy(body + 20, destination->bytes, 16);
    body[36] = 2, body[37] = 1;
    if (mac)
        memcpy(body + 38, mac, 6);
    net6_discovery(net, source, &own, REDIRECT, body, mac ? 44 : 36);
}

/* Sends a datagram; returns where its frame went, NULL if a question was asked instead. */
static const uint8_t *send_to(struct net *net, const struct address *to, struct net6_packet *out)
{
    struct udp_socket *socket;
    struct endpoint endpoint = {*to, 9};

    net_forget(net);
    assert_int_equal(udp_open(net->stack, &socket, &NOBODY), 0);
    assert_int_equal(udp_send(socket, &endpoint, "x", 1, net->now_ns), 0);
    udp_close(socket);
    assert_true(net6_take(net, out));
    return out->next == UDP ? out->mac : NULL;
}

static void goes_by_the_router_that_the_first_one_names(void **state)
{
    struct net net;
    struct net6_packet packet;

    (void)state;
    start(&net);
    assert_memory_equal(send_to(&net, &FAR, &packet), NET_PEER_MAC, 6);
    redirect(&net, &NET6_ROUTER, &OTHER_ROUTER, &FAR, OTHER_MAC);
    assert_memory_equal(send_to(&net, &FAR, &packet), OTHER_MAC, 6);
    struct address near = {{0x20, 1, 0x0d, 0xb8, [15] = 8}};
    assert_memory_equal(send_to(&net, &near, &packet), NET_PEER_MAC, 6);
    assert_int_equal(stack_counters(net.stack)->ndp_in_redirects, 1);
    redirect(&net, &OTHER_ROUTER, &NET6_ROUTER, &FAR, NULL); /* and back */
    assert_memory_equal(send_to(&net, &FAR, &packet), NET_PEER_MAC, 6);
    net_stop(&net);
}

static void asks_a_station_itself_that_turns_out_to_be_on_the_link(void **state)
{
    struct net net;
    struct net6_packet packet;

    (void)state;
    start(&net);
    redirect(&net, &NET6_ROUTER, &FAR, &FAR, NULL);
    assert_null(send_to(&net, &FAR, &packet));
    assert_int_equal(packet.payload[0], NS);
    assert_memory_equal(packet.payload + 8, FAR.bytes, 16);
    net_stop(&net);
}

static void refuse(struct net *net)
{
    struct net6_packet packet;

    assert_memory_equal(send_to(net, &FAR, &packet), NET_PEER_MAC, 6);
}

/* 8.1 */
static void believes_none_but_its_first_hop_and_nothing_senseless(void **state)
{
    struct net net;
    struct address group = NET6_ALL_NODES, global = {{0xfd, 0, 0, 1, [15] = 7}};
    const struct address loopback = {{[15] = 1}};
    struct address own;
    uint8_t body[36] = {0};

    (void)state;
    start(&net);
    own = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    redirect(&net, &OTHER_ROUTER, &OTHER_ROUTER, &FAR, OTHER_MAC); /* not the first hop */
    redirect(&net, &NET6_PEER, &OTHER_ROUTER, &FAR, OTHER_MAC);    /* not link-local */
    redirect(&net, &NET6_ROUTER, &global, &FAR, OTHER_MAC); /* a router has a link-local address */
    redirect(&net, &NET6_ROUTER, &own, &FAR, NULL);
    redirect(&net, &NET6_ROUTER, &OTHER_ROUTER, &group, OTHER_MAC);
    redirect(&net, &NET6_ROUTER, &loopback, &loopback, OTHER_MAC);
    assert_int_equal(stack_counters(net.stack)->ndp_in_bad, 6);
    memcpy(body + 4, OTHER_ROUTER.bytes, 16);
    memcpy(body + 20, FAR.bytes, 16);
    net6_discovery(&net, &NET6_ROUTER, &own, REDIRECT, body, 35); /* cut off */
    assert_int_equal(stack_counters(net.stack)->ndp_in_bad, 7);
    refuse(&net);
    assert_int_equal(stack_counters(net.stack)->ndp_in_redirects, 0);
    net_stop(&net);
}

static void comes_back_to_the_router_when_the_better_hop_does_not_answer(void **state)
{
    struct net net;
    struct net6_packet packet;

    (void)state;
    start(&net);
    redirect(&net, &NET6_ROUTER, &OTHER_ROUTER, &FAR, NULL);
    assert_null(send_to(&net, &FAR, &packet));
    net_run(&net, 10 * NET_S);
    refuse(&net);
    net_stop(&net);
}

/* An advertisement of target for us, asked for, without the flag of a router. */
static void says_it_is_no_router(struct net *net, const struct address *target)
{
    struct address own = net6_own(net, ADDRESS6_LINK_LOCAL).address;
    uint8_t body[28] = {0x60, [20] = 2, 1};

    memcpy(body + 4, target->bytes, 16);
    memcpy(body + 22, OTHER_MAC, 6);
    net6_discovery(net, target, &own, NA, body, sizeof body);
}

/* RFC 4861, 7.2.5: what went by it goes as before; what goes to it is no concern of that. */
static void goes_by_nobody_who_says_that_he_is_no_router(void **state)
{
    struct net net;
    struct net6_packet packet;

    (void)state;
    start(&net);
    redirect(&net, &NET6_ROUTER, &OTHER_ROUTER, &FAR, OTHER_MAC);
    assert_memory_equal(send_to(&net, &FAR, &packet), OTHER_MAC, 6);
    says_it_is_no_router(&net, &OTHER_ROUTER);
    assert_memory_equal(send_to(&net, &FAR, &packet), NET_PEER_MAC, 6);
    redirect(&net, &NET6_ROUTER, &FAR, &FAR, OTHER_MAC);
    says_it_is_no_router(&net, &FAR);
    assert_memory_equal(send_to(&net, &FAR, &packet), OTHER_MAC, 6);
    net_stop(&net);
}

static void forgets_what_a_router_said_that_is_no_longer_used(void **state)
{
    struct net net;
    struct net6_packet packet;
    uint8_t body[20] = {64, 0, 0x07, 0x08, [12] = 1, 1};

    (void)state;
    start(&net);
    redirect(&net, &NET6_ROUTER, &FAR, &FAR, OTHER_MAC);
    assert_memory_equal(send_to(&net, &FAR, &packet), OTHER_MAC, 6);
    memcpy(body + 14, OTHER_MAC, 6);
    body[19] = 4;
    net6_discovery(&net, &OTHER_ROUTER, &NET6_ALL_NODES, 134, body, sizeof body);
    net6_router(&net, 0, 3600, 3600); /* good-bye */
    assert_int_equal(send_to(&net, &FAR, &packet)[5], 4);
    net_stop(&net);
}

static void remembers_eight_of_many(void **state)
{
    struct net net;
    struct net6_packet packet;
    struct address far = FAR;

    (void)state;
    start(&net);
    for (uint8_t i = 0; i < 100; i++) {
        far.bytes[14] = i;
        redirect(&net, &NET6_ROUTER, &OTHER_ROUTER, &far, OTHER_MAC);
    }
    for (uint8_t i = 88; i < 100; i++) {
        far.bytes[14] = i;
        assert_memory_equal(send_to(&net, &far, &packet), i < 92 ? NET_PEER_MAC : OTHER_MAC, 6);
    }
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_by_the_router_that_the_first_one_names),
        cmocka_unit_test(asks_a_station_itself_that_turns_out_to_be_on_the_link),
        cmocka_unit_test(believes_none_but_its_first_hop_and_nothing_senseless),
        cmocka_unit_test(comes_back_to_the_router_when_the_better_hop_does_not_answer),
        cmocka_unit_test(goes_by_nobody_who_says_that_he_is_no_router),
        cmocka_unit_test(forgets_what_a_router_said_that_is_no_longer_used),
        cmocka_unit_test(remembers_eight_of_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
