/* The neighbour cache: its bounds, its ages, and who goes when it is full.
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
#include "host/stack/stack_internal.h"
#include "host/stack/udp.h"
#include "tests/unit/stack_net.h"

enum { FIRST = 0x0a000214 }; /* 10.0.2.20 */
static const uint8_t OTHER_MAC[6] = {0x02, 0, 0, 0, 0, 0x99};
static const struct udp_handler SILENT;

static void start(struct net *net, struct udp_socket **socket)
{
    net_start(net);
    net->answer_arp = false;
    assert_int_equal(udp_open(net->stack, socket, &SILENT), 0);
}

static void send_to(struct net *net, struct udp_socket *socket, uint32_t address, uint16_t port)
{
    struct endpoint to = {address_v4(address), port};

    assert_int_equal(udp_send(socket, &to, NULL, 0, net->now_ns), 0);
}

static bool knows(const struct net *net, uint32_t address)
{
    struct address wanted = address_v4(address);
    uint8_t mac[6];
    uint64_t use_ns;

    return neighbor_lookup(net->stack, &wanted, mac, &use_ns);
}

static void a_gratuitous_announcement_changes_an_entry_but_makes_none(void **state)
{
    struct net net;
    struct udp_socket *socket;
    struct address address = address_v4(FIRST);
    uint8_t mac[6];
    uint64_t use_ns;

    (void)state;
    start(&net, &socket);
    net_arp_in(&net, 1, FIRST, OTHER_MAC, FIRST);
    assert_false(knows(&net, FIRST));
    net_arp_in(&net, 1, FIRST, NET_PEER_MAC, NET_ADDRESS);
    net_arp_in(&net, 1, FIRST, OTHER_MAC, FIRST);
    assert_true(neighbor_lookup(net.stack, &address, mac, &use_ns));
    assert_memory_equal(mac, OTHER_MAC, 6);
    udp_close(socket);
    net_stop(&net);
}

static void an_address_outside_our_network_is_not_learned(void **state)
{
    struct net net;
    struct udp_socket *socket;

    (void)state;
    start(&net, &socket);
    net_arp_in(&net, 1, 0x0a000314, OTHER_MAC, NET_ADDRESS);
    assert_false(knows(&net, 0x0a000314));
    udp_close(socket);
    net_stop(&net);
}

static void a_full_table_forgets_who_was_heard_longest_ago(void **state)
{
    struct net net;
    struct udp_socket *socket;
    struct stack_neighbor all[NEIGHBORS + 10];

    (void)state;
    start(&net, &socket);
    for (uint32_t i = 0; i < NEIGHBORS + 10; i++) {
        net_arp_in(&net, 1, FIRST + i, OTHER_MAC, NET_ADDRESS);
        net.now_ns += NET_MS;
    }
    assert_int_equal(stack_neighbors(net.stack, all, NEIGHBORS + 10), NEIGHBORS);
    assert_false(knows(&net, FIRST + 9));
    assert_true(knows(&net, FIRST + 10));
    assert_true(knows(&net, FIRST + NEIGHBORS + 9));
    udp_close(socket);
    net_stop(&net);
}

static void whoever_is_asked_for_stays_when_the_table_is_flooded(void **state)
{
    struct net net;
    struct udp_socket *socket;
    struct net_packet packet;

    (void)state;
    start(&net, &socket);
    send_to(&net, socket, 0x0a0002fe, 7);
    for (uint32_t i = 0; i < NEIGHBORS + 10; i++)
        net_arp_in(&net, 1, FIRST + i, OTHER_MAC, NET_ADDRESS);
    net_forget(&net);
    net_arp_in(&net, 2, 0x0a0002fe, NET_PEER_MAC, NET_ADDRESS);
    assert_true(net_take_packet(&net, &packet));
    assert_int_equal(packet.destination, 0x0a0002fe);
    udp_close(socket);
    net_stop(&net);
}

static void asking_for_stations_that_are_not_there_pushes_out_nobody_who_answered(void **state)
{
    struct net net;
    struct udp_socket *socket;
    uint32_t last = FIRST + NEIGHBORS / 2 + 1;

    (void)state;
    start(&net, &socket);
    for (uint32_t i = FIRST; i < last; i++)
        net_arp_in(&net, 1, i, OTHER_MAC, NET_ADDRESS);
    for (uint32_t i = 0; i < NEIGHBORS; i++)
        send_to(&net, socket, last + i % 90, 7);
    assert_false(knows(&net, FIRST)); /* half of the table is theirs */
    for (uint32_t i = FIRST + 1; i < last; i++)
        assert_true(knows(&net, i));
    udp_close(socket);
    net_stop(&net);
}

static void of_too_many_waiting_packets_the_newest_are_kept_in_order(void **state)
{
    struct net net;
    struct udp_socket *socket;
    struct net_packet packet;
    uint16_t port = 10;

    (void)state;
    start(&net, &socket);
    for (uint16_t i = 0; i < NEIGHBOR_WAITING + 10; i++)
        send_to(&net, socket, FIRST, i);
    assert_int_equal(stack_counters(net.stack)->ip_out_discards, 10);
    assert_non_null(net_take(&net));
    net_arp_in(&net, 2, FIRST, OTHER_MAC, NET_ADDRESS);
    while (net_take_packet(&net, &packet))
        assert_int_equal(get16(packet.payload + 2), port++);
    assert_int_equal(port, NEIGHBOR_WAITING + 10);
    udp_close(socket);
    net_stop(&net);
}

static void waiting_packets_go_when_the_device_has_room_again(void **state)
{
    struct net net;
    struct udp_socket *socket;
    struct net_packet packet;

    (void)state;
    start(&net, &socket);
    send_to(&net, socket, FIRST, 1);
    send_to(&net, socket, FIRST, 2);
    net_forget(&net);
    net.no_room = true;
    net_arp_in(&net, 2, FIRST, OTHER_MAC, NET_ADDRESS);
    assert_false(net_take_packet(&net, &packet));
    net.no_room = false;
    stack_room(net.stack, net.now_ns);
    assert_true(net_take_packet(&net, &packet));
    assert_int_equal(get16(packet.payload + 2), 1);
    assert_true(net_take_packet(&net, &packet));
    assert_int_equal(get16(packet.payload + 2), 2);
    assert_false(net_take_packet(&net, &packet));
    udp_close(socket);
    net_stop(&net);
}

static void send_again(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    (void)error;
    assert_int_equal(udp_send(*(struct udp_socket **)user, to, NULL, 0, now_ns), 0);
}

static void a_transport_told_of_the_failure_may_send_again_at_once(void **state)
{
    struct net net;
    struct udp_socket *socket, *stubborn;
    struct udp_handler handler = {.error = send_again, .user = &stubborn};
    struct endpoint to = {address_v4(FIRST), 9};
    struct net_packet packet;

    (void)state;
    start(&net, &socket);
    assert_int_equal(udp_open(net.stack, &stubborn, &handler), 0);
    for (int i = 0; i < NEIGHBOR_WAITING / 2; i++)
        assert_int_equal(udp_send(stubborn, &to, NULL, 0, net.now_ns), 0);
    net_run(&net, 3 * NET_S);
    net_forget(&net);
    net_arp_in(&net, 2, FIRST, OTHER_MAC, NET_ADDRESS);
    for (int i = 0; i < NEIGHBOR_WAITING / 2; i++)
        assert_true(net_take_packet(&net, &packet));
    assert_false(net_take_packet(&net, &packet));
    udp_close(stubborn);
    udp_close(socket);
    net_stop(&net);
}

static void states_and_ages_are_shown(void **state)
{
    struct net net;
    struct udp_socket *socket;
    struct stack_neighbor neighbor;
    uint64_t heard_ns;

    (void)state;
    start(&net, &socket);
    send_to(&net, socket, FIRST, 1);
    assert_int_equal(stack_neighbors(net.stack, &neighbor, 1), 1);
    assert_int_equal(neighbor.state, NEIGHBOR_INCOMPLETE);
    heard_ns = net.now_ns += 5 * NET_MS;
    net_arp_in(&net, 2, FIRST, OTHER_MAC, NET_ADDRESS);
    assert_int_equal(stack_neighbors(net.stack, &neighbor, 1), 1);
    assert_int_equal(neighbor.state, NEIGHBOR_REACHABLE);
    assert_int_equal(neighbor.updated_ns, heard_ns);
    net_run(&net, 60 * NET_S);
    assert_int_equal(stack_neighbors(net.stack, &neighbor, 1), 1);
    assert_int_equal(neighbor.state, NEIGHBOR_STALE);
    udp_close(socket);
    net_stop(&net);
}

static void a_station_that_has_gone_is_forgotten_after_three_requests(void **state)
{
    struct net net;
    struct udp_socket *socket;

    (void)state;
    start(&net, &socket);
    net_arp_in(&net, 1, FIRST, OTHER_MAC, NET_ADDRESS);
    net_run(&net, 61 * NET_S);
    send_to(&net, socket, FIRST, 1);
    net_run(&net, 2999 * NET_MS);
    assert_true(knows(&net, FIRST));
    net_run(&net, NET_MS);
    assert_false(knows(&net, FIRST));
    udp_close(socket);
    net_stop(&net);
}

/* What was found for the last packet holds only until something that it stands on changes. */
static void the_next_packet_goes_where_the_last_change_says(void **state)
{
    static const uint8_t third[6] = {2, 3, 3, 3, 3, 3};
    struct net net;
    struct udp_socket *socket;
    const struct net_frame *frame;

    (void)state;
    start(&net, &socket);
    net_arp_in(&net, 1, FIRST, OTHER_MAC, NET_ADDRESS);
    net_forget(&net);
    send_to(&net, socket, FIRST, 7);
    assert_memory_equal(net_take(&net)->bytes, OTHER_MAC, 6);
    net_arp_in(&net, 1, FIRST, third, FIRST);
    send_to(&net, socket, FIRST, 7);
    assert_memory_equal(net_take(&net)->bytes, third, 6);
    stack_link(net.stack, false, net.now_ns);
    stack_link(net.stack, true, net.now_ns);
    net_forget(&net);
    send_to(&net, socket, FIRST, 7);
    frame = net_take(&net);
    assert_true(!frame || memcmp(frame->bytes, third, 6) != 0);
    udp_close(socket);
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gratuitous_announcement_changes_an_entry_but_makes_none),
        cmocka_unit_test(an_address_outside_our_network_is_not_learned),
        cmocka_unit_test(a_full_table_forgets_who_was_heard_longest_ago),
        cmocka_unit_test(whoever_is_asked_for_stays_when_the_table_is_flooded),
        cmocka_unit_test(asking_for_stations_that_are_not_there_pushes_out_nobody_who_answered),
        cmocka_unit_test(of_too_many_waiting_packets_the_newest_are_kept_in_order),
        cmocka_unit_test(waiting_packets_go_when_the_device_has_room_again),
        cmocka_unit_test(a_transport_told_of_the_failure_may_send_again_at_once),
        cmocka_unit_test(states_and_ages_are_shown),
        cmocka_unit_test(a_station_that_has_gone_is_forgotten_after_three_requests),
        cmocka_unit_test(the_next_packet_goes_where_the_last_change_says),
    };

    return cmocka_run_group_tests_name("neighbor", tests, NULL, NULL);
}
