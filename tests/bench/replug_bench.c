/* Measures how long the Verilated board is away after an unplug: from the moment the cable is back to the first frame that has gone through
 * driver and board both ways (CONTROL.LOOPBACK), in simulated time. Bus reset and enumeration are in it. Prints a
 * "name value" line.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/lan.h"
#include "sim/board/sim.h"

#define LIMIT_NS UINT64_C(5000000000)

enum { FRAME_BYTES = 60, AWAY_NS = 100000000 };

struct bench {
    struct transport *transport;
    struct lan *lan;
    int received, gone;
};

static uint64_t standing_clock(void)
{
    return 0;
}

static void frame(void *user, const struct vnet_header *vnet, const uint8_t *bytes, size_t len,
                  uint64_t now_ns)
{
    struct bench *bench = user;

    (void)vnet, (void)bytes, (void)now_ns;
    bench->received += len == FRAME_BYTES;
}

static void gone(void *user, int error, uint64_t now_ns)
{
    (void)error, (void)now_ns;
    ((struct bench *)user)->gone++;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "replug_bench: %s: %s\n", what, why);
    exit(1);
}

static void open_driver(struct bench *bench)
{
    const struct lan_config config = {.mac = {2, 0, 0, 0, 0, 1}, .loopback = true};
    const struct lan_handler handler = {.frame = frame, .gone = gone, .user = bench};
    char error[200];

    if (lan_open(&bench->lan, bench->transport, &config, &handler, standing_clock, error,
                 sizeof error) < 0)
        die("cannot open the driver", error);
}

/* A frame to ourselves, until it is back. */
static void carry_frame(struct bench *bench)
{
    const struct vnet_header vnet = {0};
    int before = bench->received;
    uint64_t limit = bench->transport->now_ns + LIMIT_NS;
    uint8_t *place = lan_reserve(bench->lan, FRAME_BYTES);

    if (!place)
        die("no room for a frame", bench->transport->name);
    memset(place, 0, FRAME_BYTES);
    place[0] = place[6] = 2;
    place[5] = place[11] = 1;
    place[12] = 0x88, place[13] = 0xb5; /* for local experiments */
    lan_commit(bench->lan, &vnet, FRAME_BYTES);
    lan_flush(bench->lan, bench->transport->now_ns);
    while (bench->received == before)
        if (lan_poll(bench->lan, 0, TIME_NEVER) > limit)
            die("a frame does not come back", bench->transport->name);
}

int main(void)
{
    const struct sim_config config = {.wire.backend = "none"};
    struct bench bench = {.received = 0};
    char error[200];
    uint64_t plugged_ns;

    if (sim_open(&bench.transport, &config, error, sizeof error) < 0)
        die("cannot open the board", error);
    open_driver(&bench);
    carry_frame(&bench);
    sim_unplug(bench.transport);
    lan_poll(bench.lan, 0, TIME_NEVER);
    if (!bench.gone)
        die("the unplug is not noticed", bench.transport->name);
    lan_close(bench.lan);
    plugged_ns = bench.transport->now_ns + AWAY_NS;
    if (sim_plug(bench.transport, plugged_ns, error, sizeof error) < 0)
        die("the board is not known again", error);
    open_driver(&bench);
    carry_frame(&bench);
    printf("usb.recovery_ms %.3f\n", (double)(bench.transport->now_ns - plugged_ns) / 1e6);
    lan_close(bench.lan);
    bench.transport->ops->close(bench.transport);
    return 0;
}
