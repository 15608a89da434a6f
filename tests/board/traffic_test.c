/* Tests the whole simulated board under load: bursts at line rate, both ways at once, damaged frames, halted endpoints.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/board/board_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FRAME = 1514, LINE_GAP_NS = 12304, IN_FLIGHT = 4, TRANSFER = 16384, START_NS = 30000000 };

/* Frames that arrive, as the receiving side of a driver sees them. */
struct receiver {
    struct transport *transport;
    struct transfer transfers[IN_FLIGHT];
    uint8_t bytes[IN_FLIGHT][TRANSFER];
    unsigned frames, bad;
};

static char recording[64];

/* Byte at of frame number i. */
static uint8_t content(unsigned i, int at)
{
    return at == 12 ? 0x88 : at == 13 ? 0xB5 : (uint8_t)(at < 6 ? 0x02 : (unsigned)at * 7 + i);
}

static void write_recording(unsigned frames)
{
    snprintf(recording, sizeof recording, "/tmp/ferrite-traffic-%d", (int)getpid());
    FILE *out = fopen(recording, "w");
    assert_non_null(out);
    fprintf(out, "# ferrite wire record 1\n");
    for (unsigned i = 0; i < frames; i++) {
        fprintf(out, "%" PRIu64 " < ", START_NS + (uint64_t)i * LINE_GAP_NS);
        for (int at = 0; at < FRAME; at++)
            fprintf(out, "%02x", content(i, at));
        fputc('\n', out);
    }
    fclose(out);
}

static struct transport *open_with(const char *backend, struct sim_config *config)
{
    static char text[80];
    snprintf(text, sizeof text, "%s%s", backend, strcmp(backend, "replay:") == 0 ? recording : "");
    config->wire.backend = text;
    struct transport *transport = rig_open(config);
    rig_await_link(transport, true);
    /* The board is never idle while it has news of the link that nobody takes. */
    uint8_t news[8];
    struct transfer interrupt = {.endpoint = 0x82, .data = news, .length = sizeof news};
    assert_int_equal(rig_run(transport, &interrupt), 0);
    rig_write(transport, REG_BATCH_BYTES, TRANSFER);
    rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS);
    return transport;
}

static void check_frame(struct receiver *receiver, const uint8_t *frame)
{
    unsigned number = (unsigned)(uint8_t)(frame[14] - 98);
    for (int at = 0; at < FRAME; at++)
        receiver->bad += frame[at] != content(number, at);
    receiver->bad += number != receiver->frames % 256;
    receiver->frames++;
}

static void take_records(struct transfer *transfer)
{
    struct receiver *receiver = transfer->user;
    for (uint32_t at = 0; at + 16 <= transfer->actual;) {
        const uint8_t *r = transfer->data + at;
        uint32_t length = r[0] | (uint32_t)r[1] << 8 | (uint32_t)r[2] << 16;
        if (r[3] != 0xFE || length != FRAME) {
            receiver->bad++;
            break;
        }
        check_frame(receiver, r + 16);
        at += 16 + ((length + 3) & ~3u);
    }
    if (transfer->status == 0)
        receiver->transport->ops->submit(receiver->transport, transfer);
}

static void receive(struct receiver *receiver, struct transport *transport)
{
    memset(receiver, 0, sizeof *receiver);
    receiver->transport = transport;
    for (int i = 0; i < IN_FLIGHT; i++) {
        receiver->transfers[i] = (struct transfer){.endpoint = 0x81,
                                                   .data = receiver->bytes[i],
                                                   .length = TRANSFER,
                                                   .done = take_records,
                                                   .user = receiver};
        assert_int_equal(transport->ops->submit(transport, &receiver->transfers[i]), 0);
    }
}

/* Ten full frames a transfer. */
static void send_ten(struct transport *transport)
{
    static uint8_t bytes[TRANSFER], frame[FRAME];
    size_t len = 0;
    for (int i = 0; i < 10; i++) {
        memset(frame, 0x5A + i, sizeof frame);
        len = rig_record(bytes, len, frame, sizeof frame);
    }
    struct transfer out = {
        .endpoint = 1, .data = bytes, .length = (uint32_t)len, .zero_packet = true};
    assert_int_equal(rig_run(transport, &out), 0);
}

static void receives_a_burst_at_line_rate_without_loss(void **state)
{
    (void)state;
    static struct receiver receiver;
    struct sim_config config = {.wire.speed_mbps = 1000};
    write_recording(44); /* 66 kB */
    struct transport *transport = open_with("replay:", &config);
    receive(&receiver, transport);
    rig_wait(transport, 60000000);
    assert_int_equal(receiver.frames, 44);
    assert_int_equal(receiver.bad, 0);
    assert_int_equal(rig_read(transport, REG_RX_FRAMES), 44);
    assert_int_equal(rig_read(transport, REG_RX_OVERFLOWS), 0);
    transport->ops->close(transport);
    unlink(recording);
}

static void carries_frames_both_ways_at_once(void **state)
{
    (void)state;
    static struct receiver receiver;
    struct sim_config config = {.wire.speed_mbps = 1000};
    write_recording(300);
    struct transport *transport = open_with("replay:", &config);
    receive(&receiver, transport);
    rig_wait(transport, 25000000);
    for (int i = 0; i < 30; i++)
        send_ten(transport);
    rig_wait(transport, 60000000);
    const struct wire_counters *wire = wire_counters(sim_wire(transport));
    assert_int_equal(
        wire->bad_fcs + wire->bad_preamble + wire->short_gap + wire->runts + wire->oversize, 0);
    assert_int_equal(wire->frames_from_board, 300);
    assert_in_range(wire->pause_from_board, 1, 100);
    assert_int_equal(receiver.frames, 300);
    assert_int_equal(receiver.bad, 0);
    assert_int_equal(sim_counters(transport)->crc_errors, 0);
    transport->ops->close(transport);
    unlink(recording);
}

static void drops_and_counts_frames_with_a_bad_fcs(void **state)
{
    (void)state;
    static struct receiver receiver;
    struct sim_config config = {.wire.impairment = {.corrupt = 1.0, .seed = 1}};
    write_recording(20);
    struct transport *transport = open_with("replay:", &config);
    receive(&receiver, transport);
    rig_wait(transport, 60000000);
    assert_int_equal(receiver.frames, 0);
    assert_int_equal(receiver.bad, 0);
    assert_int_equal(rig_read(transport, REG_RX_CRC_ERRORS), 20);
    transport->ops->close(transport);
    unlink(recording);
}

static void carries_frames_at_full_speed(void **state)
{
    (void)state;
    static struct receiver receiver;
    struct sim_config config = {.full_speed = true};
    write_recording(10);
    struct transport *transport = open_with("replay:", &config);
    receive(&receiver, transport);
    send_ten(transport);
    rig_wait(transport, 80000000);
    assert_int_equal(receiver.frames, 10);
    assert_int_equal(receiver.bad, 0);
    assert_int_equal(wire_counters(sim_wire(transport))->frames_from_board, 10);
    assert_int_equal(wire_counters(sim_wire(transport))->bad_fcs, 0);
    transport->ops->close(transport);
    unlink(recording);
}

static void halts_an_endpoint_and_goes_on_after_it_is_cleared(void **state)
{
    (void)state;
    struct sim_config config = {.full_speed = false};
    struct transport *transport = open_with("none", &config);
    struct transfer halt = {.setup = {2, 3, 0, 0, 1, 0, 0, 0}},
                    clear = {.setup = {2, 1, 0, 0, 1, 0, 0, 0}};
    uint8_t bytes[1600], frame[FRAME] = {2};
    send_ten(transport);
    assert_int_equal(rig_run(transport, &halt), 0);
    struct transfer out = {.endpoint = 1, .data = bytes, .zero_packet = true};
    out.length = (uint32_t)rig_record(bytes, 0, frame, sizeof frame);
    assert_int_equal(rig_run(transport, &out), -EPIPE);
    assert_int_equal(rig_run(transport, &clear), 0);
    send_ten(transport);
    rig_wait(transport, 1000000);
    assert_int_equal(wire_counters(sim_wire(transport))->frames_from_board, 20);
    transport->ops->close(transport);
}

static void survives_records_that_lie(void **state)
{
    (void)state;
    struct sim_config config = {.full_speed = false};
    struct transport *transport = open_with("none", &config);
    uint8_t bytes[3000] = {0};
    for (unsigned i = 0; i < 40; i++) {
        uint32_t lie = i * 77777u % 0xFFFFFF;
        memset(bytes, (int)i, sizeof bytes);
        memcpy(bytes,
               (uint8_t[4]){lie & 0xFF, lie >> 8 & 0xFF, (uint8_t)(lie >> 16), i % 3 ? 0xFE : 0x11},
               4);
        struct transfer out = {
            .endpoint = 1, .data = bytes, .length = 1 + i * 73 % 3000, .zero_packet = true};
        assert_int_equal(rig_run(transport, &out), 0);
    }
    uint64_t before = wire_counters(sim_wire(transport))->frames_from_board;
    send_ten(transport);
    rig_wait(transport, 1000000);
    const struct wire_counters *wire = wire_counters(sim_wire(transport));
    assert_int_equal(wire->frames_from_board - before, 10);
    assert_int_equal(wire->bad_fcs + wire->runts + wire->oversize, 0);
    transport->ops->close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receives_a_burst_at_line_rate_without_loss),
        cmocka_unit_test(carries_frames_both_ways_at_once),
        cmocka_unit_test(drops_and_counts_frames_with_a_bad_fcs),
        cmocka_unit_test(carries_frames_at_full_speed),
        cmocka_unit_test(halts_an_endpoint_and_goes_on_after_it_is_cleared),
        cmocka_unit_test(survives_records_that_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
