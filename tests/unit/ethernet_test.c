/* Frames at the stack's door, well formed or not, and the telling of their fields.
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
#include "host/stack/dissect.h"
#include "tests/unit/stack_net.h"

static void counts_and_drops_802_3_length_frames(void **state)
{
    struct net net;
    uint8_t frame[60] = {0};

    (void)state;
    net_start(&net);
    memcpy(frame, NET_MAC, 6);
    put16(frame + 12, 46);
    net_frame_in(&net, frame, sizeof frame);
    put16(frame + 12, 0x05ff);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(stack_counters(net.stack)->eth_in_802_3, 2);
    put16(frame + 12, 0x0600);
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(stack_counters(net.stack)->eth_in_802_3, 2);
    assert_int_equal(stack_counters(net.stack)->eth_in_unknown, 1);
    assert_null(net_take(&net));
    net_stop(&net);
}

static void a_frame_for_another_station_is_not_looked_at(void **state)
{
    struct net net;
    uint8_t frame[60];

    (void)state;
    net_start(&net);
    net_headers(frame, NET_PEER, NET_ADDRESS, PROTOCOL_UDP, 26);
    frame[5] ^= 1;
    net_frame_in(&net, frame, sizeof frame);
    assert_int_equal(stack_counters(net.stack)->ip_in_receives, 0);
    net_stop(&net);
}

static void random_frames_never_hurt(void **state)
{
    struct net net;
    static const uint16_t types[] = {0x0800, 0x0806, 0x86dd, 0x0010};
    uint64_t dice = 1;

    (void)state;
    net_start(&net);
    net.journal.level = JOURNAL_DETAIL;
    for (int i = 0; i < 20000; i++) {
        uint8_t frame[200];
        size_t len;

        for (size_t at = 0; at < sizeof frame; at++) {
            dice = dice * 6364136223846793005ull + 1442695040888963407ull;
            frame[at] = (uint8_t)(dice >> 56);
        }
        len = (dice >> 32) % 201;
        memcpy(frame, NET_MAC, 6);
        put16(frame + 12, types[i % 4]);
        if (i % 8 == 0 &&
            len >= 34) { /* past the first checks: a right header with random bytes behind it */
            static const uint8_t protocols[] = {1, 6, 17};

            net_headers(frame, NET_PEER + (uint32_t)i % 200, NET_ADDRESS, protocols[i / 8 % 3],
                        len - 34);
            if (i % 16 == 0) /* a fragment, of one datagram or another */
                frame[20] = (uint8_t)(i >> 4);
            net_header_sum(frame);
        }
        net.text_len = 0;
        net_frame_in(&net, frame, len);
    }
    net_run(&net, 100 * NET_S);
    net_stop(&net);
}

static void every_header_field_is_told_by_name(void **state)
{
    static const uint8_t syn[] = {0xc0, 0x00, 0x00, 0x50, 0x00, 0x00, 0x00, 0x01, 0, 0,
                                  0,    0,    0x70, 0x02, 0xff, 0xff, 0,    0,    0, 0,
                                  2,    4,    0x05, 0xb4, 1,    3,    3,    7};
    struct net net;
    struct stack_config config = net_config(&net);
    uint8_t frame[34 + sizeof syn];

    (void)state;
    net_start_with(&net, &config);
    net.journal.level = JOURNAL_DETAIL;
    net_headers(frame, NET_PEER, NET_ADDRESS, PROTOCOL_TCP, sizeof syn);
    memcpy(frame + 34, syn, sizeof syn);
    dissect_frame(&net.journal, net.now_ns, "in", frame, sizeof frame);
    assert_true(net_journal_has(&net,
                                "eth: in: destination 02:00:00:00:00:15, source 52:55:0a:00:02:02, "
                                "type 0x0800 (IPv4), 62 bytes\n"));
    assert_true(net_journal_has(&net, "TTL 64, protocol 6 (TCP), checksum"));
    assert_true(net_journal_has(&net, "source 10.0.2.2, destination 10.0.2.15\n"));
    assert_true(net_journal_has(
        &net, "tcp: in: source port 49152, destination port 80, sequence 1, acknowledgment 0, "
              "header length 28, flags SYN, window 65535, checksum 0x0000, urgent 0, "
              "option MSS 1460, option NOP, option window scale 7, 0 bytes of data\n"));
    net_stop(&net);
}

static void without_a_reader_of_details_nothing_is_told(void **state)
{
    struct net net;
    struct stack_config config = net_config(&net);
    uint8_t frame[60] = {0};

    (void)state;
    net_start_with(&net, &config);
    net.text_len = 0;
    net.text[0] = '\0';
    dissect_frame(&net.journal, net.now_ns, "in", frame, sizeof frame);
    dissect_frame(NULL, net.now_ns, "in", frame, sizeof frame);
    assert_string_equal(net.text, "");
    net_stop(&net);
}

/* A datagram with a wrong sum from a board whose capabilities and mark are these; was it taken? */
static bool takes_a_wrong_sum(uint32_t features, uint8_t flags)
{
    struct net net;
    struct stack_config config = net_config(&net);
    uint8_t frame[34 + 12] = {0};
    bool taken;

    config.device.features = features;
    net_start_with(&net, &config);
    net_run(&net, 20 * NET_S);
    net.vnet_flags = flags;
    net_headers(frame, NET_PEER, NET_ADDRESS, PROTOCOL_UDP, 12);
    net_header_sum(frame);
    memcpy(frame + 34, (const uint8_t[]){0, 9, 0x1b, 0x58, 0, 12, 0xba, 0xd1}, 8);
    net_frame_in(&net, frame, sizeof frame);
    taken = stack_counters(net.stack)->udp_in_errors == 0;
    net_stop(&net);
    return taken;
}

static void a_board_that_verifies_spares_us_the_sum(void **state)
{
    (void)state;
    assert_true(takes_a_wrong_sum(DEVICE_CSUM_RECEIVE, VNET_DATA_VALID));
    assert_false(takes_a_wrong_sum(DEVICE_CSUM_RECEIVE, 0));
    assert_false(takes_a_wrong_sum(DEVICE_CSUM_RECEIVE, VNET_NEEDS_CSUM));
    assert_false(takes_a_wrong_sum(0, VNET_DATA_VALID));
    assert_false(takes_a_wrong_sum(~(uint32_t)DEVICE_CSUM_RECEIVE, VNET_DATA_VALID));
}

/* Sends a SYN with a wrong sum to a closed port; an answer means that it was believed. */
static void the_mark_counts_for_tcp_too(void **state)
{
    struct net net;
    struct stack_config config = net_config(&net);
    uint8_t syn[20] = {0, 9, 0x1b, 0x58, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 1, 0, 0xba, 0xd1};
    struct net_packet answer;

    (void)state;
    config.device.features = DEVICE_CSUM_RECEIVE;
    net_start_with(&net, &config);
    net_run(&net, 20 * NET_S);
    net.answer_arp = true;
    net_forget(&net);
    net_packet_in(&net, NET_PEER, PROTOCOL_TCP, syn, sizeof syn, NET_NO_CSUM);
    assert_false(net_take_packet(&net, &answer));
    net.vnet_flags = VNET_DATA_VALID;
    net_packet_in(&net, NET_PEER, PROTOCOL_TCP, syn, sizeof syn, NET_NO_CSUM);
    assert_true(net_take_packet(&net, &answer));
    assert_int_equal(answer.protocol, PROTOCOL_TCP);
    net_stop(&net);
}

static void a_stack_refuses_a_configuration_that_cannot_work(void **state)
{
    struct net net;
    struct stack_config good = net_config(&net), bad;
    struct stack *stack;

    (void)state;
    bad = good, bad.random = NULL;
    assert_int_equal(stack_create(&stack, &bad, 0), -EINVAL);
    bad = good, bad.device.mtu = 67;
    assert_int_equal(stack_create(&stack, &bad, 0), -EINVAL);
    bad = good, bad.device.mac[0] = 1;
    assert_int_equal(stack_create(&stack, &bad, 0), -EINVAL);
    bad = good, bad.prefix_len = 33;
    assert_int_equal(stack_create(&stack, &bad, 0), -EINVAL);
    bad = good, bad.address = address_v4(0xe0000001);
    assert_int_equal(stack_create(&stack, &bad, 0), -EINVAL);
    bad = good, memset(bad.hostname, 'x', sizeof bad.hostname);
    assert_int_equal(stack_create(&stack, &bad, 0), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_drops_802_3_length_frames),
        cmocka_unit_test(a_frame_for_another_station_is_not_looked_at),
        cmocka_unit_test(random_frames_never_hurt),
        cmocka_unit_test(every_header_field_is_told_by_name),
        cmocka_unit_test(without_a_reader_of_details_nothing_is_told),
        cmocka_unit_test(a_board_that_verifies_spares_us_the_sum),
        cmocka_unit_test(the_mark_counts_for_tcp_too),
        cmocka_unit_test(a_stack_refuses_a_configuration_that_cannot_work),
    };

    return cmocka_run_group_tests_name("ethernet", tests, NULL, NULL);
}
