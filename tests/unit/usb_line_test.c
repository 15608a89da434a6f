/* D+ and D- of a device without a PHY: what the model drives, and what it makes of a device's edges.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "sim/bus/full_speed_line.h"

enum { MOST_BITS = 1000, CLOCKS = 5 };

/* A packet as bits on the line, J = 1, K = 2, SE0 = 0, by the standard's words alone. */
struct bits {
    enum line at[MOST_BITS];
    unsigned count;
};

/* How it is spoilt. */
struct spoilt {
    bool unstuffed, short_end, odd, wrong_sync;
};

static void put(struct bits *bits, bool one)
{
    enum line before = bits->count ? bits->at[bits->count - 1] : LINE_J;
    bits->at[bits->count++] = one ? before : before == LINE_J ? LINE_K : LINE_J;
}

static void encode(struct bits *bits, const uint8_t *packet, size_t len, struct spoilt how)
{
    unsigned run = 1;
    bits->count = 0;
    for (int i = 0; i < 8; i++)
        put(bits, i == 7 || (how.wrong_sync && i == 3));
    for (size_t i = 0; i < 8 * len + (how.odd ? 3 : 0); i++) {
        bool one = i < 8 * len && packet[i / 8] >> i % 8 & 1;
        put(bits, one);
        run = one ? run + 1 : 0;
        if (run == 6 && !how.unstuffed) {
            put(bits, false);
            run = 0;
        }
    }
    bits->at[bits->count++] = LINE_SE0;
    if (!how.short_end)
        bits->at[bits->count++] = LINE_SE0;
    bits->at[bits->count++] = LINE_J;
}

static const uint8_t PACKET[] = {0xC3, 0xFF, 0xFF, 0x7E, 0x00, 0x55, 0xFC, 0x3F, 0x12, 0xFC};

static void attach(struct full_speed_line *line, struct ulpi *phy)
{
    ulpi_init(phy, true);
    full_speed_line_init(line, phy);
}

static void shows_pull_up_reset_and_nothing(void **state)
{
    struct full_speed_line line;
    struct ulpi phy;
    (void)state;
    attach(&line, &phy);
    assert_int_equal(full_speed_line_clock(&line, (struct line_device){0}), LINE_SE0);
    assert_false(ulpi_pulls_up(&phy));
    assert_int_equal(full_speed_line_clock(&line, (struct line_device){.pulls_up = true}), LINE_J);
    assert_true(ulpi_pulls_up(&phy) && !ulpi_is_high_speed(&phy));
    phy.drive = DRIVE_SE0;
    assert_int_equal(full_speed_line_clock(&line, (struct line_device){.pulls_up = true}),
                     LINE_SE0);
}

static void drives_what_the_standard_says(void **state)
{
    struct full_speed_line line;
    struct bits want;
    struct ulpi phy;
    (void)state;
    for (size_t len = 1; len <= sizeof PACKET; len++) {
        attach(&line, &phy);
        full_speed_line_clock(&line, (struct line_device){.pulls_up = true});
        encode(&want, PACKET, len, (struct spoilt){0});
        assert_int_equal(ulpi_deliver(&phy, PACKET, len, 3), want.count * CLOCKS);
        for (unsigned i = 0; i < want.count * CLOCKS; i++) {
            enum line shown = full_speed_line_clock(&line, (struct line_device){.pulls_up = true});
            assert_int_equal(shown, want.at[i / CLOCKS]);
            assert_false(ulpi_quiet(&phy));
        }
        full_speed_line_clock(&line, (struct line_device){.pulls_up = true});
        assert_true(ulpi_quiet(&phy));
    }
}

/* Drives the bits with their edges up to a clock late, then lets go. */
static void hear(struct full_speed_line *line, const struct bits *bits, unsigned lateness)
{
    for (unsigned i = 0; i < bits->count * CLOCKS; i++) {
        bool late = i % CLOCKS == 0 && (lateness >> i / CLOCKS % 8 & 1);
        unsigned bit = i / CLOCKS - (late && i >= CLOCKS);
        full_speed_line_clock(line, (struct line_device){true, true, bits->at[bit]});
        assert_true(line->phy->sending || line->phy->sent);
    }
    full_speed_line_clock(line, (struct line_device){.pulls_up = true});
}

static void hears_a_device_whatever_its_edges(void **state)
{
    struct full_speed_line line;
    struct bits bits;
    struct ulpi phy;
    (void)state;
    attach(&line, &phy);
    for (unsigned lateness = 0; lateness < 256; lateness++) {
        size_t len = 1 + lateness % sizeof PACKET;
        encode(&bits, PACKET, len, (struct spoilt){0});
        hear(&line, &bits, lateness);
        assert_true(phy.sent && !phy.sending && !phy.send_bad);
        assert_int_equal(phy.send_len, len);
        assert_memory_equal(phy.send, PACKET, len);
        phy.sent = false;
        for (int i = 0; i < 7; i++)
            full_speed_line_clock(&line, (struct line_device){.pulls_up = true});
    }
}

static void calls_a_packet_bad_that_breaks_a_rule(void **state)
{
    static const struct spoilt ways[] = {
        {.unstuffed = true}, {.short_end = true}, {.odd = true}, {.wrong_sync = true}};
    struct full_speed_line line;
    struct bits bits;
    struct ulpi phy;
    (void)state;
    attach(&line, &phy);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        encode(&bits, PACKET, 4, ways[i]);
        hear(&line, &bits, 0);
        assert_true(phy.sent && phy.send_bad);
        phy.sent = false;
        encode(&bits, PACKET, 4, (struct spoilt){0});
        hear(&line, &bits, 0);
        assert_true(phy.sent && !phy.send_bad);
        phy.sent = false;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_pull_up_reset_and_nothing),
        cmocka_unit_test(drives_what_the_standard_says),
        cmocka_unit_test(hears_a_device_whatever_its_edges),
        cmocka_unit_test(calls_a_packet_bad_that_breaks_a_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
