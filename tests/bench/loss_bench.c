/* Measures goodput in virtual time on a path that loses frames: `loss_bench LOSS QUEUE SEED SKIP SECONDS CONTROL …`.
 *
 * SPDX-License-Identifier: MIT
 *
 * LOSS is the chance of a frame to be lost, in percent; QUEUE how many frames wait for the line at most; then a flow for each
 * CONTROL: a congestion control of ours, or "lwip" alone. The line has 100 Mbit/s, the round trip takes 40 ms,
 * by the seed half a ms less or more. After SKIP seconds it measures for SECONDS, and prints a line for each flow, its goodput in Mbit/s, and
 * some of the stacks' counters.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/path_lwip.h"
#include "tests/bench/path_stack.h"
#include "tests/bench/stack_meter.h"

enum { BUFFER_BYTES = 4 << 20, FIRST_CONTROL = 6, STAGGER_MS = 100, NS_A_MS = 1000000 };

static const uint64_t RATE_BPS = 100000000, SECOND_NS = 1000000000;
/* By the seed, so that without losses by chance runs differ, too. */
static const uint64_t LEAST_RTT_NS = 39500000, MOST_RTT_NS = 40500000;

static struct path path;
static struct path_stack sender, receiver;

/* needless: data that had come before, as the receiver saw it. */
static void print_counters(const struct stack_counters *counters)
{
    printf("segments %llu\nagain %llu\nneedless %llu\ntimeouts %llu\ndropped %llu\n",
           (unsigned long long)counters->tcp_out_data_segs,
           (unsigned long long)counters->tcp_retrans_segs,
           (unsigned long long)stack_counters(receiver.stack)->tcp_dsacks_sent,
           (unsigned long long)counters->tcp_timeouts,
           (unsigned long long)path.links[PATH_SENDER].counters.lost);
}

/* Lets the flows run, those seconds for nothing and then these for the figure. */
static void measure(uint64_t skip, uint64_t seconds)
{
    uint64_t before[PATH_FLOWS];

    path_run(&path, PATH_START_NS + skip * SECOND_NS);
    for (int i = 0; i < PATH_FLOWS; i++)
        before[i] = receiver.flows[i].moved;
    path_run(&path, PATH_START_NS + (skip + seconds) * SECOND_NS);
    for (int i = 0; i < receiver.count; i++)
        printf("goodput %.4f\n",
               (double)(receiver.flows[i].moved - before[i]) * 8 / (double)seconds / 1e6);
}

/* Flows begin one after another, so that they do not move in step. */
static void open_ours(const struct path_stack_config *wish, int count, char **controls)
{
    struct chance chance = chance_split(wish->seed, 30);

    path_stack_open(&sender, &path, PATH_SENDER, wish);
    for (int i = 0; i < count; i++) {
        path_stack_send(&sender, controls[i]);
        if (i + 1 < count)
            path_run(&path, path.now_ns + chance_between(&chance, 1, STAGGER_MS) * NS_A_MS);
    }
}

int main(int count, char **arguments)
{
    struct path_config config = {.rate_bps = RATE_BPS};
    struct path_stack_config wish = {.buffer_bytes = BUFFER_BYTES,
                                     .timestamps = getenv("TIMESTAMPS") != NULL,
                                     .pacing = getenv("PACING") != NULL};
    uint64_t skip, seconds;
    struct chance chance;
    bool ours;

    if (count <= FIRST_CONTROL)
        stream_die("say LOSS QUEUE SEED SKIP SECONDS CONTROL …, not %d words", count - 1);
    ours = strcmp(arguments[FIRST_CONTROL], "lwip") != 0;
    config.loss = atof(arguments[1]) / 100;
    config.queue_frames = (uint32_t)atoi(arguments[2]);
    config.seed = strtoull(arguments[3], NULL, 0);
    skip = strtoull(arguments[4], NULL, 0);
    seconds = strtoull(arguments[5], NULL, 0);
    chance = chance_split(config.seed, 31);
    config.rtt_ns = chance_between(&chance, LEAST_RTT_NS, MOST_RTT_NS);
    path_open(&path, &config);
    wish.seed = config.seed;
    path_stack_open(&receiver, &path, PATH_RECEIVER, &wish);
    path_stack_listen(&receiver);
    if (ours)
        open_ours(&wish, count - FIRST_CONTROL, arguments + FIRST_CONTROL);
    else
        path_lwip_open(&path, PATH_SENDER);
    measure(skip, seconds);
    if (ours) {
        print_counters(stack_counters(sender.stack));
        path_stack_close(&sender);
    }
    path_stack_close(&receiver);
    path_close(&path);
    return 0;
}
