/* What the streams of stack_stream.c and lwip_stream.c share: the data that they carry, and the meter, which
 * sees only what is between meter_on and meter_off.
 *
 * SPDX-License-Identifier: MIT
 *
 * By the clock it sums each end's time, less what a pair of calls with nothing in between costs. Under callgrind
 * (--collect-atstart=no) it lets the instructions of one end be counted.
 */
#ifndef TESTS_BENCH_STACK_METER_H
#define TESTS_BENCH_STACK_METER_H

#include <stddef.h>
#include <stdint.h>

enum stream_end { END_SENDER, END_RECEIVER, END_COUNT };

enum {
    STREAM_BYTES = 64 << 20, /* of one measurement */
    STREAM_WARM_BYTES = 1 << 20,
    STREAM_PERIOD =
        65521, /* the data repeats itself; a prime, so that no buffer's size hides a slip */
};

/* Reads a program's last arguments: `time [repeats]`, or the end whose instructions count, `send` or `receive`. Dies
 * with a message if they make no sense. */
void meter_setup(int count, char **arguments);

/* Between these two everything counts for end. Not nested. */
void meter_on(enum stream_end end);
void meter_off(void);

/* Lets carry move STREAM_BYTES, as often as was asked for, and prints send_ns_per_byte, receive_ns_per_byte and
 * ns_per_byte (both ends) of the quickest time behind prefix; nothing if instructions are counted. */
void meter_run(const char *prefix, void (*carry)(uint64_t bytes));

/* The stream's bytes from offset on, of which STREAM_PERIOD may be read. */
const uint8_t *stream_data(uint64_t offset);

__attribute__((noreturn, format(printf, 1, 2))) void stream_die(const char *format, ...);

#endif
