/* CUBIC: after a loss the window returns along a cubic curve of time, whose plateau lies where the
 * loss was. RFC 9438; slow start with HyStart++ (RFC 9406).
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_hystart.h"

/* RFC 9438, 5: C = 0.4 segments/s^3, beta = 0.7, so alpha = 3 (1 - beta) / (1 + beta) = 9/17. */
enum { BETA_TENTHS = 7, ALPHA_NUMERATOR = 9, ALPHA_DENOMINATOR = 17, MAX_CURVE_MS = 1 << 20 };

/* In slow start before the first loss HyStart++ needs the room that the curve has afterwards. Times are milliseconds that
 * wrap. */
struct __attribute__((may_alias)) cubic {
    uint32_t w_max; /* the plateau, bytes; 0: none known */
    uint32_t prior; /* cwnd before the last reduction */
    union {
        struct tcp_hystart hystart; /* while ssthresh is UINT32_MAX */
        struct {
            uint32_t epoch_ms;  /* when congestion avoidance began; 0: it has not */
            uint32_t unused_ms; /* since when cwnd has not been in use; 0: it is */
            uint32_t k_ms;      /* from there to the plateau */
            uint32_t w_est;     /* what Reno would have by now, bytes */
            uint32_t est_acked; /* bytes acknowledged since w_est last grew */
        };
    };
};
_Static_assert(sizeof(struct cubic) <= sizeof((struct tcp_congestion *)0)->state,
               "CUBIC's state fits");

static struct cubic *cubic_of(struct tcp_congestion *congestion)
{
    return (struct cubic *)congestion->state;
}

static uint32_t cube_root(uint64_t value)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 20; bit; bit >>= 1)
        if ((root | bit) * (root | bit) * (root | bit) <= value)
            root |= bit;
    return (uint32_t)root;
}

/* C t^3 segments as bytes; C / 10^9 = 1 / 2.5 * 10^9 a cubic millisecond. */
static uint64_t cubed(uint64_t ms, uint32_t mss)
{
    ms = ms < MAX_CURVE_MS ? ms : MAX_CURVE_MS;
    return ms * ms * ms / 2500000 * mss / 1000;
}

static bool seeks_first_loss(const struct tcp_congestion *congestion)
{
    return congestion->ssthresh == UINT32_MAX;
}

/* Never 0, which means that there is no such time. */
static uint32_t milliseconds(uint64_t now_ns)
{
    uint32_t ms = (uint32_t)(now_ns / 1000000);
    return ms ? ms : 1;
}

/* What was learned in slow start makes room for the curve, of which nothing is known yet. */
static void curve_forget(struct cubic *cubic)
{
    cubic->epoch_ms = cubic->unused_ms = cubic->k_ms = cubic->w_est = cubic->est_acked = 0;
}

/* W_cubic(t), figure 1; bytes. */
static uint64_t curve(const struct cubic *cubic, uint64_t t_ms, uint32_t mss)
{
    if (t_ms >= cubic->k_ms)
        return cubic->w_max + cubed(t_ms - cubic->k_ms, mss);
    uint64_t below = cubed(cubic->k_ms - t_ms, mss);
    return cubic->w_max > below ? cubic->w_max - below : 0;
}

/* Congestion avoidance begins: K by figure 2. */
static void epoch_begin(struct cubic *cubic, struct tcp_congestion *congestion, uint64_t now_ns)
{
    cubic->epoch_ms = milliseconds(now_ns);
    cubic->w_est = congestion->cwnd;
    cubic->est_acked = 0;
    if (cubic->w_max <= congestion->cwnd) {
        cubic->w_max = congestion->cwnd;
        cubic->k_ms = 0;
    } else {
        uint64_t below = cubic->w_max - congestion->cwnd;
        cubic->k_ms = cube_root(below * UINT64_C(2500000000) / congestion->mss);
    }
}

/* RFC 9438, 4.3, figure 4: alpha until the window is what it was, then as Reno's 1. */
static void estimate_reno(struct cubic *cubic, struct tcp_congestion *congestion, uint32_t acked)
{
    uint64_t per_segment = congestion->cwnd;
    if (cubic->w_est < cubic->prior)
        per_segment = per_segment * ALPHA_DENOMINATOR / ALPHA_NUMERATOR;
    cubic->est_acked += acked;
    while (cubic->est_acked >= per_segment) {
        cubic->est_acked -= (uint32_t)per_segment;
        cubic->w_est += congestion->mss;
    }
}

static void avoid(struct cubic *cubic, struct tcp_congestion *congestion,
                  const struct tcp_congestion_ack *ack)
{
    uint32_t cwnd = congestion->cwnd, mss = congestion->mss;
    if (!cubic->epoch_ms)
        epoch_begin(cubic, congestion, ack->now_ns);
    estimate_reno(cubic, congestion, ack->acked);
    uint32_t t_ms = milliseconds(ack->now_ns) - cubic->epoch_ms;
    if (curve(cubic, t_ms, mss) < cubic->w_est) { /* the Reno-friendly region */
        congestion->cwnd = cwnd > cubic->w_est ? cwnd : cubic->w_est;
        return;
    }
    uint64_t target = curve(cubic, t_ms + ack->srtt_ns / 1000000, mss),
             most = cwnd + (uint64_t)cwnd / 2;
    target = target < most ? target : most;
    if (target > cwnd) /* (target - cwnd) / cwnd a segment */
        tcp_congestion_grow(congestion, ack->acked, (uint64_t)cwnd * mss / (target - cwnd));
}

static void cubic_acked(struct tcp_congestion *congestion, const struct tcp_congestion_ack *ack)
{
    struct cubic *cubic = cubic_of(congestion);
    bool used = tcp_congestion_in_use(congestion, ack->flight);
    if (seeks_first_loss(congestion)) {
        if (used)
            tcp_hystart_acked(&cubic->hystart, congestion, ack);
        if (!seeks_first_loss(congestion))
            curve_forget(cubic);
        return;
    }
    if (!used) {
        if (!cubic->unused_ms)
            cubic->unused_ms = milliseconds(ack->now_ns);
        return;
    }
    if (cubic->unused_ms && cubic->epoch_ms) /* such time does not count: 4.2 */
        cubic->epoch_ms += milliseconds(ack->now_ns) - cubic->unused_ms;
    cubic->unused_ms = 0;
    if (tcp_in_slow_start(congestion))
        tcp_slow_start(congestion, ack->acked, 1);
    else
        avoid(cubic, congestion, ack);
}

static uint32_t beta(uint32_t window)
{
    return (uint32_t)((uint64_t)window * BETA_TENTHS / 10);
}

static uint32_t less(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The first ends what HyStart++ was there for; each, the curve's epoch. */
static void reduction_begins(struct cubic *cubic, const struct tcp_congestion *congestion)
{
    if (seeks_first_loss(congestion))
        curve_forget(cubic);
    cubic->epoch_ms = 0;
}

/* Below the last plateau the window shrinks: leave room for others (fast convergence, 4.7). */
static void cubic_lost(struct tcp_congestion *congestion, uint32_t flight, uint64_t now_ns)
{
    struct cubic *cubic = cubic_of(congestion);
    uint32_t cwnd = congestion->cwnd;
    (void)now_ns;
    cubic->w_max = cwnd < cubic->w_max ? (cwnd + beta(cwnd)) / 2 : cwnd;
    cubic->prior = cwnd;
    reduction_begins(cubic, congestion);
    tcp_congestion_reduce(congestion, beta(less(flight, cwnd)), false);
}

/* The plateau is forgotten (4.8). */
static void cubic_timed_out(struct tcp_congestion *congestion, uint32_t flight, bool again,
                            uint64_t now_ns)
{
    struct cubic *cubic = cubic_of(congestion);
    uint32_t cwnd = congestion->cwnd;
    (void)now_ns;
    cubic->w_max = 0;
    reduction_begins(cubic, congestion);
    if (!again)
        cubic->prior = cwnd;
    tcp_congestion_reduce(congestion, again ? congestion->ssthresh : beta(less(flight, cwnd)),
                          true);
}

static void cubic_idle(struct tcp_congestion *congestion, uint64_t now_ns)
{
    if (!seeks_first_loss(congestion))
        cubic_of(congestion)->epoch_ms = 0;
    tcp_congestion_idle(congestion, now_ns);
}

const struct tcp_congestion_ops tcp_cubic = {
    .name = "cubic",
    .start = tcp_congestion_start,
    .acked = cubic_acked,
    .lost = cubic_lost,
    .timed_out = cubic_timed_out,
    .idle = cubic_idle,
};
