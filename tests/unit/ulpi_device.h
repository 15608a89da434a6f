/* A USB device behind ULPI pins, for tests of the bus model: it answers as told, also wrongly.
 *
 * SPDX-License-Identifier: MIT
 *
 * It shares no code with sim/bus.
 */
#ifndef TESTS_UNIT_ULPI_DEVICE_H
#define TESTS_UNIT_ULPI_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/bus/ulpi.h"

/* What the device does wrong, or otherwise than plainly, at its next packets. */
struct device_manners {
    unsigned naks;       /* answer NAK so often first */
    unsigned silences;   /* … nothing at all */
    unsigned bad_crcs;   /* … with a wrong CRC16 */
    unsigned repeats;    /* … data again, as if the ACK had been lost */
    bool nyet;           /* NYET in place of ACK to bulk data */
    bool stall;          /* STALL until ENDPOINT_HALT is cleared */
    unsigned oversize;   /* bytes beyond the packet size, once */
    unsigned turnaround; /* clocks from the packet's end to the answer; 0: 8 */
};

struct ulpi_device {
    bool no_chirp; /* a full-speed device */
    struct device_manners manners;

    uint8_t out[65536]; /* bulk data received at endpoint 1 */
    size_t out_len;
    unsigned out_packets, out_ends; /* data packets taken; short ones among them */
    const uint8_t
        *in; /* bulk data to give at endpoint 0x81, with a packet of 0 to 511 bytes at the end */
    size_t in_len, in_at;
    bool in_open;        /* there is still a packet to give */
    unsigned interrupts; /* packets to give at endpoint 0x82 */

    unsigned sofs, pings, out_tokens, in_tokens, tokens_at_wrong_address, bad_packets;
    bool high_speed, configured;
    uint8_t address;

    /* inside */
    struct ulpi_link drive;
    unsigned state, wait, chirps;
    uint8_t line, value;
    bool was_dir;
    uint8_t rx[1100], tx[1100];
    size_t rx_len, tx_len, tx_at;
    unsigned tx_wait;
    bool receiving;
    uint8_t token, token_endpoint, token_address;
    bool toggle_out[2], toggle_in[3];
    bool awaits_ack;
    size_t sent_data;
    uint8_t setup[8], control[64];
    size_t control_len, control_at;
    uint8_t new_address;
};

void ulpi_device_init(struct ulpi_device *device);
/* One 60 MHz clock in which the PHY drove pins; device->drive is what the device drives in the next. */
void ulpi_device_clock(struct ulpi_device *device, struct ulpi_phy pins);

#endif
