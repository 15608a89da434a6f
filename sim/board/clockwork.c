/* Decides how the simulated board's time goes: with its clocks while anything happens, else with the wall clock.
 *
 * SPDX-License-Identifier: MIT
 *
 * Idle means that the gates say so, no frame is on the pins, only IN transfers wait and each of them has been
 * answered NAK since. Then clocks, starts of frame and polls stop. A frame on the wire, a change of the link, a
 * new transfer or a suspension starts them again.
 */
#include "sim/board/sim_internal.h"

enum { SLICE_NS = 100000 }; /* of simulated time in one poll */

static uint64_t now_ns(const struct sim *sim)
{
    return sim->outside.now_ns;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* While the bus is reset or suspended, nobody there could do something before its end; but the wire may. */
static void pass_over(struct sim *sim, uint64_t until_ns)
{
    uint64_t left_ns = until_ns - least(now_ns(sim), until_ns);
    uint64_t clocks = bus_skip(&sim->bus, left_ns / 50 * 3);
    sim->outside.now_ns += clocks * 50 / 3;
    sim->outside.active_clock = sim->bus.host.clock;
}

void clockwork_run(struct sim *sim, uint64_t until_ns)
{
    struct outside *outside = &sim->outside;
    uint64_t wall = sim->wall_clock ? sim->wall_clock() : 0;
    uint64_t begin = now_ns(sim);
    enum gates_stop stop = sim->build->run(sim->gates, until_ns);

    sim->counters.sim_ns += now_ns(sim) - begin;
    sim->counters.cycles = outside->clocks;
    if (sim->wall_clock)
        sim->counters.wall_run_ns += sim->wall_clock() - wall;
    if (stop != GATES_QUIET)
        return;
    if (sim->bus.port.state != PORT_ENABLED) {
        pass_over(sim, until_ns);
    } else {
        sim->idle = true;
        sim->follows = false;
    }
}

/* The link's state is on the RGMII pins between frames: one clock of theirs shows whether it changed. */
static bool link_changed(struct sim *sim)
{
    struct rgmii shown = wire_clock(sim->wire, now_ns(sim), (struct rgmii){0, 0, 0});
    bool changed = shown.rise != sim->outside.received.rise ||
                   shown.fall != sim->outside.received.fall ||
                   shown.ctl != sim->outside.received.ctl;
    return changed;
}

static bool has_work(struct sim *sim)
{
    return !wire_idle(sim->wire) || sim->bus.port.state != PORT_ENABLED ||
           !host_settled(&sim->bus.host, sim->outside.active_clock);
}

static void wake(struct sim *sim)
{
    sim->idle = false;
    sim->outside.active_clock = sim->bus.host.clock;
    sim->outside.wanted_clock = sim->bus.host.clock;
}

/* Time goes on by what the wall clock did since the last call, but not past the caller's or the wire's next
 * event; what is cut off there is caught up with in the next call. */
static void follow_wall(struct sim *sim, uint64_t wall_ns, uint64_t until_ns)
{
    if (!sim->follows || wall_ns < sim->last_wall_ns) {
        sim->follows = true;
        sim->last_wall_ns = wall_ns;
        return;
    }
    uint64_t now = now_ns(sim), due = wire_deadline(sim->wire);
    uint64_t limit = least(until_ns, due > now ? due : TIME_NEVER);
    uint64_t step = wall_ns - sim->last_wall_ns;
    if (step > limit - least(now, limit))
        step = limit - least(now, limit);
    sim->outside.now_ns += step;
    sim->last_wall_ns += step;
}

void clockwork_poll(struct sim *sim, uint64_t wall_ns, uint64_t until_ns)
{
    if (sim->idle)
        follow_wall(sim, wall_ns, until_ns);
    wire_poll(sim->wire, now_ns(sim));
    if (sim->idle && (has_work(sim) || link_changed(sim)))
        wake(sim);
    if (sim->idle || now_ns(sim) >= until_ns)
        return;
    uint64_t due = wire_deadline(sim->wire), limit = least(until_ns, now_ns(sim) + SLICE_NS);
    clockwork_run(sim, due > now_ns(sim) ? least(limit, due) : limit);
}

uint64_t clockwork_deadline(struct sim *sim)
{
    uint64_t now = now_ns(sim);
    if (host_has_done(&sim->bus.host))
        return now;
    if (sim->unplugged)
        return TIME_NEVER;
    if (!sim->idle || !sim->follows || has_work(sim))
        return now;
    uint64_t due = wire_deadline(sim->wire);
    return due > now ? due : now;
}

bool clockwork_jump(struct sim *sim, uint64_t until_ns)
{
    uint64_t now = now_ns(sim), due = wire_deadline(sim->wire);
    if (sim->unplugged || sim->real_time || !sim->idle || has_work(sim) ||
        wire_host_busy(sim->wire))
        return false;
    uint64_t target = least(until_ns, due);
    if (target <= now || target == TIME_NEVER)
        return false;
    sim->outside.now_ns = target;
    return true;
}
