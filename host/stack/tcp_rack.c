/* RACK. See tcp_rack.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_rack.h"

#include "host/stack/seqnum.h"

enum { MIN_RTT_VALID_US = 300000000, MAX_FACTOR = 200, FACTOR_RECOVERIES = 16, TICK_US = 1000 };

void tcp_path_start(struct tcp_path *path)
{
    *path = (struct tcp_path){.factor = 1};
}

void tcp_rack_start(struct tcp_rack *rack, uint32_t una)
{
    *rack = (struct tcp_rack){.highest = una};
}

static void min_rtt_learn(struct tcp_path *path, uint32_t rtt_us, uint32_t now_us)
{
    if (path->min_rtt_us && rtt_us > path->min_rtt_us &&
        now_us - path->min_rtt_at_us < MIN_RTT_VALID_US)
        return;
    path->min_rtt_us = rtt_us ? rtt_us : 1;
    path->min_rtt_at_us = now_us;
}

/* 6.2, step 2: of what was sent again it may be the first copy that has arrived. */
static bool is_ambiguous(const struct tcp_path *path, const struct tcp_sent *latest,
                         uint32_t rtt_us, uint32_t echo_age_us)
{
    return latest->marks & SENT_AGAIN &&
           (rtt_us < path->min_rtt_us || echo_age_us > rtt_us + TICK_US);
}

void tcp_rack_arrived(struct tcp_rack *rack, struct tcp_path *path,
                      const struct tcp_arrival *arrival, uint32_t echo_age_us, uint32_t now_us)
{
    const struct tcp_sent *latest = &arrival->latest;
    if (!arrival->any)
        return;
    uint32_t rtt_us = now_us - latest->sent_us;
    if (!(latest->marks & SENT_AGAIN))
        min_rtt_learn(path, rtt_us, now_us);
    if (arrival->once && seq_lt(arrival->once_start, rack->highest))
        path->reordered = true; /* step 3: it came behind what was sent later */
    rack->highest = seq_max(rack->highest, arrival->highest);
    if (is_ambiguous(path, latest, rtt_us, echo_age_us))
        return;
    if (!rack->known || tcp_sent_after(latest, &rack->latest)) {
        rack->latest = *latest;
        rack->rtt_us = rtt_us;
        rack->known = true;
    }
}

/* If nothing is under way any more, the round trip is over. */
void tcp_rack_sent_in_vain(struct tcp_rack *rack, struct tcp_path *path, uint32_t una,
                           uint32_t snd_max)
{
    if (rack->in_round && seq_lt(una, rack->round_end))
        return;
    path->recoveries = FACTOR_RECOVERIES;
    path->factor += path->factor < MAX_FACTOR;
    if (una == snd_max)
        return;
    rack->in_round = true;
    rack->round_end = snd_max;
}

void tcp_rack_recovered(struct tcp_path *path)
{
    if (path->recoveries && --path->recoveries == 0)
        path->factor = 1;
}

/* 6.2, step 4. */
uint32_t tcp_rack_window(const struct tcp_path *path, bool certain, uint32_t srtt_us)
{
    uint32_t window_us = path->factor * (path->min_rtt_us / 4);
    if (!path->reordered && certain)
        return 0;
    return window_us < srtt_us ? window_us : srtt_us;
}

/* Step 5. What has not left the host cannot be late. */
uint32_t tcp_rack_detect(const struct tcp_rack *rack, struct tcp_flight *flight, uint32_t window_us,
                         uint32_t now_us)
{
    uint32_t next_us = 0;
    for (uint32_t i = 0; rack->known && i < flight->count; i++) {
        const struct tcp_sent *range = tcp_flight_at(flight, i);
        if (range->marks & (SENT_SACKED | SENT_LOST) || range->ticket ||
            !tcp_sent_after(&rack->latest, range))
            continue;
        int32_t left_us = (int32_t)(range->sent_us + rack->rtt_us + window_us - now_us);
        if (left_us <= 0)
            tcp_flight_mark(flight, i, range->marks | SENT_LOST);
        else if ((uint32_t)left_us > next_us)
            next_us = (uint32_t)left_us;
    }
    return next_us;
}
