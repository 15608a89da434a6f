/* Measures the smallest frames over the simulated bus and the Verilated board, in simulated time: how many a second each
 * way, and how long one alone takes. Prints "name value" lines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "tests/bench/station.h"

enum {
    FRAMES = 20000,
    STEP_NS = 4000,
    FINE_STEP_NS = 100, /* how late the peer's clock may be where a latency is measured */
    STALL_NS = 100000000,
    SAMPLES = 40,
    SAMPLE_GAP_NS = 203100, /* no multiple of a microframe: the samples walk through its phases */
    BATCH_US = 200,

    /* What is known of a latency's parts. On the wire: preamble, frame and FCS at 8 ns a byte. On the bus: the
     * record's data and the packet around it (PID, CRC; sync and end) at 60 MB/s. */
    WIRE_NS = (8 + TINY_BYTES + 4) * 8,
    BUS_NS = (RECORD_HEADER_BYTES + TINY_BYTES + 3 + 5) * 50 / 3,
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

static void open_counted(struct counted *counted, const char *name, uint32_t batch_us)
{
    const struct station_config config = {.name = name, .lan.batch_us = batch_us, .bare = true};

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

    open_counted(counted, "frames64.send_per_s", 0);
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

    open_counted(counted, "frames64.receive_per_s", BATCH_US);
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
    uint64_t sum_ns, least_ns, most_ns;
};

static void add_sample(struct latency *latency, uint64_t took_ns)
{
    latency->sum_ns += took_ns;
    if (!latency->least_ns || took_ns < latency->least_ns)
        latency->least_ns = took_ns;
    if (took_ns > latency->most_ns)
        latency->most_ns = took_ns;
}

/* What a frame alone takes at best is wire, bus and board; what it takes more on average is its wait for the bus. */
static void print_latency(const char *name, const struct latency *latency)
{
    double mean_ns = (double)latency->sum_ns / SAMPLES, least_ns = (double)latency->least_ns;

    printf("latency.%s_us %.2f\n", name, mean_ns / 1e3);
    printf("latency.%s_most_us %.2f\n", name, (double)latency->most_ns / 1e3);
    printf("latency.%s_part_wire_us %.2f\n", name, WIRE_NS / 1e3);
    printf("latency.%s_part_bus_us %.2f\n", name, BUS_NS / 1e3);
    printf("latency.%s_part_board_us %.2f\n", name, (least_ns - WIRE_NS - BUS_NS) / 1e3);
    printf("latency.%s_part_wait_us %.2f\n", name, (mean_ns - least_ns) / 1e3);
}

static void run_to(struct station *station, uint64_t until_ns)
{
    while (station->now_ns < until_ns)
        station_step(station, until_ns - station->now_ns);
}

static void measure_latency_in(struct counted *counted)
{
    struct station *station = &counted->station;
    struct latency latency = {0};

    open_counted(counted, "latency.in_us", 0);
    for (unsigned i = 0; i < SAMPLES; i++) {
        station->peer.play_ns = station->now_ns + SAMPLE_GAP_NS;
        station->peer.to_play = i + 1;
        while (counted->heard == i) {
            station_step(station, FINE_STEP_NS);
            station_expect_by(station, station->peer.play_ns + STALL_NS, "a frame is missing");
        }
        add_sample(&latency, counted->last_ns - station->peer.play_ns);
    }
    print_latency("in", &latency);
    station_close(station);
}

static void measure_latency_out(struct counted *counted)
{
    struct station *station = &counted->station;
    struct latency latency = {0};

    open_counted(counted, "latency.out_us", 0);
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
        add_sample(&latency, station->peer.tiny_ns - begin_ns);
    }
    print_latency("out", &latency);
    station_close(station);
}

int main(void)
{
    static struct counted counted;

    measure_send_rate(&counted);
    measure_receive_rate(&counted);
    measure_latency_in(&counted);
    measure_latency_out(&counted);
    return 0;
}
