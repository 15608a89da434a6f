/* Two hosts joined by a long path, in virtual time: what goodput and fairness are measured on (loss_bench.c).
 *
 * SPDX-License-Identifier: MIT
 *
 * The path is two links of tests/world. From the sender on: loss by chance, then a slow line behind a queue, then half the
 * round trip. Back: half the round trip, nothing else. The hosts are stacks on a plain device, as the line is far slower
 * than the board, and a run must be quick.
 */
#ifndef TESTS_BENCH_PATH_H
#define TESTS_BENCH_PATH_H

#include "tests/world/link.h"

enum { PATH_SENDER, PATH_RECEIVER, PATH_HOSTS };
enum { PATH_PORT = 9000 };

struct path;

struct path_config {
    double loss;           /* chance that a frame to the receiver is lost */
    uint64_t rate_bps;     /* of the line to the receiver */
    uint32_t queue_frames; /* that wait for it at most */
    uint64_t rtt_ns;       /* of an empty path, but for the line's own time */
    uint64_t seed;
};

struct path_host {
    void (*take)(struct path_host *host, const uint8_t *frame, size_t len, uint64_t now_ns);
    void (*poll)(struct path_host *host, uint64_t now_ns);
    uint64_t (*deadline)(const struct path_host *host); /* when poll has something to do */
    struct path *path;
    int index; /* PATH_SENDER or PATH_RECEIVER */
};

struct path {
    uint64_t now_ns;
    struct path_host *hosts[PATH_HOSTS]; /* set by the caller */
    struct link links[PATH_HOSTS];       /* from each host */
    struct frame_pool pool;
};

#define PATH_START_NS UINT64_C(1000000000)

void path_open(struct path *path, const struct path_config *config);
/* A frame from host, without FCS. */
void path_send(struct path_host *host, const uint8_t *frame, size_t len);
/* When something will happen next. */
uint64_t path_due(const struct path *path);
/* Lets time go on to until_ns. */
void path_run(struct path *path, uint64_t until_ns);
void path_close(struct path *path);

static inline uint32_t path_address(int index)
{
    return 0x0a000001u + (uint32_t)index;
}
static inline void path_mac(int index, uint8_t mac[6])
{
    for (int i = 0; i < 6; i++)
        mac[i] = (uint8_t)(i ? 0 : 2);
    mac[5] = (uint8_t)(index + 1);
}

#endif
