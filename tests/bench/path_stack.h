/* A host of a path with our stack, and the programs on it: senders that always have more to send, and a reader that checks
 * every byte.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_BENCH_PATH_STACK_H
#define TESTS_BENCH_PATH_STACK_H

#include "host/stack/tcp.h"
#include "tests/bench/path.h"

enum { PATH_FLOWS = 16, PATH_FRAME_BYTES = 2048 };

struct path_stack;

struct path_flow {
    struct path_stack *owner;
    struct tcp_conn *conn;
    uint64_t moved; /* bytes written, or read */
};

struct path_stack {
    struct path_host host;
    struct stack *stack;
    struct tcp_conn *listener;
    struct path_flow flows[PATH_FLOWS];
    int count;
    struct chance chance;
    uint8_t frame[PATH_FRAME_BYTES]; /* that the stack builds */
};

struct path_stack_config {
    uint32_t buffer_bytes; /* each way */
    bool timestamps, pacing;
    bool
        sums; /* it makes and checks them itself; else its device does, for which nothing is to be done here */
    uint64_t seed;
};

void path_stack_open(struct path_stack *stack, struct path *path, int index,
                     const struct path_stack_config *wish);
/* Whoever connects to PATH_PORT may send: flow n is the nth. */
void path_stack_listen(struct path_stack *stack);
/* Connects to the receiver and sends for ever under that congestion control. */
void path_stack_send(struct path_stack *stack, const char *congestion);
void path_stack_close(struct path_stack *stack);

#endif
