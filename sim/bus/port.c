/* Resets the bus and settles its speed.
 *
 * SPDX-License-Identifier: MIT
 *
 * The host's chirps go on until shortly before the end of the reset. Once the device has heard enough of them it does
 * nothing more, so those clocks need not be simulated.
 */
#include "sim/bus/port.h"

enum {
    CLOCKS_PER_US = 60,
    RESET_CLOCKS = 10000 * CLOCKS_PER_US,
    DETECT_CLOCKS = 5 * CLOCKS_PER_US / 2, /* a K this long is a chirp */
    PAUSE_CLOCKS = 20 * CLOCKS_PER_US,     /* 100 us at most after the device's chirp */
    CHIRP_CLOCKS = 50 * CLOCKS_PER_US,     /* each 40 to 60 us */
    CHIRPS = 6,                            /* three pairs at least */
    QUIET_CLOCKS =
        300 * CLOCKS_PER_US, /* 100 to 500 us between the last chirp and the end of the reset */
    SILENCE_CLOCKS = 5000 * CLOCKS_PER_US, /* in which a device notices that the bus is suspended */
    RESUME_CLOCKS = 20000 * CLOCKS_PER_US,
    RESUME_END_CLOCKS = 80, /* two bit times at low speed */
};

void port_init(struct port *port, struct ulpi *phy, struct host *host, bool full_speed_only)
{
    *port = (struct port){.phy = phy, .host = host, .full_speed_only = full_speed_only};
}

static void reset_begin(struct port *port, uint64_t now)
{
    port->phy->drive = DRIVE_SE0;
    port->reset_end = now + RESET_CLOCKS;
    port->high_speed = false;
    port->chirps = 0;
    port->state = PORT_RESET;
}

static void reset_end(struct port *port)
{
    port->phy->drive = DRIVE_NONE;
    port->state = PORT_ENABLED;
    host_start(port->host, port->high_speed);
}

static void device_chirp(struct port *port, uint64_t now)
{
    if (port->phy->chirp == LINE_K)
        return;
    bool long_enough = now >= port->until;
    port->state = long_enough && !port->full_speed_only ? PORT_PAUSE
                  : long_enough                         ? PORT_RESET_REST
                                                        : PORT_RESET;
    port->until = now + PAUSE_CLOCKS;
}

static void host_chirp(struct port *port, uint64_t now)
{
    if (now >= port->reset_end - QUIET_CLOCKS) {
        port->phy->drive = DRIVE_SE0;
        port->high_speed = port->chirps >= CHIRPS;
        port->state = PORT_RESET_REST;
    } else if (now >= port->until) {
        port->until = now + CHIRP_CLOCKS;
        port->state = PORT_CHIRP;
        port->phy->drive = port->chirps++ % 2 ? DRIVE_J : DRIVE_K;
    }
}

void port_reset(struct port *port)
{
    host_suspend(port->host);
    reset_begin(port, port->host->clock);
}

void port_suspend(struct port *port, uint64_t clocks)
{
    port->state = PORT_SUSPENDS;
    port->until = port->host->clock + clocks;
}

/* Goes on from suspend once its time has come. */
static void resume_step(struct port *port, uint64_t now)
{
    if (now < port->until)
        return;
    switch (port->state) {
    case PORT_SUSPENDED:
        port->phy->drive = DRIVE_K;
        port->until = now + RESUME_CLOCKS;
        port->state = PORT_RESUMES;
        break;
    case PORT_RESUMES:
        port->phy->drive = DRIVE_SE0;
        port->until = now + RESUME_END_CLOCKS;
        port->state = PORT_RESUME_END;
        break;
    default:
        port->phy->drive = DRIVE_NONE;
        port->state = PORT_ENABLED;
        host_resume(port->host);
        break;
    }
}

void port_clock(struct port *port)
{
    uint64_t now = port->host->clock;
    switch (port->state) {
    case PORT_ENABLED: return;
    case PORT_EMPTY:
        if (ulpi_pulls_up(port->phy) && port->phy->vbus)
            reset_begin(port, now);
        return;
    case PORT_RESET:
        port->until = now + DETECT_CLOCKS;
        if (port->phy->chirp == LINE_K)
            port->state = PORT_DEVICE_K;
        break;
    case PORT_DEVICE_K: device_chirp(port, now); break;
    case PORT_PAUSE:
    case PORT_CHIRP: host_chirp(port, now); break;
    case PORT_RESET_REST: break;
    case PORT_SUSPENDS:
        if (port->host->now.phase == PHASE_FREE) {
            host_suspend(port->host);
            port->quiet_from = now + SILENCE_CLOCKS;
            port->state = PORT_SUSPENDED;
        }
        return;
    case PORT_SUSPENDED:
    case PORT_RESUMES:
    case PORT_RESUME_END: resume_step(port, now); return;
    }
    if (now >= port->reset_end)
        reset_end(port);
}

uint64_t port_next(const struct port *port)
{
    switch (port->state) {
    case PORT_CHIRP:
        return port->chirps > CHIRPS && ulpi_is_high_speed(port->phy)
                   ? port->reset_end - QUIET_CLOCKS
                   : port->until;
    case PORT_PAUSE: return port->until;
    case PORT_RESET:
    case PORT_DEVICE_K:
    case PORT_RESET_REST: return port->reset_end;
    case PORT_SUSPENDED:
        if (port->host->clock >= port->quiet_from)
            return port->until;
        break;
    case PORT_SUSPENDS:
    case PORT_RESUMES:
    case PORT_RESUME_END:
    case PORT_EMPTY:
    case PORT_ENABLED: break;
    }
    return UINT64_MAX;
}
