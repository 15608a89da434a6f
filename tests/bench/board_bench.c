/* Measures the simulated board: goodput of frames over its USB bus each way, in simulated time, and how many cycles of its
 * 60 MHz clock a wall second holds while USB and a gigabit wire are both busy: the best of several runs of about a second,
 * as a shared machine only takes away. Prints "name value" lines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "driver/lan.h"
#include "sim/board/sim.h"

enum { FRAME_BYTES = 1514, FRAMES_OUT = 3000, FRAMES_IN = 3000, LINE_GAP_NS = 12304 };
enum { SPEED_RUNS = 7, SPEED_FRAMES = 600, START_NS = 12000000 /* when the board has started */ };

static const uint8_t mac[6] = {0x02, 0x46, 0x45, 0, 0, 1};

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* One run: what was sent, what came, and when. */
struct run {
    struct transport *transport;
    struct lan *lan;
    uint32_t to_send, sent, received;
    uint64_t first_in_ns, last_in_ns;
};

static void frame(void *user, const struct vnet_header *vnet, const uint8_t *bytes, size_t len,
                  uint64_t now_ns)
{
    struct run *run = user;

    (void)vnet;
    (void)bytes;
    (void)len;
    if (!run->received++)
        run->first_in_ns = now_ns;
    run->last_in_ns = now_ns;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "board_bench: %s: %s\n", what, why);
    exit(1);
}

/* A recording of frames at line rate, for the wire to play to the board. */
static void write_recording(const char *path, uint32_t frames, uint64_t start_ns)
{
    FILE *out = fopen(path, "w");

    if (!out)
        die(path, "cannot be written");
    fprintf(out, "# ferrite wire record 1\n");
    for (uint32_t i = 0; i < frames; i++) {
        fprintf(out, "%" PRIu64 " < ", start_ns + (uint64_t)i * LINE_GAP_NS);
        for (int at = 0; at < FRAME_BYTES; at++)
            fprintf(out, "%02x",
                    at < 6     ? mac[at]
                    : at == 12 ? 0x88
                    : at == 13 ? 0xb5
                               : (at * 7 + (int)i) & 255);
        fputc('\n', out);
    }
    if (fclose(out))
        die(path, "cannot be written");
}

static void open_run(struct run *run, const char *backend, uint32_t transfer_bytes)
{
    struct sim_config config = {.wire.backend = backend, .wall_ns = clock_ns()};
    struct lan_config lan = {.transfer_bytes = transfer_bytes};
    struct lan_handler handler = {.frame = frame, .user = run};
    char error[400];

    memcpy(lan.mac, mac, 6);
    if (sim_open(&run->transport, &config, error, sizeof error) ||
        lan_open(&run->lan, run->transport, &lan, &handler, clock_ns, error, sizeof error))
        die("cannot start", error);
}

static void close_run(struct run *run)
{
    lan_close(run->lan);
    run->transport->ops->close(run->transport);
}

static void fill(struct run *run)
{
    struct vnet_header vnet = {0};
    uint8_t *place;

    while (run->sent < run->to_send && (place = lan_reserve(run->lan, FRAME_BYTES))) {
        memset(place, (int)run->sent, FRAME_BYTES);
        lan_commit(run->lan, &vnet, FRAME_BYTES);
        run->sent++;
    }
}

/* Drives the board until everything has been sent and frames_in have come; returns the time at its end. */
static uint64_t drive(struct run *run, uint32_t frames_in)
{
    const struct wire_counters *wire = wire_counters(sim_wire(run->transport));
    uint64_t base = wire->frames_from_board, now = 0;

    while (wire->frames_from_board - base < run->to_send || run->received < frames_in) {
        fill(run);
        lan_flush(run->lan, now);
        now = lan_poll(run->lan, clock_ns(), TIME_NEVER);
    }
    return now;
}

static double megabytes_a_second(uint64_t frames, uint64_t ns)
{
    return (double)frames * FRAME_BYTES * 1e3 / (double)ns;
}

static void measure_out(void)
{
    struct run run = {.to_send = FRAMES_OUT};
    uint64_t start, end;

    open_run(&run, "none", 0);
    start = lan_poll(run.lan, clock_ns(), TIME_NEVER);
    end = drive(&run, 0);
    printf("usb.out_mb_s %.3f\n", megabytes_a_second(FRAMES_OUT, end - start));
    close_run(&run);
}

static void measure_in(const char *recording)
{
    struct run run = {0};

    open_run(&run, recording, 0);
    drive(&run, FRAMES_IN);
    printf("usb.in_mb_s %.3f\n",
           megabytes_a_second(FRAMES_IN - 1, run.last_in_ns - run.first_in_ns));
    close_run(&run);
}

/* The recording lasts longer than a run, so that the wire stays busy. */
static double run_speed(const char *recording)
{
    struct run run = {.to_send = SPEED_FRAMES};
    uint64_t cycles, start, ns;

    open_run(&run, recording, 0);
    cycles = sim_counters(run.transport)->cycles;
    start = clock_ns();
    drive(&run, SPEED_FRAMES);
    ns = clock_ns() - start;
    cycles = sim_counters(run.transport)->cycles - cycles;
    close_run(&run);
    return (double)cycles * 1e9 / (double)ns;
}

static void measure_speed(const char *recording)
{
    double best = 0;

    for (int i = 0; i < SPEED_RUNS; i++) {
        double speed = run_speed(recording);

        best = speed > best ? speed : best;
    }
    printf("sim.cycles_per_s %.0f\n", best);
}

int main(void)
{
    char path[] = "/tmp/ferrite-bench-XXXXXX", backend[64];
    int fd = mkstemp(path);

    if (fd < 0)
        die(path, "cannot be made");
    close(fd);
    snprintf(backend, sizeof backend, "replay:%s", path);
    measure_out();
    write_recording(path, FRAMES_IN, START_NS);
    measure_in(backend);
    measure_speed(backend);
    unlink(path);
    return 0;
}
