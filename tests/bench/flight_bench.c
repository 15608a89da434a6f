/* Measures by what number and size of transfers in flight frames pass the simulated board, each way, when the host takes a while to
 * answer a completed transfer with the next: the tables of driver/README.md, 7. Simulated time alone counts.
 *
 * SPDX-License-Identifier: MIT
 *
 * A transport between driver and board tells of completed transfers late: that is a kernel's interrupt, and the time until the program
 * runs. The wire gives and takes frames of 1,514 bytes at 1 Gbit/s.
 *
 * usage: flight_bench [MICROSECONDS]    until the host answers; 100 unless told
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/lan.h"
#include "sim/board/sim.h"
#include "sim/wire/backend.h"

enum { FRAME_BYTES = 1514, LINE_NS = 12304, SLOTS = 64 };
enum { WARM_NS = 1500000, MEASURED_NS = 3000000 };

/* The wire's far side: counts what comes, and gives frames while it is told to. */
struct far_end {
    struct backend backend;
    uint64_t taken, next_ns;
};

/* A transfer that is under way, or complete and not yet told of. */
struct slot {
    struct transfer *transfer;
    void (*done)(struct transfer *transfer);
    void *user;
    uint64_t due_ns; /* 0: under way */
    uint64_t order;
};

struct late {
    struct transport transport;
    struct transport *board;
    uint64_t latency_ns, count;
    struct slot slots[SLOTS];
};

struct run {
    struct far_end far_end;
    struct late late;
    struct lan *lan;
    uint64_t received;
};

static void die(const char *why)
{
    fprintf(stderr, "flight_bench: %s\n", why);
    exit(1);
}

static uint64_t standing_clock(void)
{
    return 0;
}

/* ---- the wire ---- */

static bool far_take(struct backend *backend, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    (void)bytes, (void)now_ns;
    ((struct far_end *)backend)->taken += len == FRAME_BYTES;
    return true;
}

static void far_give(struct backend *backend, uint64_t now_ns)
{
    static const uint8_t frame[FRAME_BYTES] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5};
    struct far_end *far_end = (struct far_end *)backend;

    for (; far_end->next_ns <= now_ns; far_end->next_ns += LINE_NS)
        backend->port.frame(backend->port.user, frame, sizeof frame, now_ns);
}

static uint64_t far_due(struct backend *backend, uint64_t now_ns)
{
    (void)now_ns;
    return ((struct far_end *)backend)->next_ns;
}

/* ---- the transport that tells late ---- */

static void note_done(struct transfer *transfer)
{
    struct late *late = transfer->user;
    struct slot *slot = late->slots;

    while (slot->transfer != transfer)
        slot++;
    slot->due_ns = late->board->now_ns + late->latency_ns;
    slot->order = late->count++;
}

static int late_submit(struct transport *transport, struct transfer *transfer)
{
    struct late *late = (struct late *)transport;
    struct slot *slot = late->slots;

    while (slot->transfer)
        if (++slot == late->slots + SLOTS)
            die("too many transfers");
    *slot = (struct slot){.transfer = transfer, .done = transfer->done, .user = transfer->user};
    transfer->done = note_done;
    transfer->user = late;
    return late->board->ops->submit(late->board, transfer);
}

static void late_cancel(struct transport *transport, struct transfer *transfer)
{
    struct late *late = (struct late *)transport;

    late->board->ops->cancel(late->board, transfer);
}

static struct slot *first_complete(struct late *late)
{
    struct slot *first = NULL;

    for (struct slot *slot = late->slots; slot < late->slots + SLOTS; slot++)
        if (slot->transfer && slot->due_ns && (!first || slot->order < first->order))
            first = slot;
    return first;
}

static uint64_t late_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct late *late = (struct late *)transport;
    struct slot *slot = first_complete(late);
    uint64_t limit = slot && slot->due_ns < until_ns ? slot->due_ns : until_ns;

    late->board->ops->jump(late->board, limit); /* where it idles until then */
    transport->now_ns = late->board->ops->poll(late->board, wall_ns, limit);
    while ((slot = first_complete(late)) && slot->due_ns <= transport->now_ns) {
        struct transfer *transfer = slot->transfer;

        transfer->done = slot->done;
        transfer->user = slot->user;
        slot->transfer = NULL;
        transfer->done(transfer);
    }
    return transport->now_ns;
}

static uint64_t late_deadline(struct transport *transport)
{
    return transport->now_ns;
}

static bool late_jump(struct transport *transport, uint64_t until_ns)
{
    (void)transport, (void)until_ns;
    return false;
}

static int late_fds(struct transport *transport, struct pollfd *fds, int max)
{
    (void)transport, (void)fds, (void)max;
    return 0;
}

/* ---- a run ---- */

static void count_frame(void *user, const struct vnet_header *vnet, const uint8_t *frame,
                        size_t len, uint64_t now_ns)
{
    (void)vnet, (void)frame, (void)now_ns;
    ((struct run *)user)->received += len == FRAME_BYTES;
}

static void open_run(struct run *run, const struct lan_config *wish, uint64_t latency_ns)
{
    static const struct backend_ops far_ops = {
        .send = far_take, .poll = far_give, .deadline = far_due};
    static const struct transport_ops late_ops = {.submit = late_submit,
                                                  .cancel = late_cancel,
                                                  .poll = late_poll,
                                                  .deadline = late_deadline,
                                                  .jump = late_jump,
                                                  .fds = late_fds};
    struct sim_config config = {.wire.far_end = &run->far_end.backend};
    struct lan_handler handler = {.frame = count_frame, .user = run};
    struct lan_config lan = *wish;
    char error[300];

    memset(run, 0, sizeof *run);
    memcpy(lan.mac, (uint8_t[6]){2, 0, 0, 0, 0, 1}, 6);
    run->far_end = (struct far_end){.backend.ops = &far_ops, .next_ns = TIME_NEVER};
    if (sim_open(&run->late.board, &config, error, sizeof error) < 0)
        die(error);
    run->late.transport = *run->late.board;
    run->late.transport.ops = &late_ops;
    if (lan_open(&run->lan, &run->late.transport, &lan, &handler, standing_clock, error,
                 sizeof error) < 0)
        die(error);
    while (!lan_status(run->lan)->link)
        lan_poll(run->lan, 0, TIME_NEVER);
    run->late.latency_ns = latency_ns;
}

static void close_run(struct run *run)
{
    run->late.latency_ns = 0;
    run->late.board->ops->poll(run->late.board, 0, 0);
    lan_close(run->lan);
    run->late.board->ops->close(run->late.board);
}

static void send_all(struct run *run)
{
    const struct vnet_header vnet = {0};
    uint8_t *place;

    while ((place = lan_reserve(run->lan, FRAME_BYTES))) {
        memset(place, 0x55, FRAME_BYTES);
        lan_commit(run->lan, &vnet, FRAME_BYTES);
    }
    lan_flush(run->lan, run->late.transport.now_ns);
}

/* Frames that have passed at a time. */
struct mark {
    uint64_t ns, frames;
};

/* MB/s of frames, between the first and the last that end a transfer in MEASURED_NS, once all is under way. */
static double measure(const struct lan_config *config, uint64_t latency_ns, bool out)
{
    static struct run run;
    struct mark first = {0}, last = {0}, now;
    uint64_t from;

    open_run(&run, config, latency_ns);
    from = run.late.transport.now_ns + WARM_NS;
    if (!out)
        run.far_end.next_ns = run.late.transport.now_ns;
    do {
        if (out)
            send_all(&run);
        now.ns = lan_poll(run.lan, 0, TIME_NEVER);
        now.frames = out ? run.far_end.taken : run.received;
        if (now.frames != last.frames)
            last = now;
        if (!first.ns && now.ns >= from)
            first = last;
    } while (now.ns < from + MEASURED_NS);
    close_run(&run);
    return (double)(last.frames - first.frames) * FRAME_BYTES * 1e3 / (double)(last.ns - first.ns);
}

static void print_table(bool out, uint64_t latency_ns)
{
    static const uint32_t counts[] = {1, 2, 4, 8}, sizes[] = {4096, 16384, 66048};

    printf("%s, host answers in %llu us: bytes of a transfer, MB/s with 1, 2, 4 and 8 in flight\n",
           out ? "sending" : "receiving", (unsigned long long)latency_ns / 1000);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        printf("%6u", sizes[i]);
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            struct lan_config config = {.features_off = UINT32_MAX};

            if (out)
                config.transfer_out_bytes = sizes[i], config.transfers_out = counts[k];
            else
                config.transfer_bytes = sizes[i], config.transfers_in = counts[k];
            printf(" %6.1f", measure(&config, latency_ns, out));
            fflush(stdout);
        }
        printf("\n");
    }
}

int main(int count, char **arguments)
{
    uint64_t latency_ns = 1000 * (count > 1 ? strtoull(arguments[1], NULL, 10) : 100);

    print_table(true, latency_ns);
    print_table(false, latency_ns);
    return 0;
}
