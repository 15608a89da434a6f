/* Runs: frames of one transfer that carry on a TCP connection's data where the frame before them stopped.
 *
 * SPDX-License-Identifier: MIT
 *
 * Inside a batch (stack_batch_begin) nothing happens between two frames. If header prediction took the first, and the
 * second differs from it only in lengths, identification, sums and what TCP looks at itself, then everything that
 * Ethernet and IP would ask of it has just been answered: it goes straight to TCP. Only where the board has
 * verified the sums.
 */
#ifndef HOST_STACK_RUN_H
#define HOST_STACK_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stack;
struct vnet_header;

struct tcp_conn;

struct run {
    struct tcp_conn *conn; /* NULL: there is none. TCP sets it when a segment may begin one. */
    bool v6;
    uint8_t header[58]; /* that its frames have in common: Ethernet, IP without options, ports */
};

/* Takes a received frame: straight to TCP if it carries on the run, else through all layers. */
void run_input(struct stack *stack, const struct vnet_header *vnet, const uint8_t *frame,
               size_t len, uint64_t now_ns);

#endif
