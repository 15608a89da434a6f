/* ARP packets in and out, and what becomes of packets whose neighbour must be asked for.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "host/stack/arp.h"
#include "host/stack/bytes.h"
#include "host/stack/udp.h"
#include "tests/unit/stack_net.h"

static const uint8_t OTHER_MAC[6] = {0x02, 0, 0, 0, 0, 0x99};
enum { OTHER = 0x0a000263 }; /* 10.0.2.99 */

static void start(struct net *net)
{
    net_start(net);
    net->answer_arp = false;
}

static void send_to(struct net *net, struct udp_socket *socket, uint32_t address)
{
    struct endpoint to = {address_v4(address), 9};

    assert_int_equal(udp_send(socket, &to, "hello", 5, net->now_ns), 0);
}

static struct udp_socket *open_socket(struct net *net)
{
    static const struct udp_handler silent;
    struct udp_socket *socket;

    assert_int_equal(udp_open(net->stack, &socket, &silent), 0);
    return socket;
}

static void assert_request(const struct net_frame *frame, const uint8_t *to, uint32_t target)
{
    static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    assert_non_null(frame);
    assert_int_equal(frame->len, 42);
    assert_memory_equal(frame->bytes, to ? to : broadcast, 6);
    assert_int_equal(get16(frame->bytes + 12), 0x0806);
    assert_int_equal(get16(frame->bytes + 20), 1);
    assert_int_equal(get32(frame->bytes + 28), NET_ADDRESS);
    assert_int_equal(get32(frame->bytes + 38), target);
}

static void answers_a_request_for_our_address(void **state)
{
    struct net net;
    const struct net_frame *frame;

    (void)state;
    start(&net);
    net_arp_in(&net, 1, OTHER, OTHER_MAC, NET_ADDRESS);
    frame = net_take(&net);
    assert_non_null(frame);
    assert_memory_equal(frame->bytes, OTHER_MAC, 6);
    assert_int_equal(get16(frame->bytes + 20), 2);
    assert_memory_equal(frame->bytes + 22, NET_MAC, 6);
    assert_int_equal(get32(frame->bytes + 28), NET_ADDRESS);
    assert_memory_equal(frame->bytes + 32, OTHER_MAC, 6);
    assert_int_equal(get32(frame->bytes + 38), OTHER);
    assert_null(net_take(&net));
    net_stop(&net);
}

static void ignores_a_request_for_somebody_else(void **state)
{
    struct net net;
    struct stack_neighbor neighbor;

    (void)state;
    start(&net);
    net_arp_in(&net, 1, OTHER, OTHER_MAC, NET_PEER);
    assert_null(net_take(&net));
    assert_int_equal(stack_neighbors(net.stack, &neighbor, 1), 0);
    net_stop(&net);
}

static void a_packet_waits_for_the_answer_and_then_goes(void **state)
{
    struct net net;
    struct udp_socket *socket;
    struct net_packet packet;

    (void)state;
    start(&net);
    socket = open_socket(&net);
    send_to(&net, socket, OTHER);
    assert_request(net_take(&net), NULL, OTHER);
    assert_null(net_take(&net));
    net_arp_in(&net, 2, OTHER, OTHER_MAC, NET_ADDRESS);
    assert_true(net_take_packet(&net, &packet));
    assert_memory_equal(packet.header - 14, OTHER_MAC, 6);
    assert_int_equal(packet.destination, OTHER);
    assert_memory_equal(packet.payload + 8, "hello", 5);
    assert_true(net_journal_has(&net, "arp: who-has 10.0.2.99 tell 10.0.2.15\n"));
    assert_true(net_journal_has(&net, "arp: 10.0.2.99 is-at 02:00:00:00:00:99\n"));
    udp_close(socket);
    net_stop(&net);
}

static void a_packet_to_another_network_asks_for_the_gateway(void **state)
{
    struct net net;
    struct udp_socket *socket;

    (void)state;
    start(&net);
    socket = open_socket(&net);
    send_to(&net, socket, 0x08080808);
    assert_request(net_take(&net), NULL, NET_PEER);
    udp_close(socket);
    net_stop(&net);
}

struct failure {
    int error;
    struct endpoint to;
};

static void note_failure(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    struct failure *failure = user;

    (void)now_ns;
    failure->error = error;
    failure->to = *to;
}

static void three_requests_without_an_answer_end_as_host_unreachable(void **state)
{
    struct net net;
    struct failure failure = {0};
    struct udp_handler handler = {.error = note_failure, .user = &failure};
    struct udp_socket *socket;
    uint64_t start_ns;

    (void)state;
    start(&net);
    start_ns = net.now_ns;
    assert_int_equal(udp_open(net.stack, &socket, &handler), 0);
    send_to(&net, socket, OTHER);
    net_run(&net, 2999 * NET_MS);
    assert_int_equal(failure.error, 0);
    for (uint64_t i = 0; i < 3; i++) {
        const struct net_frame *frame = net_take(&net);

        assert_request(frame, NULL, OTHER);
        assert_int_equal(frame->time_ns - start_ns, i * NET_S);
    }
    net_run(&net, NET_MS);
    assert_int_equal(failure.error, -EHOSTUNREACH);
    assert_int_equal(address_to_v4(&failure.to.address), OTHER);
    assert_int_equal(failure.to.port, 9);
    assert_null(net_take(&net));
    udp_close(socket);
    net_stop(&net);
}

static void an_old_entry_is_used_while_its_station_is_asked_again(void **state)
{
    struct net net;
    struct udp_socket *socket;
    struct net_packet packet;

    (void)state;
    start(&net);
    socket = open_socket(&net);
    net_arp_in(&net, 1, OTHER, OTHER_MAC, NET_ADDRESS);
    net_run(&net, 61 * NET_S);
    net_forget(&net);
    send_to(&net, socket, OTHER);
    assert_true(net_take_packet(&net, &packet));
    assert_memory_equal(packet.header - 14, OTHER_MAC, 6);
    assert_request(net_take(&net), OTHER_MAC, OTHER);
    net_arp_in(&net, 2, OTHER, OTHER_MAC, NET_ADDRESS);
    send_to(&net, socket, OTHER);
    assert_true(net_take_packet(&net, &packet));
    assert_null(net_take(&net));
    udp_close(socket);
    net_stop(&net);
}

static void malformed_packets_are_counted_and_teach_nothing(void **state)
{
    struct net net;
    uint8_t frame[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct stack_neighbor neighbor;
    static const struct {
        size_t at;
        uint8_t value;
    } lies[] = {{15, 2}, {16, 9}, {18, 7}, {19, 5}, {21, 9}, {22, 0x01}, {28, 0xe0}, {28, 127}};

    (void)state;
    start(&net);
    memcpy(frame + 12, (uint8_t[]){8, 6, 0, 1, 8, 0, 6, 4, 0, 1}, 10);
    memcpy(frame + 22, OTHER_MAC, 6);
    put32(frame + 28, OTHER);
    put32(frame + 38, NET_ADDRESS);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        uint8_t bad[42];

        memcpy(bad, frame, 42);
        bad[lies[i].at] = lies[i].value;
        net_frame_in(&net, bad, 42);
    }
    for (size_t len = 0; len < 42; len++)
        net_frame_in(&net, frame, len);
    assert_null(net_take(&net));
    assert_int_equal(stack_neighbors(net.stack, &neighbor, 1), 0);
    assert_int_equal(stack_counters(net.stack)->arp_in_bad, sizeof lies / sizeof *lies + 28);
    assert_int_equal(stack_counters(net.stack)->eth_in_short, 14);
    net_frame_in(&net, frame, 42);
    assert_non_null(net_take(&net));
    net_stop(&net);
}

static void nobody_is_a_neighbor_at_our_own_address(void **state)
{
    struct stack_neighbor all[8];
    struct net net;

    (void)state;
    start(&net);
    stack_link(net.stack, false, net.now_ns);
    net_arp_in(&net, 1, NET_ADDRESS, OTHER_MAC, NET_ADDRESS);
    stack_link(net.stack, true, net.now_ns);
    net_run(&net, NET_MS);
    for (int i = 0, count = stack_neighbors(net.stack, all, 8); i < count; i++)
        assert_int_not_equal(address_to_v4(&all[i].address), NET_ADDRESS);
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_a_request_for_our_address),
        cmocka_unit_test(ignores_a_request_for_somebody_else),
        cmocka_unit_test(a_packet_waits_for_the_answer_and_then_goes),
        cmocka_unit_test(a_packet_to_another_network_asks_for_the_gateway),
        cmocka_unit_test(three_requests_without_an_answer_end_as_host_unreachable),
        cmocka_unit_test(an_old_entry_is_used_while_its_station_is_asked_again),
        cmocka_unit_test(malformed_packets_are_counted_and_teach_nothing),
        cmocka_unit_test(nobody_is_a_neighbor_at_our_own_address),
    };

    return cmocka_run_group_tests_name("arp", tests, NULL, NULL);
}
