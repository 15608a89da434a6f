/* IPv4 packets in: hostile headers, addresses, the board's mark.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/ip_internal.h"
#include "tests/unit/udp_sink.h"

/* A datagram of 4 bytes to port 7000. */
static void datagram(uint8_t *frame, uint32_t source, uint32_t destination)
{
    net_headers(frame, source, destination, PROTOCOL_UDP, 12);
    memcpy(frame + 34, (uint8_t[]){0, 9, 0x1b, 0x58, 0, 12, 0, 0, 'd', 'a', 't', 'a'}, 12);
}

static void a_header_that_lies_is_counted_and_dropped(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } lies[] = {{14, 0x65}, {14, 0x44}, {14, 0x4f}, {16, 0xff}, {17, 19}, {17, 33}, {17, 0}};
    struct net net;
    struct udp_sink received;
    struct udp_socket *socket;
    uint8_t frame[46];

    (void)state;
    net_start(&net);
    socket = udp_sink_open(&net, &received, 7000);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        datagram(frame, NET_PEER, NET_ADDRESS);
        frame[lies[i].at] = lies[i].value;
        put16(frame + 24, 0);
        put16(frame + 24, net_sum(0, frame + 14, 20));
        net_frame_in(&net, frame, sizeof frame);
    }
    datagram(frame, NET_PEER, NET_ADDRESS);
    frame[24] ^= 1;
    net_frame_in(&net, frame, sizeof frame);
    datagram(frame, NET_PEER, NET_ADDRESS);
    for (size_t len = 14; len < sizeof frame; len++)
        net_frame_in(&net, frame, len);
    assert_int_equal(stack_counters(net.stack)->ip_in_hdr_errors,
                     sizeof lies / sizeof *lies + 1 + 32);
    assert_int_equal(received.count, 0);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 1);
    udp_close(socket);
    net_stop(&net);
}

static void options_and_padding_are_stepped_over(void **state)
{
    struct net net;
    struct udp_sink received;
    struct udp_socket *socket;
    uint8_t frame[80] = {0};

    (void)state;
    net_start(&net);
    socket = udp_sink_open(&net, &received, 7000);
    datagram(frame, NET_PEER, NET_ADDRESS);
    memmove(frame + 42, frame + 34, 12);
    memcpy(frame + 34, (uint8_t[]){7, 7, 4, 0, 0, 0, 0, 0}, 8);
    frame[14] = 0x47;
    put16(frame + 16, 40);
    net_header_sum(frame);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 1);
    assert_int_equal(received.len, 4);
    assert_memory_equal(received.bytes, "data", 4);
    udp_close(socket);
    net_stop(&net);
}

static void impossible_sources_and_foreign_destinations_are_dropped(void **state)
{
    static const struct {
        uint32_t source, destination;
    } pairs[] = {{0xe0000001, NET_ADDRESS}, {0xffffffff, NET_ADDRESS},  {0x7f000001, NET_ADDRESS},
                 {0x0a0002ff, NET_ADDRESS}, {NET_ADDRESS, NET_ADDRESS}, {0, NET_ADDRESS},
                 {NET_PEER, 0x0a000210},    {NET_PEER, 0x7f000001}};
    struct net net;
    struct udp_sink received;
    struct udp_socket *socket;
    uint8_t frame[46];

    (void)state;
    net_start(&net);
    socket = udp_sink_open(&net, &received, 7000);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        datagram(frame, pairs[i].source, pairs[i].destination);
        net_frame_in(&net, frame, sizeof frame);
    }
    datagram(frame, NET_PEER, NET_ADDRESS);
    memset(frame, 0xff, 6); /* a link broadcast must carry an IP broadcast */
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 0);
    assert_int_equal(stack_counters(net.stack)->ip_in_addr_errors,
                     sizeof pairs / sizeof *pairs + 1);
    datagram(frame, NET_PEER, 0x0a0002ff);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 1);
    assert_null(net_take(&net));
    udp_close(socket);
    net_stop(&net);
}

static void addresses_that_were_good_are_looked_at_again_when_ours_or_the_links_change(void **state)
{
    struct net net;
    struct udp_sink received;
    struct udp_socket *socket;
    uint8_t frame[46];

    (void)state;
    net_start(&net);
    socket = udp_sink_open(&net, &received, 7000);
    datagram(frame, NET_PEER, NET_ADDRESS);
    net_frame_in(&net, frame, sizeof frame);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 2);
    memset(frame, 0xff, 6); /* to all stations of the link, but to one address */
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 2);
    memcpy(frame, NET_MAC, 6);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 3);
    ip_unconfigure(net.stack);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 3);
    udp_close(socket);
    net_stop(&net);
}

static void a_packet_from_nobody_to_nobody_is_dropped_before_any_other_has_come(void **state)
{
    struct net net;
    struct udp_sink received;
    struct udp_socket *socket;
    uint8_t frame[46];

    (void)state;
    net_start(&net);
    socket = udp_sink_open(&net, &received, 7000);
    datagram(frame, 0, 0);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(received.count, 0);
    assert_int_equal(stack_counters(net.stack)->ip_in_addr_errors, 1);
    udp_close(socket);
    net_stop(&net);
}

static void the_boards_mark_covers_the_headers_sum(void **state)
{
    struct net net;
    struct udp_sink received;
    struct udp_socket *socket;
    uint8_t frame[46];

    (void)state;
    for (int marked = 0; marked < 2; marked++) {
        struct stack_config config = net_config(&net);

        config.device.features = DEVICE_CSUM_RECEIVE;
        config.skip_probing = true;
        net_start_with(&net, &config);
        net_run(&net, NET_S);
        socket = udp_sink_open(&net, &received, 7000);
        datagram(frame, NET_PEER, NET_ADDRESS);
        frame[24] ^= 1;
        net.vnet_flags = marked ? VNET_DATA_VALID : 0;
        net_frame_in(&net, frame, sizeof frame);
        assert_int_equal(received.count, marked);
        udp_close(socket);
        net_stop(&net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_that_lies_is_counted_and_dropped),
        cmocka_unit_test(options_and_padding_are_stepped_over),
        cmocka_unit_test(impossible_sources_and_foreign_destinations_are_dropped),
        cmocka_unit_test(
            addresses_that_were_good_are_looked_at_again_when_ours_or_the_links_change),
        cmocka_unit_test(a_packet_from_nobody_to_nobody_is_dropped_before_any_other_has_come),
        cmocka_unit_test(the_boards_mark_covers_the_headers_sum),
    };

    return cmocka_run_group_tests_name("ipv4", tests, NULL, NULL);
}
