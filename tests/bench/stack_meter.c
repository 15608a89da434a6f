/* Clock, instruction counter and data of a measured stream.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/bench/stack_meter.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <valgrind/callgrind.h>

enum { EMPTY_PAIRS = 1000, EMPTY_ROUNDS = 100 };

static struct {
    bool time;
    enum stream_end counted;
    int repeats;
} request;
static bool running;
static enum stream_end present;
static uint64_t began_ns, spent_ns[END_COUNT], pairs[END_COUNT];
static double pair_ns; /* what the clock itself adds to a pair of calls */

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void meter_on(enum stream_end end)
{
    if (!running)
        return;
    present = end;
    if (!request.time) {
        if (end == request.counted)
            CALLGRIND_TOGGLE_COLLECT;
        return;
    }
    began_ns = clock_ns();
}

void meter_off(void)
{
    if (!running)
        return;
    if (!request.time) {
        if (present == request.counted)
            CALLGRIND_TOGGLE_COLLECT;
        return;
    }
    spent_ns[present] += clock_ns() - began_ns;
    pairs[present]++;
}

static void measurement_start(void)
{
    memset(spent_ns, 0, sizeof spent_ns);
    memset(pairs, 0, sizeof pairs);
    running = true;
}

static void measurement_stop(double ns_per_byte[END_COUNT])
{
    running = false;
    for (int end = 0; end < END_COUNT; end++)
        ns_per_byte[end] = ((double)spent_ns[end] - pair_ns * (double)pairs[end]) / STREAM_BYTES;
}

/* The least of many rounds: an interruption must not make the clock look dear. */
static void weigh_the_clock(void)
{
    for (int round = 0; round < EMPTY_ROUNDS; round++) {
        double each;

        measurement_start();
        for (int i = 0; i < EMPTY_PAIRS; i++) {
            meter_on(END_SENDER);
            meter_off();
        }
        running = false;
        each = (double)spent_ns[END_SENDER] / EMPTY_PAIRS;
        pair_ns = round == 0 || each < pair_ns ? each : pair_ns;
    }
}

void meter_setup(int count, char **arguments)
{
    const char *what = count > 0 ? arguments[0] : "";

    request.time = !strcmp(what, "time");
    request.repeats = 1;
    if (request.time && count > 1)
        request.repeats = atoi(arguments[1]);
    if (!strcmp(what, "receive"))
        request.counted = END_RECEIVER;
    else if (!request.time && strcmp(what, "send"))
        stream_die("say `time [repeats]`, `send` or `receive`, not \"%s\"", what);
    if (request.repeats < 1)
        stream_die("repeats: \"%s\" is no number above 0", arguments[1]);
    if (request.time)
        weigh_the_clock();
}

void meter_run(const char *prefix, void (*carry)(uint64_t bytes))
{
    double best[END_COUNT] = {0}, now[END_COUNT];

    carry(STREAM_WARM_BYTES);
    for (int i = 0; i < request.repeats; i++) {
        measurement_start();
        carry(STREAM_BYTES);
        measurement_stop(now);
        if (i == 0 || now[END_SENDER] + now[END_RECEIVER] < best[END_SENDER] + best[END_RECEIVER])
            memcpy(best, now, sizeof best);
    }
    if (!request.time)
        return;
    printf("%ssend_ns_per_byte %.5f\n", prefix, best[END_SENDER]);
    printf("%sreceive_ns_per_byte %.5f\n", prefix, best[END_RECEIVER]);
    printf("%sns_per_byte %.5f\n", prefix, best[END_SENDER] + best[END_RECEIVER]);
}

const uint8_t *stream_data(uint64_t offset)
{
    static uint8_t bytes[2 * STREAM_PERIOD];
    uint32_t state = 1;

    if (!bytes[0])
        for (size_t i = 0; i < STREAM_PERIOD; i++) {
            state = state * 1664525 + 1013904223;
            bytes[i] = bytes[i + STREAM_PERIOD] = (uint8_t)(state >> 24);
        }
    return bytes + offset % STREAM_PERIOD;
}

void stream_die(const char *format, ...)
{
    va_list args;

    fprintf(stderr, "stream: ");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}
