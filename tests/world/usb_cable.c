/* See usb_cable.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/usb_cable.h"

#include <stdlib.h>

#include "sim/bus/bus.h"

enum { ALL = 100000, LATEST_CLOCKS = 200 };

struct usb_cable {
    struct cable cable;
    struct bus *bus;
    const struct usb_config *config;
    struct chance chance;
    bool down, storm;
    struct usb_tally tally;
};

static bool strikes(struct usb_cable *own, unsigned rate)
{
    return rate && chance_draw(&own->chance) % ALL < rate;
}

/* A burst that PID or CRC cannot miss: up to 4 bits in the PID, 5 in a token, 16 in data (USB 2.0, 8.3). */
static void spoil(struct usb_cable *own, uint8_t *packet, size_t len)
{
    bool pid = len == HANDSHAKE_BYTES || chance_of(&own->chance, 200);
    unsigned most = pid ? 4 : len == TOKEN_BYTES ? 5 : 16;
    unsigned bits = 1 + (unsigned)(chance_draw(&own->chance) % most);
    uint64_t first = pid ? 0 : 8, last = (pid ? 8 : 8 * len) - bits;
    uint64_t at = chance_between(&own->chance, first, last);

    own->tally.spoiled++;
    packet[at / 8] ^= (uint8_t)(1 << at % 8);
    for (unsigned i = 1; i < bits; i++)
        if (i == bits - 1 || chance_of(&own->chance, 500))
            packet[(at + i) / 8] ^= (uint8_t)(1 << (at + i) % 8);
}

static bool to_device(struct cable *cable, uint8_t *packet, size_t *len)
{
    struct usb_cable *own = (struct usb_cable *)cable;

    if (own->down || strikes(own, own->config->lose_out)) {
        own->tally.lost++;
        return false;
    }
    if (strikes(own, own->config->spoil_out))
        spoil(own, packet, *len);
    return true;
}

static void forge(uint8_t *packet, size_t *len, enum pid pid, uint64_t *count)
{
    *len = packet_handshake(packet, pid);
    ++*count;
}

/* More than a packet may hold, with a right CRC. */
static void babble(struct usb_cable *own, uint8_t *packet, size_t *len)
{
    uint8_t data[MAX_DATA] = {0};

    *len = packet_data(packet, (enum pid)(packet[0] & 15), data, sizeof data);
    own->tally.babbles++;
}

static bool to_host(struct cable *cable, enum pid token, uint8_t *packet, size_t *len)
{
    struct usb_cable *own = (struct usb_cable *)cable;
    const struct usb_config *config = own->config;
    bool data = *len > HANDSHAKE_BYTES;

    if (own->down || strikes(own, config->lose_in)) {
        own->tally.lost++;
        return false;
    }
    if (strikes(own, config->spoil_in))
        spoil(own, packet, *len);
    else if (token == PID_SETUP)
        return true; /* has no other answer than ACK */
    else if (own->storm || strikes(own, config->nak))
        forge(packet, len, PID_NAK, &own->tally.naks);
    else if (strikes(own, config->stall))
        forge(packet, len, PID_STALL, &own->tally.stalls);
    else if (data && strikes(own, config->babble))
        babble(own, packet, len);
    return true;
}

static uint32_t late(struct cable *cable)
{
    struct usb_cable *own = (struct usb_cable *)cable;

    if (!strikes(own, own->config->late))
        return 0;
    own->tally.late++;
    return (uint32_t)chance_between(&own->chance, 1, LATEST_CLOCKS);
}

struct usb_cable *usb_cable_open(struct bus *bus, const struct usb_config *config,
                                 struct chance chance)
{
    struct usb_cable *own = malloc(sizeof *own);

    if (!own)
        return NULL;
    *own = (struct usb_cable){
        .cable = {to_device, to_host, late}, .bus = bus, .config = config, .chance = chance};
    own->tally.full_speed = !bus->port.high_speed;
    bus->host.cable = &own->cable;
    return own;
}

void usb_cable_disturb(struct usb_cable *own, bool down, bool storm)
{
    own->tally.outages += down && !own->down;
    own->tally.storms += storm && !own->storm;
    own->down = down;
    own->storm = storm;
}

void usb_cable_suspend(struct usb_cable *own, uint64_t ns)
{
    if (own->bus->port.state != PORT_ENABLED)
        return;
    own->tally.suspends++;
    port_suspend(&own->bus->port, ns * 3 / 50);
}

struct usb_tally *usb_cable_tally(struct usb_cable *own)
{
    return &own->tally;
}

void usb_cable_close(struct usb_cable *own)
{
    if (own)
        own->bus->host.cable = NULL;
    free(own);
}
