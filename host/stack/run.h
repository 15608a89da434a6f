/* Frames that Ethernet and IP need not look at, since they have seen their like.
 *
 * SPDX-License-Identifier: MIT
 *
 * A TCP segment whose Ethernet and IP headers differ from those of the one before it only in lengths, identification and sums
 * goes straight to TCP: whatever those layers would ask of it has been answered, until one of our addresses, routes or
 * neighbours changes. In a run, frames of one batch (stack_batch_begin) that carry on a connection's data where the frame
 * before them stopped, TCP's header prediction is asked at once. Only where the board has verified the sums.
 */
#ifndef HOST_STACK_RUN_H
#define HOST_STACK_RUN_H

#include "host/stack/ip.h"

struct tcp_conn;

struct run {
    struct tcp_conn *conn; /* NULL: there is no run. TCP sets it when a segment may begin one. */
    bool known;            /* header and in are of a frame */
    bool v6;
    uint8_t header
        [58]; /* what frames have in common: Ethernet, IP without options, in a run the ports */
    struct ip_input in; /* what IP makes of such a frame */
};

/* Takes a received frame: straight to TCP if its like is known, else through all layers. */
void run_input(struct stack *stack, const struct vnet_header *vnet, const uint8_t *frame,
               size_t len, uint64_t now_ns);
/* What IP gives to TCP: the next frame may be like it. */
void run_learn(struct stack *stack, const struct ip_input *in);

#endif
