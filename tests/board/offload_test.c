/* Tests segmentation and checksums in the whole simulated board: super-frames in USB transfers, frames on the wire.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/board/board_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IP = 14, TCP = 34, DATA = 54, MSS = 1460, SEQUENCE = 0x7FFFF000, FIRST_ID = 0xFFFE };

static uint32_t word(const uint8_t *bytes)
{
    return bytes[0] * 256u + bytes[1];
}

static void put_word(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

/* Of big-endian words, folded; 0xFFFF for bytes that hold their own checksum. */
static uint32_t sum_words(const uint8_t *bytes, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? bytes[i] : bytes[i] * 256u;
    while (sum > 0xFFFF)
        sum = (sum >> 16) + (sum & 0xFFFF);
    return sum;
}

static uint8_t payload_byte(size_t at)
{
    return (uint8_t)(at * 31 + at / 251);
}

/* A TCP super-frame over IPv4 with FIN, PSH and ACK; returns its length. */
static size_t make_super_frame(uint8_t *frame, size_t payload)
{
    static const uint8_t headers[DATA] = {
        2, 'F', 'E', 0, 0,  2, 2, 'F', 'E', 0, 0,    1,    8,  0, 0x45, 0, 0, 0,
        0, 0,   0,   0, 64, 6, 0, 0,   10,  0, 2,    15,   10, 0, 2,    2, 4, 0,
        0, 80,  0,   0, 0,  0, 0, 0,   0,   0, 0x50, 0x19, 16, 0, 0,    0, 0, 0};
    memcpy(frame, headers, DATA);
    put_word(frame + IP + 4, FIRST_ID);
    put_word(frame + TCP + 4, SEQUENCE >> 16);
    put_word(frame + TCP + 6, SEQUENCE & 0xFFFF);
    for (size_t i = 0; i < payload; i++)
        frame[DATA + i] = payload_byte(i);
    put_word(frame + TCP + 16, sum_words(frame + IP + 12, 8, (uint32_t)(6 + 20 + payload)));
    return DATA + payload;
}

static size_t append_super_frame(uint8_t *bytes, size_t at, size_t payload)
{
    static uint8_t frame[RECORD_MAX_FRAME];
    size_t end = rig_record(bytes, at, frame, make_super_frame(frame, payload));
    static const uint8_t request[12] = {1, 1, 200, 0, MSS & 0xFF, MSS >> 8, TCP, 0, 16};
    memcpy(bytes + at + 4, request, sizeof request);
    return end;
}

static void check_segment(const uint8_t *frame, size_t len, size_t number, size_t left)
{
    size_t payload = left < MSS ? left : MSS;
    assert_int_equal(len, DATA + payload);
    assert_int_equal(word(frame + IP + 2), len - IP);
    assert_int_equal(word(frame + IP + 4), (FIRST_ID + number) & 0xFFFF);
    assert_int_equal(sum_words(frame + IP, TCP - IP, 0), 0xFFFF);
    assert_int_equal(word(frame + TCP + 4) << 16 | word(frame + TCP + 6), SEQUENCE + number * MSS);
    assert_int_equal(frame[TCP + 13], left <= MSS ? 0x19 : 0x10);
    uint32_t pseudo = sum_words(frame + IP + 12, 8, (uint32_t)(6 + len - TCP));
    assert_int_equal(sum_words(frame + TCP, len - TCP, pseudo), 0xFFFF);
    for (size_t i = 0; i < payload; i++)
        assert_int_equal(frame[DATA + i], payload_byte(number * MSS + i));
}

/* Goes through a capture's enhanced packet blocks (pcapng, little-endian). Returns how many segments it saw. */
static size_t check_capture(const char *path, size_t payload)
{
    static uint8_t bytes[1 << 18];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(bytes, 1, sizeof bytes, file), number = 0;
    fclose(file);
    for (size_t at = 0; at + 28 < len;) {
        uint32_t head[6];
        memcpy(head, bytes + at, sizeof head);
        if (head[0] == 6) {
            check_segment(bytes + at + 28, head[5], number, payload - number * MSS);
            number++;
        }
        at += head[1];
    }
    return number;
}

static int send(struct transport *transport, uint8_t *bytes, size_t len)
{
    struct transfer transfer = {
        .endpoint = 1, .data = bytes, .length = (uint32_t)len, .zero_packet = true};
    return rig_run(transport, &transfer);
}

static struct transport *open_enabled(struct sim_config *config)
{
    struct transport *transport = rig_open(config);
    rig_await_link(transport, true);
    rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE);
    return transport;
}

static void says_what_it_can_do(void **state)
{
    (void)state;
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = rig_open(&config);
    assert_int_equal(rig_read(transport, REG_FEATURES) & 0xF,
                     REG_FEATURES_CSUM_SEND | REG_FEATURES_TSO4 | REG_FEATURES_TSO6 |
                         REG_FEATURES_USO);
    assert_int_equal(rig_read(transport, REG_LIMITS), RECORD_MAX_FRAME);
    transport->ops->close(transport);
}

static void cuts_a_super_frame_on_its_way_to_the_wire(void **state)
{
    (void)state;
    static uint8_t bytes[80000];
    const size_t payload = 65535 - 40;
    char path[] = "/tmp/ferrite-offload-XXXXXX";
    close(mkstemp(path));
    struct sim_config config = {.wire = {.backend = "none", .pcap = path}};
    struct transport *transport = open_enabled(&config);
    assert_int_equal(send(transport, bytes, append_super_frame(bytes, 0, payload)), 0);
    rig_wait(transport, 1000000);
    const struct wire_counters *wire = wire_counters(sim_wire(transport));
    assert_int_equal(wire->bad_fcs + wire->bad_preamble + wire->short_gap + wire->oversize, 0);
    assert_int_equal(rig_read(transport, REG_TX_FRAMES), (payload + MSS - 1) / MSS);
    assert_int_equal(rig_read(transport, REG_TX_SEGMENTS), (payload + MSS - 1) / MSS);
    assert_int_equal(rig_read(transport, REG_TX_SEGMENTED_RECORDS), 1);
    assert_int_equal(rig_read(transport, REG_TX_BAD_RECORDS), 0);
    transport->ops->close(transport);
    assert_int_equal(check_capture(path, payload), (payload + MSS - 1) / MSS);
    unlink(path);
}

/* The bad one takes the rest of its transfer with it; the records in front and the next transfer do not notice. */
static void drops_a_bad_super_frame_with_what_follows(void **state)
{
    (void)state;
    static uint8_t bytes[20000];
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = open_enabled(&config);
    size_t bad = append_super_frame(bytes, 0, 3 * MSS), len = append_super_frame(bytes, bad, 3000);
    bytes[bad + 16 + 13] = 6; /* ARP's EtherType */
    len = append_super_frame(bytes, len, 3000);
    assert_int_equal(send(transport, bytes, len), 0);
    assert_int_equal(send(transport, bytes, append_super_frame(bytes, 0, 100)), 0);
    rig_wait(transport, 1000000);
    assert_int_equal(wire_counters(sim_wire(transport))->frames_from_board, 3 + 1);
    assert_int_equal(rig_read(transport, REG_TX_SEGMENTS), 3 + 1);
    assert_int_equal(rig_read(transport, REG_TX_SEGMENTED_RECORDS), 2);
    assert_int_equal(rig_read(transport, REG_TX_BAD_RECORDS), 1);
    transport->ops->close(transport);
}

static void swallows_super_frames_while_disabled(void **state)
{
    (void)state;
    static uint8_t bytes[20000];
    struct sim_config config = {.wire.backend = "none"};
    struct transport *transport = open_enabled(&config);
    rig_write(transport, REG_CONTROL, 0);
    assert_int_equal(send(transport, bytes, append_super_frame(bytes, 0, 9000)), 0);
    rig_wait(transport, 1000000);
    assert_int_equal(rig_read(transport, REG_TX_DISABLED), 1);
    assert_int_equal(rig_read(transport, REG_TX_SEGMENTS), 0);
    assert_int_equal(rig_read(transport, REG_TX_BAD_RECORDS), 0);
    assert_int_equal(wire_counters(sim_wire(transport))->frames_from_board, 0);
    transport->ops->close(transport);
}

/* Segments that the board cut, sent, received and verified, with a silent wire. */
static void gets_a_super_frame_back_as_segments_in_loopback(void **state)
{
    (void)state;
    static uint8_t bytes[80000], in[16384];
    const size_t payload = 20000, segments = (payload + MSS - 1) / MSS;
    size_t number = 0;
    struct sim_config config = {.wire = {.backend = "none", .link_down = true}};
    struct transport *transport = rig_open(&config);
    rig_write(transport, REG_CONTROL,
              REG_CONTROL_ENABLE | REG_CONTROL_LOOPBACK | REG_CONTROL_PROMISCUOUS);
    assert_int_equal(send(transport, bytes, append_super_frame(bytes, 0, payload)), 0);
    while (number < segments) {
        struct transfer transfer = {.endpoint = 0x81, .data = in, .length = sizeof in};
        assert_int_equal(rig_run(transport, &transfer), 0);
        for (size_t at = 0, len; at + 16 < transfer.actual; at += 16 + (len + 3) / 4 * 4) {
            len = in[at] + 256u * in[at + 1];
            assert_int_equal(in[at + 4], 2); /* DATA_VALID */
            check_segment(in + at + 16, len, number, payload - number * MSS);
            number++;
        }
    }
    assert_int_equal(rig_read(transport, REG_RX_VERIFIED), segments);
    assert_int_equal(rig_read(transport, REG_TX_SEGMENTS), segments);
    assert_int_equal(wire_counters(sim_wire(transport))->frames_from_board, 0);
    transport->ops->close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_it_can_do),
        cmocka_unit_test(cuts_a_super_frame_on_its_way_to_the_wire),
        cmocka_unit_test(drops_a_bad_super_frame_with_what_follows),
        cmocka_unit_test(swallows_super_frames_while_disabled),
        cmocka_unit_test(gets_a_super_frame_back_as_segments_in_loopback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
