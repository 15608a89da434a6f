/* Measures the smallest frames over the simulated bus and the Verilated board, in simulated time: how many a second each
 * way, and how long one alone takes. Prints "name value" lines. `frame_bench FILE` instead keeps the waves of the lone
 * frames in FILE.in and FILE.out, and prints "in|out begin_ns end_ns" for each, in the waves' time (latency_figures.py).
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/station.h"

enum {
    FRAMES = 20000,
    STEP_NS = 4000,
    FINE_STEP_NS = 100, /* how late the peer's clock may be where a latency is measured */
    STALL_NS = 100000000,
    SAMPLES = 40,
    SAMPLE_GAP_NS = 203100, /* the board comes to rest in it; polls begin with each sample */
    BATCH_US = 200,
};

struct counted {
    struct station station;
    uint64_t heard, first_ns, last_ns;
};

static void tiny_came(void *user, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    struct counted *counted = user;
    uint8_t expected[TINY_BYTES];

    peer_tiny(expected, lan_info(counted->station.lan)->mac, PEER_MAC, (uint32_t)counted->heard);
    if (len != TINY_BYTES || memcmp(frame, expected, len))
        station_die(&counted->station, "a received frame is another or damaged");
    if (!counted->heard++)
        counted->first_ns = now_ns;
    counted->last_ns = now_ns;
}

static void open_counted(struct counted *counted, const char *name, uint32_t batch_us,
                         const char *trace)
{
    const struct station_config config = {
        .name = name, .lan.batch_us = batch_us, .bare = true, .trace = trace};

    *counted = (struct counted){0};
    station_open(&counted->station, &config);
    counted->station.heard = tiny_came;
    counted->station.user = counted;
}

static bool send_tiny(struct station *station, uint32_t serial)
{
    const struct vnet_header plain = {0};
    uint8_t *place = lan_reserve(station->lan, TINY_BYTES);

    if (!place)
        return false;
    peer_tiny(place, PEER_MAC, lan_info(station->lan)->mac, serial);
    lan_commit(station->lan, &plain, TINY_BYTES);
    return true;
}

static void measure_send_rate(struct counted *counted)
{
    struct station *station = &counted->station;
    uint32_t sent = 0;
    uint64_t begin_ns;

    open_counted(counted, "frames64.send_per_s", 0, NULL);
    begin_ns = station->now_ns;
    while (station->peer.tiny_heard < FRAMES) {
        while (sent < FRAMES && send_tiny(station, sent))
            sent++;
        station_step(station, STEP_NS);
        station_expect_by(station, begin_ns + STALL_NS, "frames are missing");
    }
    printf("%s %.0f\n", station->name, FRAMES * 1e9 / (double)(station->peer.tiny_ns - begin_ns));
    station_close(station);
}

static void measure_receive_rate(struct counted *counted)
{
    struct station *station = &counted->station;

    open_counted(counted, "frames64.receive_per_s", BATCH_US, NULL);
    station->peer.play_ns = station->now_ns;
    station->peer.to_play = FRAMES;
    while (counted->heard < FRAMES) {
        station_step(station, STEP_NS);
        station_expect_by(station, station->peer.play_ns + STALL_NS, "frames are missing");
    }
    printf("%s %.0f\n", station->name,
           (FRAMES - 1) * 1e9 / (double)(counted->last_ns - counted->first_ns));
    station_close(station);
}

/* ---- latency ---- */

struct latency {
    const char *way, *trace; /* FST file, or NULL */
    uint64_t sum_ns, most_ns;
};

static void add_sample(struct latency *latency, uint64_t begin_ns, uint64_t end_ns)
{
    uint64_t took_ns = end_ns - begin_ns;

    if (latency->trace)
        printf("%s %" PRIu64 " %" PRIu64 "\n", latency->way, begin_ns - STATION_START_NS,
               end_ns - STATION_START_NS);
    latency->sum_ns += took_ns;
    if (took_ns > latency->most_ns)
        latency->most_ns = took_ns;
}

static void print_latency(const struct latency *latency)
{
    if (latency->trace)
        return;
    printf("latency.%s_us %.2f\n", latency->way, (double)latency->sum_ns / SAMPLES / 1e3);
    printf("latency.%s_most_us %.2f\n", latency->way, (double)latency->most_ns / 1e3);
}

static void run_to(struct station *station, uint64_t until_ns)
{
    while (station->now_ns < until_ns)
        station_step(station, until_ns - station->now_ns);
}

static void measure_latency_in(struct counted *counted, const char *trace)
{
    struct station *station = &counted->station;
    struct latency latency = {.way = "in", .trace = trace};

    open_counted(counted, "latency.in_us", 0, trace);
    for (unsigned i = 0; i < SAMPLES; i++) {
        station->peer.play_ns = station->now_ns + SAMPLE_GAP_NS;
        station->peer.to_play = i + 1;
        while (counted->heard == i) {
            station_step(station, FINE_STEP_NS);
            station_expect_by(station, station->peer.play_ns + STALL_NS, "a frame is missing");
        }
        add_sample(&latency, station->peer.play_ns, counted->last_ns);
    }
    print_latency(&latency);
    station_close(station);
}

static void measure_latency_out(struct counted *counted, const char *trace)
{
    struct station *station = &counted->station;
    struct latency latency = {.way = "out", .trace = trace};

    open_counted(counted, "latency.out_us", 0, trace);
    for (unsigned i = 0; i < SAMPLES; i++) {
        uint64_t begin_ns;

        run_to(station, station->now_ns + SAMPLE_GAP_NS);
        begin_ns = station->now_ns;
        if (!send_tiny(station, i))
            station_die(station, "no room for a frame");
        while (station->peer.tiny_heard == i) {
            station_step(station, FINE_STEP_NS);
            station_expect_by(station, begin_ns + STALL_NS, "a frame is missing");
        }
        add_sample(&latency, begin_ns, station->peer.tiny_ns);
    }
    print_latency(&latency);
    station_close(station);
}

int main(int count, char **arguments)
{
    static struct counted counted;
    char path[200];

    if (count == 2) {
        snprintf(path, sizeof path, "%s.in", arguments[1]);
        measure_latency_in(&counted, path);
        snprintf(path, sizeof path, "%s.out", arguments[1]);
        measure_latency_out(&counted, path);
        return 0;
    }
    measure_send_rate(&counted);
    measure_receive_rate(&counted);
    measure_latency_in(&counted, NULL);
    measure_latency_out(&counted, NULL);
    return 0;
}
