/* Tests the worlds' oracle of frames: what may leave, and how many gaps it sees at least, beside a reckoning over all ways.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/world/frame_watch.h"

enum { MOST = 12, NEVER = 1000, RUNS = 3000 };

static bool leaves(struct frame_watch *watch, char frame)
{
    return frame_watch_leaves(watch, (const uint8_t *)&frame, 1);
}

static void sends(struct frame_watch *watch, const char *frames)
{
    for (; *frames; frames++)
        frame_watch_enters(watch, (const uint8_t *)frames, 1);
}

/* The gaps that the watch sees, or NEVER if it objects to a frame. */
static size_t watched(const char *sent, const char *received)
{
    struct frame_watch watch = {0};
    size_t gaps;
    bool fine = true;

    sends(&watch, sent);
    for (; *received && fine; received++)
        fine = leaves(&watch, *received);
    gaps = frame_watch_gaps(&watch);
    frame_watch_close(&watch);
    return fine ? gaps : NEVER;
}

/* The least number of gaps, of all ways in which what was received can be what was sent from here on. */
static size_t fewest(const char *sent, const char *received)
{
    size_t best = NEVER;

    if (!*received)
        return 0;
    for (size_t i = 0; sent[i]; i++)
        if (sent[i] == *received) {
            size_t gaps = (i > 0) + fewest(sent + i + 1, received + 1);

            best = gaps < best ? gaps : best;
        }
    return best;
}

static void frames_come_once_and_in_their_turn(void **state)
{
    (void)state;
    assert_int_equal(watched("abc", "abc"), 0);
    assert_int_equal(watched("abc", "ac"), 1);
    assert_int_equal(watched("abc", "c"), 1);
    assert_int_equal(watched("abc", "ab"), 0); /* c may be on its way */
    assert_int_equal(watched("abc", "abx"), NEVER);
    assert_int_equal(watched("abc", "aa"), NEVER);
    assert_int_equal(watched("abc", "ba"), NEVER);
}

static void equal_frames_do_not_make_one_loss_two(void **state)
{
    (void)state;
    assert_int_equal(watched("babab", "bb"), 1);
    assert_int_equal(watched("babaabab", "bbaab"),
                     1); /* found: three, where one unplugging took three frames */
    assert_int_equal(watched("xyxz", "xz"), 1);
    assert_int_equal(watched("aaaa", "aa"), 0);
}

static void a_frame_that_goes_in_later_is_seen(void **state)
{
    struct frame_watch watch = {0};

    (void)state;
    sends(&watch, "ab");
    assert_true(leaves(&watch, 'b'));
    assert_false(leaves(&watch, 'c'));
    sends(&watch, "dc");
    assert_true(leaves(&watch, 'c'));
    assert_int_equal(frame_watch_gaps(&watch), 2);
    frame_watch_close(&watch);
}

static void padding_is_not_looked_at(void **state)
{
    struct frame_watch watch = {0};
    uint8_t frame[61] = {1, 2, 3};

    (void)state;
    frame_watch_enters(&watch, frame, 3);
    frame_watch_enters(&watch, frame, 3);
    assert_true(frame_watch_leaves(&watch, frame, 60));
    assert_false(frame_watch_leaves(&watch, frame, 61));
    frame_watch_close(&watch);
}

static void it_counts_the_fewest_of_all_ways(void **state)
{
    (void)state;
    srandom(1);
    for (int run = 0; run < RUNS; run++) {
        char sent[MOST + 1] = "", received[MOST + 1] = "";
        size_t length = (size_t)random() % (MOST + 1), kept = 0;
        int kinds = 1 + (int)(random() % 4);

        for (size_t i = 0; i < length; i++)
            sent[i] = (char)('a' + random() % kinds);
        for (size_t i = 0; i < length; i++)
            if (random() % 3)
                received[kept++] = random() % 40 ? sent[i] : 'x';
        if (fewest(sent, received) != watched(sent, received))
            fail_msg("sent %s, received %s: %zu gaps, not %zu", sent, received,
                     watched(sent, received), fewest(sent, received));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_once_and_in_their_turn),
        cmocka_unit_test(equal_frames_do_not_make_one_loss_two),
        cmocka_unit_test(a_frame_that_goes_in_later_is_seen),
        cmocka_unit_test(padding_is_not_looked_at),
        cmocka_unit_test(it_counts_the_fewest_of_all_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
