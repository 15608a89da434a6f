/* ferrite bench: measures a board by itself, with its Ethernet side turned round (CONTROL.LOOPBACK).
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <json-c/json.h>

#include "driver/registers.h"
#include "host/cli/commands.h"
#include "host/cli/patience.h"

enum {
    MAX_FDS = 64,
    FRAME_BYTES = 1514,
    SHORT_BYTES = 60,
    HEADER_BYTES = 14,
    SHORT_FRAMES = 200,
    MEGABYTES = 16,
    MEGABYTES_SIMULATED = 1, /* a second or two */
};

struct bench {
    struct transport *transport;
    struct lan *lan;
    unsigned long megabytes;
    int gone;
    uint64_t now_ns, sent, received, received_bytes;
};

/* What is measured; times in the transport's time, but for the processor's. */
struct figures {
    double seconds, cpu_seconds;
    uint64_t frames, bytes, transfers_out, transfers_in, carried, copied;
    double latency_us[SHORT_FRAMES]; /* sorted */
};

static void take_frame(void *user, const struct vnet_header *vnet, const uint8_t *frame, size_t len,
                       uint64_t now_ns)
{
    struct bench *bench = user;

    (void)vnet, (void)frame;
    bench->now_ns = now_ns;
    bench->received++;
    bench->received_bytes += len;
}

static void note_gone(void *user, int error, uint64_t now_ns)
{
    (void)now_ns;
    ((struct bench *)user)->gone = error;
}

static void ignore_link(void *user, const struct lan_status *status, uint64_t now_ns)
{
    (void)user, (void)status, (void)now_ns;
}

static void ignore_room(void *user, uint64_t now_ns)
{
    (void)user, (void)now_ns;
}

static void turn(struct bench *bench)
{
    struct transport *transport = bench->transport;
    struct pollfd fds[MAX_FDS];
    uint64_t due, driver;
    int count;

    bench->now_ns = lan_poll(bench->lan, session_wall_ns(), TIME_NEVER);
    due = transport->ops->deadline(transport);
    driver = lan_deadline(bench->lan);
    due = driver < due ? driver : due;
    count = transport->ops->fds(transport, fds, MAX_FDS);
    if (due > bench->now_ns)
        poll(fds, (nfds_t)count, due - bench->now_ns > 10000000 ? 10 : 1);
}

/* A frame to ourselves, which comes back. Returns false if there is no room for one now. */
static bool send_frame(struct bench *bench, size_t length)
{
    const struct vnet_header vnet = {0};
    uint8_t *place = lan_room(bench->lan) ? lan_reserve(bench->lan, length) : NULL;

    if (!place)
        return false;
    memset(place, 0xA5, length); /* neither the best nor the worst of bit stuffing */
    memcpy(place, lan_info(bench->lan)->mac, 6);
    memcpy(place + 6, lan_info(bench->lan)->mac, 6);
    place[12] = 0x88;
    place[13] = 0xB5; /* IEEE 802, local experimental EtherType 1 */
    lan_commit(bench->lan, &vnet, length);
    bench->sent++;
    return true;
}

/* Runs the board until count frames have come back in all. Returns 0, or -ETIMEDOUT or why the board was lost. */
static int await(struct bench *bench, uint64_t count)
{
    struct patience since = patience_now(bench->transport);
    uint64_t before = bench->received;

    while (bench->received < count) {
        turn(bench);
        if (bench->received != before)
            since = patience_now(bench->transport);
        before = bench->received;
        if (bench->gone || patience_over(since, bench->transport))
            return bench->gone ? bench->gone : -ETIMEDOUT;
    }
    return 0;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* ---- what is measured ---- */

static int measure_goodput(struct bench *bench, struct figures *figures)
{
    const struct lan_counters before = *lan_counters(bench->lan), *now = lan_counters(bench->lan);
    struct transport *transport = bench->transport;
    uint64_t carried = transport->bytes_carried, copied = transport->bytes_copied;
    uint64_t start_ns = bench->now_ns, frames = bench->megabytes * 1000000 / FRAME_BYTES;
    double cpu = cpu_seconds();
    int code = 0;

    while (!code && bench->sent < frames) {
        while (bench->sent < frames && send_frame(bench, FRAME_BYTES))
            continue;
        lan_flush(bench->lan, bench->now_ns);
        code = await(bench, bench->received + (bench->sent > bench->received));
    }
    if (!code)
        code = await(bench, frames);
    figures->cpu_seconds = cpu_seconds() - cpu;
    figures->seconds = (double)(bench->now_ns - start_ns) / 1e9;
    figures->frames = bench->received;
    figures->bytes = bench->received_bytes;
    figures->transfers_out = now->tx_transfers - before.tx_transfers;
    figures->transfers_in = now->rx_transfers - before.rx_transfers;
    figures->carried = transport->bytes_carried - carried;
    figures->copied = transport->bytes_copied - copied;
    return code;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* One short frame at a time, from lan_flush to the driver's call. */
static int measure_latency(struct bench *bench, struct figures *figures)
{
    for (int i = 0; i < SHORT_FRAMES; i++) {
        uint64_t start_ns;
        int code;

        bench->now_ns = lan_poll(bench->lan, session_wall_ns(), TIME_NEVER);
        if (!send_frame(bench, SHORT_BYTES))
            return -EBUSY;
        start_ns = bench->now_ns;
        lan_flush(bench->lan, start_ns);
        code = await(bench, bench->received + 1);
        if (code)
            return code;
        figures->latency_us[i] = (double)(bench->now_ns - start_ns) / 1e3;
    }
    qsort(figures->latency_us, SHORT_FRAMES, sizeof figures->latency_us[0], by_size);
    return 0;
}

/* ---- what is told ---- */

static double percentile(const struct figures *figures, int percent)
{
    return figures->latency_us[(SHORT_FRAMES - 1) * percent / 100];
}

static void print_text(const struct bench *bench, const struct figures *f)
{
    double megabytes = (double)f->bytes / 1e6;

    printf(
        "goodput      %.2f MB/s each way at once: %llu frames of %d bytes in %.4f s of %s time\n",
        megabytes / f->seconds, (unsigned long long)f->frames, FRAME_BYTES, f->seconds,
        bench->transport->ops->jump ? "simulated" : "real");
    printf("transfers    %llu out with %.1f frames each, %llu in with %.1f\n",
           (unsigned long long)f->transfers_out, (double)f->frames / (double)f->transfers_out,
           (unsigned long long)f->transfers_in, (double)f->frames / (double)f->transfers_in);
    printf("processor    %.3f s, %.2f ns a byte%s\n", f->cpu_seconds,
           f->cpu_seconds * 1e9 / (double)(2 * f->bytes),
           bench->transport->ops->jump ? ", the simulation included" : "");
    if (f->carried)
        printf("copies       %.3f a byte in the kernel%s\n", (double)f->copied / (double)f->carried,
               lan_info(bench->lan)->zero_copy ? "" : ": it gives no memory of its own");
    printf(
        "latency      %.1f us median, %.1f us 90 %%, %.1f us 99 %%, %.1f us at most: %d frames of "
        "%d bytes, out and back\n",
        percentile(f, 50), percentile(f, 90), percentile(f, 99), percentile(f, 100), SHORT_FRAMES,
        SHORT_BYTES);
}

static void print_json(const struct figures *f)
{
    json_object *all = json_object_new_object();
    const struct {
        const char *name;
        double value;
    } rows[] = {{"goodput_mb_s", (double)f->bytes / 1e6 / f->seconds},
                {"seconds", f->seconds},
                {"frames", (double)f->frames},
                {"transfers_out", (double)f->transfers_out},
                {"transfers_in", (double)f->transfers_in},
                {"cpu_seconds", f->cpu_seconds},
                {"latency_us_50", percentile(f, 50)},
                {"latency_us_90", percentile(f, 90)},
                {"latency_us_99", percentile(f, 99)},
                {"latency_us_100", percentile(f, 100)}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        json_object_object_add(all, rows[i].name, json_object_new_double(rows[i].value));
    json_object_object_add(
        all, "copies_per_byte",
        f->carried ? json_object_new_double((double)f->copied / (double)f->carried) : NULL);
    puts(json_object_to_json_string_ext(all, JSON_C_TO_STRING_PRETTY));
    json_object_put(all);
}

/* ---- the command ---- */

static int run(struct bench *bench, const struct options *options)
{
    const struct lan_handler handler = {.frame = take_frame,
                                        .link = ignore_link,
                                        .room = ignore_room,
                                        .gone = note_gone,
                                        .user = bench};
    struct explain explain;
    struct lan_config config = {.loopback = true, .journal = &explain.journal};
    struct figures figures = {0};
    char error[400] = "";
    int code;

    explain_init(&explain, stderr, options->verbose > 1 ? JOURNAL_DETAIL : 0);
    if (lan_open(&bench->lan, bench->transport, &config, &handler, session_wall_ns, error,
                 sizeof error)) {
        fprintf(stderr, "ferrite: bench: %s\n", error);
        return EXIT_FAILED;
    }
    bench->now_ns = lan_poll(bench->lan, session_wall_ns(), TIME_NEVER);
    code = measure_goodput(bench, &figures);
    if (!code)
        code = measure_latency(bench, &figures);
    if (code)
        fprintf(stderr, "ferrite: bench: %llu of %llu frames came back: %s\n",
                (unsigned long long)bench->received, (unsigned long long)bench->sent,
                strerror(-code));
    else if (options->json)
        print_json(&figures);
    else
        print_text(bench, &figures);
    if (!bench->gone)
        lan_register_write(bench->lan, REG_CONTROL, REG_CONTROL_RESET);
    lan_close(bench->lan);
    return code ? EXIT_FAILED : EXIT_OK;
}

static void help(void)
{
    puts("usage: ferrite bench [options]\n"
         "Measures a board without a network: its frames to send come back inside the board as "
         "received ones. Goodput both ways\n"
         "at once, transfers, processor time, copies, and the time of single short frames. The "
         "board must not be in use.\n\n"
         "  -n, --megabytes N  to send (16; 1 with --sim)\n");
}

static int take(void *user, int option, const char *value)
{
    if (option != 'n')
        return -EINVAL;
    return options_number("--megabytes", value, 1, 100000, &((struct bench *)user)->megabytes);
}

int command_bench(int argc, char **argv)
{
    static const struct option longs[] = {{"megabytes", required_argument, NULL, 'n'}, {0}};
    struct bench bench = {0};
    struct command_options command = {"n:", longs, take, &bench, help};
    struct options common = {0};
    int first, code = options_parse(argc, argv, &common, &command, &first);

    if (code)
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    if (first != argc) {
        fprintf(stderr, "ferrite: bench: '%s' is not expected; try 'ferrite bench --help'\n",
                argv[first]);
        return EXIT_USAGE;
    }
    if (!bench.megabytes)
        bench.megabytes = common.sim ? MEGABYTES_SIMULATED : MEGABYTES;
    if (!common.wire_given)
        snprintf(common.wire_backend, sizeof common.wire_backend, "none");
    if (session_open_transport(&bench.transport, &common))
        return EXIT_USAGE;
    code = run(&bench, &common);
    bench.transport->ops->close(bench.transport);
    return code;
}
