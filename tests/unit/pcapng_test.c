/* The wire's files: the capture, read by a reader of our own and by tshark, and the record, replayed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "sim/wire/pcapng.h"
#include "tests/unit/wire_board.h"

static const struct wire_board_fault GOOD = {0};

static char *temporary(char *path)
{
    strcpy(path, "/tmp/wire_file_XXXXXX");
    close(mkstemp(path));
    return path;
}

static size_t file_load(const char *path, uint8_t *bytes, size_t most)
{
    FILE *file = fopen(path, "rb");
    size_t len = fread(bytes, 1, most, file);

    fclose(file);
    return len;
}

static void file_save(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    fputs(text, file);
    fclose(file);
}

static uint32_t get_32(const uint8_t *at)
{
    return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

static void writes_blocks_that_can_be_walked_from_both_ends(void **state)
{
    static uint8_t file[8192];
    char path[64], error[200];
    struct pcapng *pcapng;
    uint8_t frame[61];
    size_t len, at = 0, blocks = 0;

    (void)state;
    wire_board_fill(frame, sizeof(frame), 1);
    assert_int_equal(pcapng_open(&pcapng, temporary(path), error, sizeof(error)), 0);
    pcapng_frame(pcapng, 0x123456789ABu, PCAPNG_OUTBOUND, frame, 60);
    pcapng_frame(pcapng, 0x123456789ACu, PCAPNG_INBOUND | PCAPNG_BAD_FCS, frame, 61);
    pcapng_flush(pcapng); /* what a crash would leave */
    len = file_load(path, file, sizeof(file));
    for (; at < len; blocks++) {
        uint32_t total = get_32(file + at + 4);
        assert_true(total % 4 == 0 && total >= 12 && at + total <= len);
        assert_int_equal(get_32(file + at + total - 4), total);
        if (blocks == 0) {
            assert_int_equal(get_32(file), 0x0A0D0D0A);
            assert_int_equal(get_32(file + 8), 0x1A2B3C4D);
        }
        if (blocks == 3) {
            const uint8_t *packet = file + at + 8;
            assert_int_equal(get_32(packet - 8), 6);
            assert_int_equal(get_32(packet + 4), 0x123);
            assert_int_equal(get_32(packet + 8), 0x456789AC);
            assert_int_equal(get_32(packet + 12), 61);
            assert_memory_equal(packet + 20, frame, 61);
            assert_int_equal(get_32(packet + 20 + 64), 0x00040002);
            assert_int_equal(get_32(packet + 20 + 68), 0x01000001);
        }
        at += total;
    }
    assert_int_equal(blocks, 4);
    pcapng_close(pcapng);
    unlink(path);
}

static void names_a_file_that_it_cannot_write(void **state)
{
    struct wire_config capture = {.backend = "none", .pcap = "/nowhere/at/all.pcapng"};
    struct wire_config record = {.backend = "none", .record = "/nowhere/at/all.txt"};
    struct wire *wire;
    char error[200];

    (void)state;
    assert_int_equal(wire_open(&wire, &capture, error, sizeof(error)), -ENOENT);
    assert_non_null(strstr(error, "/nowhere/at/all.pcapng"));
    assert_int_equal(wire_open(&wire, &record, error, sizeof(error)), -ENOENT);
    assert_non_null(strstr(error, "/nowhere/at/all.txt"));
}

static void send_arp(struct wire_board *board, uint8_t last)
{
    uint8_t frame[60] =
        "\xFF\xFF\xFF\xFF\xFF\xFF\2\0\0\0\0\1\x08\6\0\1\x08\0\6\4\0\1\2\0\0\0\0\1\x0A\0\2\x0F";

    memcpy(frame + 38, "\x0A\0\2", 3);
    frame[41] = last;
    wire_board_send(board, frame, sizeof(frame), GOOD);
    wire_board_run(board, board->now_ns + 50000);
}

static void tshark_reads_frames_directions_and_times(void **state)
{
    char path[64], command[256], line[256];
    struct wire_board board;
    FILE *pipe;

    (void)state;
    if (system("command -v tshark >/dev/null 2>&1"))
        skip();
    wire_board_open(&board, &(struct wire_config){.pcap = temporary(path), .start_ns = 2000000000});
    send_arp(&board, 2);
    wire_board_close(&board);
    snprintf(command, sizeof(command),
             "tshark -n -r %s -T fields -e frame.p2p_dir -e frame.packet_flags_direction -e "
             "frame.time_epoch "
             "-e arp.opcode -e frame.len 2>&1",
             path);
    pipe = popen(command, "r");
    do { /* tshark warns those who run it as root */
        assert_non_null(fgets(line, sizeof(line), pipe));
    } while (strstr(line, "Running as user"));
    assert_non_null(strstr(line, "\t2.00000"));
    assert_non_null(strstr(line, "\t1\t60\n"));
    assert_non_null(strstr(line, "0x00000002\t"));
    assert_non_null(fgets(line, sizeof(line), pipe));
    assert_non_null(strstr(line, "\t2\t64\n")); /* libslirp pads to 64 */
    assert_non_null(strstr(line, "0x00000001\t"));
    assert_null(fgets(line, sizeof(line), pipe));
    assert_int_equal(pclose(pipe), 0);
    unlink(path);
}

static void replays_what_it_recorded(void **state)
{
    char record[64], backend[80];
    struct wire_board real, again;

    (void)state;
    wire_board_open(&real, &(struct wire_config){.record = temporary(record), .start_ns = 1000});
    send_arp(&real, 2);
    send_arp(&real, 3);
    wire_close(real.wire);
    assert_int_equal(real.count, 2);
    snprintf(backend, sizeof(backend), "replay:%s", record);
    wire_board_open(&again, &(struct wire_config){.backend = backend, .start_ns = 7777000});
    wire_board_run(&again, again.now_ns + 1000000);
    assert_int_equal(again.count, 0); /* no answer before its question */
    send_arp(&again, 2);
    assert_int_equal(again.count, 1);
    send_arp(&again, 3);
    assert_int_equal(again.count, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(again.frames[i].len, real.frames[i].len);
        assert_memory_equal(again.frames[i].bytes, real.frames[i].bytes, real.frames[i].len);
    }
    assert_int_equal(again.frames[1].start_ns - again.frames[0].start_ns,
                     real.frames[1].start_ns - real.frames[0].start_ns);
    free(real.frames);
    wire_board_close(&again);
    unlink(record);
}

static void refuses_records_that_lie(void **state)
{
    static const struct {
        const char *text, *quoted;
    } cases[] = {
        {"", "first line"},
        {"hello\n", "first line"},
        {"# ferrite wire record 2\n", "first line"},
        {"# ferrite wire record 1\n5 < 0102\n", "line 2"}, /* too short for a frame */
        {"# ferrite wire record 1\n# why not\nx < 0102\n", "line 3"},
        {"# ferrite wire record 1\n5 = 000000000000000000000000000000\n", "line 2"},
        {"# ferrite wire record 1\n-5 < 000000000000000000000000000000\n", "line 2"},
        {"# ferrite wire record 1\n5 < 0000000000000000000000000000000\n",
         "line 2"}, /* half a byte */
        {"# ferrite wire record 1\n5 < 00000000000000000000000000000g\n", "line 2"},
        {"# ferrite wire record 1\n5 > 000000000000000000000000000000\n4 < "
         "000000000000000000000000000000\n",
         "line 3"},
        {"# ferrite wire record 1\n99999999999999999999999 < 000000000000000000000000000000\n",
         "line 2"},
    };
    struct wire *wire;
    char path[64], backend[80], error[300];

    (void)state;
    snprintf(backend, sizeof(backend), "replay:%s", temporary(path));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        file_save(path, cases[i].text);
        assert_int_equal(
            wire_open(&wire, &(struct wire_config){.backend = backend}, error, sizeof(error)),
            -EINVAL);
        assert_non_null(strstr(error, path));
        assert_non_null(strstr(error, cases[i].quoted));
    }
    unlink(path);
    assert_int_equal(
        wire_open(&wire, &(struct wire_config){.backend = backend}, error, sizeof(error)), -ENOENT);
}

static void refuses_far_ends_and_speeds_that_do_not_exist(void **state)
{
    static const char *names[] = {"", "slurp", "tap:", "tap:a/b", "tap:a-name-that-is-too-long"};
    struct wire *wire;
    char error[300];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(
            wire_open(&wire, &(struct wire_config){.backend = names[i]}, error, sizeof(error)),
            -EINVAL);
        assert_non_null(strstr(error, "give"));
    }
    assert_int_equal(
        wire_open(&wire, &(struct wire_config){.speed_mbps = 2500}, error, sizeof(error)), -EINVAL);
    assert_non_null(strstr(error, "2500"));
}

static void a_corrupted_frame_reaches_the_board_with_a_bad_fcs(void **state)
{
    struct wire_board board;
    struct wire_config config = {.impairment = {.corrupt = 0.5, .seed = 3}};

    (void)state;
    wire_board_open(&board, &config);
    for (int i = 0; i < 100; i++)
        send_arp(&board, 2);
    uint32_t bad = 0;
    for (uint32_t i = 0; i < board.count; i++)
        bad += !board.frames[i].good_fcs;
    assert_in_range(board.count, 30, 70); /* half of the questions were spoiled on their way out */
    assert_in_range(bad, board.count / 4, board.count * 3 / 4);
    wire_board_close(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_blocks_that_can_be_walked_from_both_ends),
        cmocka_unit_test(names_a_file_that_it_cannot_write),
        cmocka_unit_test(tshark_reads_frames_directions_and_times),
        cmocka_unit_test(replays_what_it_recorded),
        cmocka_unit_test(refuses_records_that_lie),
        cmocka_unit_test(refuses_far_ends_and_speeds_that_do_not_exist),
        cmocka_unit_test(a_corrupted_frame_reaches_the_board_with_a_bad_fcs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
