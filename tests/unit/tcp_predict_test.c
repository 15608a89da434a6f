/* TCP: header prediction does what the eight steps would have done, and nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "host/stack/device.h"
#include "host/stack/tcp_input.h"
#include "tests/unit/tcp_twins.h"

enum { ROUNDS = 500, ACTIONS = 100 };

/* Both, as all that a stack is; too large for the call stack. */
static struct tcp_twins twins;

static uint64_t seed;
static uint32_t rarity;           /* of spoilt segments */
static bool verified, ip_options; /* most segments at present */

static uint32_t chance(uint32_t of)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % of;
}

/* A number near one that matters, or any. */
static uint32_t near(uint32_t value)
{
    switch (chance(6)) {
    case 0: return value + chance(70000);
    case 1: return value - chance(70000);
    case 2: return chance(0x7fffffff) * 2 + chance(2);
    default: return value + chance(5) - 2;
    }
}

static uint32_t any_seq(const struct tcp_conn *conn)
{
    switch (chance(4)) {
    case 0: return near(conn->rcv_nxt + tcp_window_offered(conn));
    case 1: return conn->rcv_nxt + 1 + chance(3000);
    default: return near(conn->rcv_nxt);
    }
}

static uint32_t any_ack(const struct tcp_conn *conn)
{
    switch (chance(4)) {
    case 0: return near(conn->snd_una);
    case 1: return near(conn->snd_max);
    default: return conn->snd_max;
    }
}

static uint32_t any_length(const struct tcp_conn *conn)
{
    switch (chance(4)) {
    case 0: return 0;
    case 1: return (tcp_window_offered(conn) + chance(3)) % 60000;
    default: return chance(3000);
    }
}

/* One step away from the expected segment. */
static void spoil(struct twin_segment *segment, const struct tcp_conn *conn)
{
    switch (chance(20)) {
    case 0:
    case 1: segment->seq = any_seq(conn); break;
    case 2:
    case 3:
    case 4: segment->ack = any_ack(conn); break;
    case 5:
    case 6: segment->length = any_length(conn); break;
    case 7: segment->window = near(segment->window) & 0xffff; break;
    case 8: segment->window = chance(3) ? 65535 : 0; break;
    case 9: segment->flags ^= (uint8_t)(1 << chance(8)); break;
    case 10: segment->flags ^= chance(3) ? TCP_PSH : TCP_FIN; break;
    case 11: segment->offset = (uint8_t)chance(16) % 15; break;
    case 12: segment->spoil = (uint16_t)(chance(2) ? 1 : chance(65536)); break;
    case 13: /* the end of the data, before some of it */
        segment->seq += 1 + chance(3000);
        segment->flags |= TCP_FIN;
        segment->length = chance(2) ? 0 : segment->length;
        break;
    case 14:
        if (chance(2))
            segment->source++;
        else
            *(chance(2) ? &segment->source_port : &segment->destination_port) ^= 1;
        break;
    case 15:
        segment->padding = chance(40);
        segment->cut = chance(2) ? 1 + chance(100) : 0;
        break;
    case 16: segment->broadcast_mac = true; break;
    case 17: segment->tsval = near(segment->tsval); break;
    case 18:
        segment->tsecr = near(segment->tsecr);
        segment->bare = chance(2);
        break;
    default: segment->fragment = (uint16_t)(1 << (5 + chance(11)));
    }
}

/* The peer's next segment, or one that is close to it. */
static void random_segment(void)
{
    static struct twin_segment last;
    const struct tcp_conn *conn = twins.twin[0].conn;
    if (conn)
        last = tcp_twins_next(&twins, chance(3) ? 1460 : 1 + chance(1460));
    struct twin_segment segment = last;
    segment.verified = chance(10) ? verified : !verified;
    segment.ip_options = ip_options;
    segment.tsval += chance(3);
    segment.salt = (uint8_t)chance(256);
    for (uint32_t i = 0; conn && i < 3 && !chance(i ? 2 : rarity); i++)
        spoil(&segment, conn);
    tcp_twins_segment(&twins, &segment);
}

static void owner_action(void)
{
    switch (chance(90)) {
    case 0: tcp_twins_close(&twins); break;
    case 1: tcp_twins_abort(&twins); break;
    case 2: tcp_twins_shutdown(&twins); break;
    default:
        if (chance(2))
            tcp_twins_write(&twins, chance(8000));
        else
            tcp_twins_read(&twins, chance(2) ? SIZE_MAX : chance(8000));
    }
}

static void random_segments(void)
{
    bool together = chance(2);
    verified = chance(4);
    ip_options = chance(8) == 0;
    if (together)
        tcp_twins_batch(&twins, true);
    for (uint32_t i = 1 + chance(8); i; i--) {
        random_segment();
        if (chance(8) == 0)
            owner_action();
    }
    if (together)
        tcp_twins_batch(&twins, false);
}

static void random_action(void)
{
    switch (chance(20)) {
    case 0: tcp_twins_run(&twins, chance(50) * NET_MS); break;
    case 1: tcp_twins_run(&twins, chance(20) ? chance(500000) : chance(3000) * NET_MS); break;
    case 2: tcp_twins_room(&twins, chance(4)); break;
    case 3:
    case 4:
    case 5:
    case 6:
    case 7: owner_action(); break;
    default: random_segments();
    }
}

static void does_what_the_steps_do_with_any_segments(void **state)
{
    uint64_t predicted = 0, segments = 0;
    (void)state;
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        seed = round;
        rarity = 2 + chance(20);
        tcp_twins_start(&twins, chance(2), chance(2) ? DEVICE_CSUM_RECEIVE : 0,
                        chance(3)   ? 65535
                        : chance(2) ? 300000
                                    : 9000,
                        chance(2) ? 0xfffff000 : chance(0x7fffffff));
        for (int i = 0; i < ACTIONS; i++) {
            random_action();
            tcp_twins_compare(&twins);
        }
        segments += stack_counters(twins.twin[0].net.stack)->tcp_in_segs;
        predicted += tcp_twins_predicted(&twins, 0);
        assert_int_equal(tcp_twins_predicted(&twins, 1), 0);
        tcp_twins_stop(&twins);
    }
    assert_true(predicted > segments / 8);
    assert_true(predicted < segments * 7 / 8);
}

static void takes_a_transfer(bool timestamps)
{
    tcp_twins_start(&twins, timestamps, 0, 65535, 1);
    for (uint32_t i = 1; i <= 100; i++) {
        struct twin_segment segment = tcp_twins_next(&twins, 1448);
        segment.flags |= i % 10 ? 0 : TCP_PSH;
        segment.verified = i % 3 == 0;
        segment.tsval += i % 2;
        tcp_twins_segment(&twins, &segment);
        tcp_twins_read(&twins, SIZE_MAX);
        assert_int_equal(tcp_twins_predicted(&twins, 0), i);
    }
    tcp_twins_compare(&twins);
    tcp_twins_stop(&twins);
}

static void takes_a_transfer_without_the_steps(void **state)
{
    (void)state;
    takes_a_transfer(false);
    takes_a_transfer(true);
}

/* The frames of a transfer, of which the first has gone through all layers. */
static void carries_a_run_on_until_something_else_comes(void **state)
{
    const struct run *run;
    (void)state;
    tcp_twins_start(&twins, true, DEVICE_CSUM_RECEIVE, 65535, 1);
    run = &twins.twin[0].net.stack->run;
    for (int unverified = 0; unverified < 2; unverified++) {
        tcp_twins_batch(&twins, true);
        for (int i = 0; i < 3; i++) {
            struct twin_segment segment = tcp_twins_next(&twins, 1460);
            segment.verified = true;
            assert_int_equal(run->conn != NULL, i > 0);
            tcp_twins_segment(&twins, &segment);
        }
        struct twin_segment other = tcp_twins_next(&twins, unverified ? 1460 : 0);
        assert_non_null(run->conn);
        tcp_twins_segment(&twins, &other);
        assert_null(run->conn);
        tcp_twins_batch(&twins, false);
        tcp_twins_compare(&twins);
    }
    tcp_twins_stop(&twins);
}

/* Data for nobody is answered by RST (RFC 9293, 3.6.1), in a run too. */
static void ends_a_run_with_its_owner(void **state)
{
    (void)state;
    tcp_twins_start(&twins, true, DEVICE_CSUM_RECEIVE, 65535, 1);
    tcp_twins_batch(&twins, true);
    for (int i = 0; i < 4; i++) {
        struct twin_segment segment = tcp_twins_next(&twins, 1460);
        segment.verified = true;
        if (i == 3) {
            tcp_twins_read(&twins, SIZE_MAX);
            tcp_twins_close(&twins);
        }
        tcp_twins_segment(&twins, &segment);
    }
    assert_int_equal(tcp_twins_predicted(&twins, 0), 3);
    tcp_twins_batch(&twins, false);
    tcp_twins_compare(&twins);
    tcp_twins_stop(&twins);
}

/* Any segment says that the peer is there: its window's probing does not end in a timeout. */
static void leaves_to_the_steps_what_comes_while_a_window_is_probed(void **state)
{
    (void)state;
    tcp_twins_start(&twins, false, 0, 9000, 1);
    struct twin_segment segment = tcp_twins_next(&twins, 0);
    segment.window = 0;
    tcp_twins_segment(&twins, &segment);
    tcp_twins_write(&twins, 5000);
    tcp_twins_run(&twins, 3 * NET_S);
    assert_true(twins.twin[0].conn->retries > 0);
    segment = tcp_twins_next(&twins, 1000);
    tcp_twins_segment(&twins, &segment);
    assert_int_equal(tcp_twins_predicted(&twins, 0), 0);
    assert_int_equal(twins.twin[0].conn->retries, 0);
    tcp_twins_compare(&twins);
    tcp_twins_stop(&twins);
}

/* Each differs from the next segment of a transfer by one thing; 7,001 bytes more do not fit the window. */
static void leaves_to_the_steps_what_is_not_expected(void **state)
{
    static const struct {
        uint32_t seq, ack, window, length;
        uint8_t flags, offset;
        uint16_t spoil;
    } add[] = {
        {.seq = 1},         {.seq = UINT32_MAX}, {.ack = 1},         {.ack = UINT32_MAX},
        {.window = 1},      {.window = 0x8000},  {.length = -1000u}, {.length = 7001},
        {.flags = TCP_FIN}, {.flags = TCP_SYN},  {.flags = TCP_RST}, {.flags = TCP_URG},
        {.flags = 0x40},    {.flags = 0x80},     {.flags = 0xf0},    {.offset = 1},
        {.offset = 0xff},   {.spoil = 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof add / sizeof *add; i++) {
        tcp_twins_start(&twins, false, 0, 9000, 1);
        struct twin_segment segment = tcp_twins_next(&twins, 1000);
        segment.window -= 0x8000;
        tcp_twins_segment(&twins, &segment); /* not expected either: the window is new */
        assert_int_equal(tcp_twins_predicted(&twins, 0), 0);
        segment = tcp_twins_next(&twins, 1000);
        segment.seq += add[i].seq;
        segment.ack += add[i].ack;
        segment.window += add[i].window;
        segment.length += add[i].length;
        segment.flags = (uint8_t)(segment.flags + add[i].flags);
        segment.offset = (uint8_t)(segment.offset + add[i].offset);
        segment.spoil = add[i].spoil;
        tcp_twins_segment(&twins, &segment);
        assert_int_equal(tcp_twins_predicted(&twins, 0), 0);
        tcp_twins_compare(&twins);
        tcp_twins_stop(&twins);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_what_the_steps_do_with_any_segments),
        cmocka_unit_test(takes_a_transfer_without_the_steps),
        cmocka_unit_test(carries_a_run_on_until_something_else_comes),
        cmocka_unit_test(ends_a_run_with_its_owner),
        cmocka_unit_test(leaves_to_the_steps_what_comes_while_a_window_is_probed),
        cmocka_unit_test(leaves_to_the_steps_what_is_not_expected),
    };
    return cmocka_run_group_tests_name("tcp_predict", tests, NULL, NULL);
}
