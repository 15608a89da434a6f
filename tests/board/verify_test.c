/* Tests on the whole simulated board that frames from the wire come with the mark when their checksums are right, and
 * only then.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/board/board_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FRAMES = 40, UDP_AT = 34, TRANSFER = 16384, START_NS = 30000000, GAP_NS = 20000 };

static char recording[64];

static unsigned sum(unsigned total, const uint8_t *bytes, int len)
{
    for (int i = 0; i < len; i++)
        total += i % 2 ? bytes[i] : bytes[i] * 256u;
    while (total > 0xFFFF)
        total = (total & 0xFFFF) + (total >> 16);
    return total;
}

static void put(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* Frame number i: UDP from 10.0.2.2 to 10.0.2.15, its data's length i, padded. Odd ones have a wrong sum. Returns the
 * length. */
static int make_frame(uint8_t *frame, unsigned i)
{
    static const uint8_t head[34] = {2, 0x46, 0x45, 0, 0, 1, 2,  0, 0, 0, 0,  2,
                                     8, 0,    0x45, 0, 0, 0, 0,  0, 0, 0, 64, 17,
                                     0, 0,    10,   0, 2, 2, 10, 0, 2, 15};
    unsigned udp = 8 + i;

    memset(frame, 0, 100);
    memcpy(frame, head, sizeof head);
    put(frame + 16, 20 + udp);
    put(frame + 24, 0xFFFF - sum(0, frame + 14, 20));
    put(frame + UDP_AT, 9);
    put(frame + UDP_AT + 4, udp);
    memset(frame + UDP_AT + 8, 0xC3, i);
    put(frame + UDP_AT + 6,
        0xFFFF - sum(17 + udp + sum(0, frame + 26, 8), frame + UDP_AT, (int)udp));
    frame[UDP_AT + 6] ^= i % 2;
    return UDP_AT + (int)udp < 60 ? 60 : UDP_AT + (int)udp;
}

static void write_recording(void)
{
    snprintf(recording, sizeof recording, "/tmp/ferrite-verify-%d", (int)getpid());
    FILE *out = fopen(recording, "w");

    assert_non_null(out);
    fprintf(out, "# ferrite wire record 1\n");
    for (unsigned i = 0; i < FRAMES; i++) {
        uint8_t frame[100];
        int len = make_frame(frame, i);

        fprintf(out, "%" PRIu64 " < ", START_NS + (uint64_t)i * GAP_NS);
        for (int at = 0; at < len; at++)
            fprintf(out, "%02x", frame[at]);
        fputc('\n', out);
    }
    fclose(out);
}

/* How many frames of a transfer have the flags that their numbers tell; *number goes on. */
static unsigned count_right(const uint8_t *bytes, uint32_t len, unsigned *number)
{
    unsigned right = 0;

    for (uint32_t at = 0; at + 16 <= len; (*number)++) {
        uint8_t frame[100];
        uint32_t length = bytes[at] | (uint32_t)bytes[at + 1] << 8;
        bool same = (int)length == make_frame(frame, *number) &&
                    memcmp(bytes + at + 16, frame, length) == 0;

        right += same && bytes[at + 4] == (*number % 2 ? 0 : VNET_DATA_VALID);
        at += 16 + ((length + 3) & ~3u);
    }
    return right;
}

static void frames_come_with_the_mark_or_without_it(void **state)
{
    static uint8_t bytes[TRANSFER];
    static char backend[80];
    struct sim_config config = {.wire.backend = backend};
    unsigned number = 0, right = 0;

    (void)state;
    write_recording();
    snprintf(backend, sizeof backend, "replay:%s", recording);
    struct transport *transport = rig_open(&config);
    rig_await_link(transport, true);
    rig_write(transport, REG_BATCH_BYTES, TRANSFER);
    rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS);
    while (number < FRAMES) {
        struct transfer in = {.endpoint = 0x81, .data = bytes, .length = TRANSFER};

        assert_int_equal(rig_run(transport, &in), 0);
        right += count_right(bytes, in.actual, &number);
    }
    assert_int_equal(number, FRAMES);
    assert_int_equal(right, FRAMES);
    transport->ops->close(transport);
    unlink(recording);
}

static void the_board_says_that_it_verifies(void **state)
{
    struct sim_config config = {.wire.backend = "none"};

    (void)state;
    struct transport *transport = rig_open(&config);
    assert_int_equal(rig_read(transport, REG_FEATURES) & REG_FEATURES_CSUM_RECEIVE,
                     REG_FEATURES_CSUM_RECEIVE);
    transport->ops->close(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_with_the_mark_or_without_it),
        cmocka_unit_test(the_board_says_that_it_verifies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
