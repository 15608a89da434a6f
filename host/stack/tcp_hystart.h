/* HyStart++: leaves slow start when the round trip grows, before the queue overflows. RFC 9406.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_TCP_HYSTART_H
#define HOST_STACK_TCP_HYSTART_H

#include "host/stack/tcp_congestion.h"

/* Times in microseconds; UINT32_MAX where RFC 9406 says infinity. */
struct tcp_hystart {
    uint32_t round_end;             /* acknowledging this ends the round */
    uint32_t last_min, current_min; /* least round trip of the last round and of this one */
    uint32_t conservative_baseline; /* 0: not in conservative slow start */
    uint8_t samples;                /* of this round */
    uint8_t rounds;                 /* in conservative slow start */
    bool running;
};

/* cwnd grows by what ack says; ssthresh is set when slow start is to end. */
void tcp_hystart_acked(struct tcp_hystart *hystart, struct tcp_congestion *congestion,
                       const struct tcp_congestion_ack *ack);

#endif
