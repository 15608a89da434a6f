/* Which of the bytes under way are lost, told by time: RACK. RFC 8985, 6.
 *
 * SPDX-License-Identifier: MIT
 *
 * What was sent sufficiently before something that has arrived is lost. How long is sufficient, the
 * reordering window, follows from what the path is seen to do. Times are microseconds that wrap.
 */
#ifndef HOST_STACK_TCP_RACK_H
#define HOST_STACK_TCP_RACK_H

#include "host/stack/tcp_flight.h"

/* Of what is under way. */
struct tcp_rack {
    struct tcp_sent latest; /* of all that has arrived, what was sent last; valid if known */
    uint32_t rtt_us;        /* its round trip */
    uint32_t highest;       /* behind the last byte that has arrived */
    uint32_t round_end;     /* with in_round: D-SACKs up to here tell of the same round trip */
    bool known, in_round;
};

/* What the path is seen to do. */
struct tcp_path {
    uint32_t min_rtt_us;    /* the least of the last five minutes; 0: none yet */
    uint32_t min_rtt_at_us; /* when it was measured */
    uint8_t factor;         /* the reordering window in quarters of min_rtt_us */
    uint8_t recoveries;     /* until factor falls back to 1 */
    bool reordered;
};

void tcp_path_start(struct tcp_path *path);
void tcp_rack_start(struct tcp_rack *rack, uint32_t una);
/* An ACK has told of arrivals. echo_age_us: how long ago that was sent whose timestamp the ACK
 * returns, 0: not known. */
void tcp_rack_arrived(struct tcp_rack *rack, struct tcp_path *path,
                      const struct tcp_arrival *arrival, uint32_t echo_age_us, uint32_t now_us);
/* Something was sent again in vain: the window widens, at most once in a round trip (6.2, step 4). */
void tcp_rack_sent_in_vain(struct tcp_rack *rack, struct tcp_path *path, uint32_t una,
                           uint32_t snd_max);
void tcp_rack_recovered(struct tcp_path *path);
/* The reordering window. certain: in recovery, or three segments have arrived behind a hole. */
uint32_t tcp_rack_window(const struct tcp_path *path, bool certain, uint32_t srtt_us);
/* Marks what is lost. Returns after how many us more may be, 0: none. */
uint32_t tcp_rack_detect(const struct tcp_rack *rack, struct tcp_flight *flight, uint32_t window_us,
                         uint32_t now_us);

#endif
