/* A station whose USB cable has weather: events come and go, and behind an unplug the same stack gets a driver anew.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/board.h"
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

static void unplug(struct station *station)
{
    struct host *host = station->host;

    station->unplugged = true;
    board_unplug(station->transport, host->config->kind);
    lan_poll(station->lan, STATION_WALL_NS, host->now_ns);
    station_count_driver(station);
    lan_close(station->lan);
    station->lan = NULL;
    station->reserved = NULL;
    stack_link(station->stack, false, host->now_ns);
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
        unplug(station);
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
