/* A station whose USB cable has weather: events come and go, and behind an unplug the same stack gets a driver anew.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/registers.h"
#include "tests/world/board.h"
#include "tests/world/fault.h"
#include "tests/world/station.h"

enum { PLUG_TRIES = 100 };
#define PLUG_PAUSE_NS (10 * WORLD_MS)

void station_usb_open(struct station *station)
{
    struct host *host = station->host;
    const struct usb_config *config = &host->config->usb;

    if (!config->on)
        return;
    station->cable =
        usb_cable_open(board_bus(station->transport, host->config->kind), config,
                       chance_split(host->world->scenario.seed, 40 + (unsigned)host->index));
    if (!station->cable)
        world_fail(host->world, "host %d: no memory for a cable", host->index);
}

void station_usb_close(struct station *station)
{
    if (station->cable)
        tally_usb(&station->host->world->tally, usb_cable_tally(station->cable));
    usb_cable_close(station->cable);
}

static uint64_t next_event_ns(const struct station *station)
{
    const struct usb_config *config = &station->host->config->usb;

    if (station->event_end_ns)
        return station->event_end_ns;
    return config->on && station->events < config->count ? config->events[station->events].at_ns
                                                         : TIME_NEVER;
}

uint64_t station_usb_deadline(const struct station *station)
{
    return next_event_ns(station);
}

/* ---- what is lost is told ---- */

void station_count_driver(struct station *station)
{
    const struct lan_counters *counters = lan_counters(station->lan);

    tally_driver(&station->host->world->tally, counters);
    if (!fault_usb_is(station->host->world, FAULT_USB_OUT_UNCOUNTED))
        station->told += counters->tx_lost;
}

/* A transfer that is lost leaves one gap at most among the frames on the wire, and so do an unplugging, and a frame that the
 * wire has spoiled. */
void station_expect_sent(struct station *station)
{
    struct host *host = station->host;
    uint64_t spoiled = board_wire_counters(station->transport, host->config->kind)->corrupted;
    size_t gaps = frame_watch_gaps(&station->out);

    if (host->config->usb.on && gaps > station->told + spoiled)
        world_fail(host->world,
                   "host %d: %zu times frames to send were lost, and its counters tell of %llu",
                   host->index, gaps, (unsigned long long)(station->told + spoiled));
}

static uint64_t told_of_received(struct station *station)
{
    static const uint32_t addresses[] = {REG_RX_CRC_ERRORS, REG_RX_OVERFLOWS, REG_RX_FILTERED};
    const struct lan_counters *counters = lan_counters(station->lan);
    uint64_t told = counters->rx_discarded + counters->rx_bad_records + counters->stalls +
                    counters->transfer_errors;
    uint32_t value;

    if (fault_usb_is(station->host->world, FAULT_USB_IN_UNCOUNTED))
        told = 0;

    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        told =
            lan_register_read(station->lan, addresses[i], &value) ? UINT64_MAX / 2 : told + value;
    return told;
}

void station_expect_received(struct station *station)
{
    const struct usb_config *config = &station->host->config->usb;
    size_t gaps = frame_watch_gaps(&station->in);
    uint64_t told;

    for (int i = 0; i < config->count; i++)
        if (config->events[i].kind == USB_UNPLUG || config->events[i].kind == USB_RESET)
            return; /* the counters began anew */
    if (!config->on)
        return;
    told = told_of_received(station);
    if (gaps > told)
        world_fail(station->host->world,
                   "host %d: %zu times received frames were lost, and the counters tell of %llu",
                   station->host->index, gaps, (unsigned long long)told);
}

/* ---- events ---- */

/* The driver hears of an unplugging or a reset, and ends. */
static void leave(struct station *station,
                  void (*how)(struct transport *board, enum host_kind kind))
{
    struct host *host = station->host;

    station->unplugged = true;
    how(station->transport, host->config->kind);
    lan_poll(station->lan, STATION_WALL_NS, host->now_ns);
    station_count_driver(station);
    station->told++;
    lan_close(station->lan);
    station->lan = NULL;
    station->reserved = NULL;
    stack_link(station->stack, false, host->now_ns);
    neighbor_watch_unplugged(host);
}

/* What an operating system and a user do: again, until the device is known and the driver has brought it up. */
static void plug(struct station *station)
{
    struct host *host = station->host;
    char error[300];

    if (board_plug(station->transport, host->config->kind, host->now_ns, error, sizeof error) < 0 ||
        station_open_driver(station, error, sizeof error) < 0) {
        board_unplug(station->transport, host->config->kind);
        station->event_end_ns = host->now_ns + PLUG_PAUSE_NS;
        if (++station->plug_tries == PLUG_TRIES)
            world_fail(host->world, "host %d: plugged in %d times in vain: %s", host->index,
                       PLUG_TRIES, error);
        return;
    }
    host->now_ns = station->transport->now_ns;
    station->plug_tries = 0;
    station->unplugged = false;
    stack_link(station->stack, true, host->now_ns);
    stack_room(station->stack, host->now_ns);
}

static void begin(struct station *station, const struct usb_event *event)
{
    station->event_end_ns = station->host->now_ns + event->for_ns;
    switch (event->kind) {
    case USB_OUTAGE: usb_cable_disturb(station->cable, true, false); break;
    case USB_STORM: usb_cable_disturb(station->cable, false, true); break;
    case USB_SUSPEND:
        station->event_end_ns = 0;
        usb_cable_suspend(station->cable, event->for_ns);
        break;
    case USB_UNPLUG:
        usb_cable_tally(station->cable)->unplugs++;
        leave(station, board_unplug);
        break;
    case USB_RESET:
        usb_cable_tally(station->cable)->resets++;
        leave(station, board_reset);
        break;
    }
}

void station_usb_poll(struct station *station)
{
    const struct host *host = station->host;

    if (next_event_ns(station) > host->now_ns || host->world->failure[0])
        return;
    if (!station->event_end_ns) {
        begin(station, &host->config->usb.events[station->events++]);
        return;
    }
    station->event_end_ns = 0;
    usb_cable_disturb(station->cable, false, false);
    if (station->unplugged)
        plug(station);
}
