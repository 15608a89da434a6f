/* Frames whose like is known go straight to TCP: nobody may tell the difference.
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
#include "tests/unit/stack_net.h"

enum { SYN_BYTES = 20, FRAME = 14 + 20 + SYN_BYTES };

/* A SYN to a port that nobody listens on: RST answers it, if TCP gets it. */
static void syn_frame(uint8_t frame[FRAME])
{
    uint8_t syn[SYN_BYTES] = {0x80, 0, 0, 9, 0, 0, 0, 7, [12] = 0x50, 2, 0xff, 0xff};

    net_headers(frame, NET_PEER, NET_ADDRESS, PROTOCOL_TCP, SYN_BYTES);
    net_header_sum(frame);
    memcpy(frame + 34, syn, SYN_BYTES);
}

static void start(struct net *net)
{
    uint8_t frame[FRAME];

    net_start(net);
    net->stack->config.device.features = DEVICE_CSUM_RECEIVE;
    net->vnet_flags = VNET_DATA_VALID;
    syn_frame(frame);
    net_frame_in(net, frame, FRAME); /* ARP tells the way to the peer */
    net_frame_in(net, frame, FRAME);
    assert_non_null(net_take(net));
    assert_true(net->stack->run.known);
    net_forget(net);
}

/* What a frame changes in the counters; returns how many frames answer it. */
static size_t changes(struct net *net, const uint8_t *frame, size_t len, uint64_t *differences)
{
    enum { COUNTERS = sizeof(struct stack_counters) / sizeof(uint64_t) };
    uint64_t before[COUNTERS], after[COUNTERS];
    size_t answers;

    net_forget(net);
    memcpy(before, stack_counters(net->stack), sizeof before);
    net_frame_in(net, frame, len);
    memcpy(after, stack_counters(net->stack), sizeof after);
    for (int i = 0; i < COUNTERS; i++)
        differences[i] = after[i] - before[i];
    answers = net->count;
    net_forget(net);
    return answers;
}

/* The same frame with its like known, and not. */
static void makes_no_difference(const uint8_t *frame, size_t len)
{
    uint64_t known[sizeof(struct stack_counters) / sizeof(uint64_t)], unknown[sizeof known / 8];
    struct net net;
    size_t answers;

    start(&net);
    answers = changes(&net, frame, len, known);
    net_stop(&net);
    start(&net);
    net.stack->run.known = false;
    assert_int_equal(changes(&net, frame, len, unknown), answers);
    assert_memory_equal(known, unknown, sizeof known);
    net_stop(&net);
}

static void takes_every_frame_as_the_layers_do_whatever_its_header_says(void **state)
{
    uint8_t frame[FRAME];

    (void)state;
    for (size_t at = 0; at < 38; at++) {
        for (int bit = 0; bit < 8; bit++) {
            syn_frame(frame);
            frame[at] ^= (uint8_t)(1 << bit);
            makes_no_difference(frame, FRAME);
        }
    }
}

static void takes_frames_that_are_cut_short_as_the_layers_do(void **state)
{
    uint8_t frame[FRAME];

    (void)state;
    for (size_t len = 14; len <= FRAME; len++) {
        syn_frame(frame);
        makes_no_difference(frame, len);
    }
}

static void knows_nobody_any_more_when_its_address_changes(void **state)
{
    const struct address other = address_v4(NET_ADDRESS + 1), gateway = address_v4(NET_PEER);
    uint8_t frame[FRAME];
    struct net net;
    uint64_t errors;

    (void)state;
    start(&net);
    syn_frame(frame);
    errors = stack_counters(net.stack)->ip_in_addr_errors;
    ip_configure(net.stack, &other, 24, &gateway);
    net_frame_in(&net, frame, FRAME);
    assert_null(net_take(&net));
    assert_int_equal(stack_counters(net.stack)->ip_in_addr_errors, errors + 1);
    net_stop(&net);
}

static void tells_the_headers_of_a_known_frame_to_whoever_reads_them(void **state)
{
    uint8_t frame[FRAME];
    struct net net;

    (void)state;
    start(&net);
    syn_frame(frame);
    net.journal.level = JOURNAL_DETAIL;
    net.text_len = 0;
    net_frame_in(&net, frame, FRAME);
    assert_non_null(strstr(net.text, "in"));
    assert_true(net.text_len > 0);
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_every_frame_as_the_layers_do_whatever_its_header_says),
        cmocka_unit_test(takes_frames_that_are_cut_short_as_the_layers_do),
        cmocka_unit_test(knows_nobody_any_more_when_its_address_changes),
        cmocka_unit_test(tells_the_headers_of_a_known_frame_to_whoever_reads_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
