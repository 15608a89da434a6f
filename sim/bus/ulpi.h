/* The ULPI PHY on the board (as a USB3300 behaves), from the cable on one side to the ULPI pins on the other.
 *
 * SPDX-License-Identifier: MIT
 *
 * Stepped once per 60 MHz clock. On the pins it speaks UTMI+ Low Pin Interface 1.1: register access, RX commands,
 * packets both ways with turnaround and throttling. Towards the host controller a packet is an array of bytes
 * that takes its time on the cable: SYNC, stuffed bits and EOP included, eight bits a clock at high speed, one
 * bit in five clocks at full speed.
 */
#ifndef SIM_BUS_ULPI_H
#define SIM_BUS_ULPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/bus/packet.h"

/* What the link (the gateware) drives in one clock; data is ignored while dir is high. */
struct ulpi_link {
    uint8_t data;
    bool stp;
};

/* What the PHY drives in one clock; data is valid while dir is high. */
struct ulpi_phy {
    uint8_t data;
    bool dir, nxt;
};

/* LineState as RX commands report it (ULPI 1.1, 3.8.1.2); at high speed J means that the line is not quiet. */
enum line { LINE_SE0 = 0, LINE_J = 1, LINE_K = 2 };
/* What the host's side drives onto the line between packets. */
enum host_drive { DRIVE_NONE, DRIVE_SE0, DRIVE_J, DRIVE_K };

enum ulpi_state {
    ULPI_IDLE,       /* the link owns the pins */
    ULPI_RX_COMMAND, /* dir is high; RX commands are shown */
    ULPI_DELIVER,    /* dir is high; a packet from the host is passed on */
    ULPI_RELEASE,    /* dir has fallen: turnaround */
    ULPI_WRITE,      /* a register write: nxt takes the command, */
    ULPI_WRITE_DATA, /* then its data, */
    ULPI_WRITE_STOP, /* then comes stp */
    ULPI_READ,       /* a register read: nxt takes the command, */
    ULPI_READ_VALUE, /* dir turns the pins around, */
    ULPI_READ_END,   /* then the value is shown */
    ULPI_SEND,       /* a packet from the link */
    ULPI_SEND_END,   /* … all bytes taken, its end still on the cable */
    ULPI_CHIRP,      /* the link drives the line as it is, without packets */
};

/* Registers of the PHY (ULPI 1.1, table 17) that mean something here. */
struct ulpi_registers {
    uint8_t function_control, interface_control, otg_control, scratch, interrupt_rise,
        interrupt_fall;
};

struct ulpi {
    struct ulpi_phy pins; /* driven in the present clock */
    enum ulpi_state state;
    struct ulpi_registers registers;
    uint8_t command; /* TX command under way */
    uint8_t write_value;
    uint8_t reported; /* the last RX command shown */
    bool must_report;
    bool vbus;
    bool without_pins; /* the device has no PHY: full_speed_line.c moves the packets */
    enum host_drive drive;
    enum line chirp;      /* K or J while the link chirps, else SE0 */
    bool full_speed_bits; /* rate of the packet under way */

    /* a packet from the host */
    const uint8_t *deliver;
    size_t deliver_len, deliver_at;
    uint32_t deliver_clock, deliver_bits,
        deliver_end; /* clocks since it started; bits up to the end of the next byte; bits in all */
    unsigned deliver_ones;

    /* a packet from the link */
    uint8_t send[MAX_PACKET + 1];
    size_t send_len;
    uint32_t send_clock, send_bits;
    unsigned send_ones;
    bool sending;  /* its SYNC has begun */
    bool sent;     /* it is complete in send; the host controller clears this */
    bool send_bad; /* the link aborted it, or it was too long */
};

/* State after power-on, cable plugged in or not. */
void ulpi_init(struct ulpi *phy, bool vbus);

/* Ends one 60 MHz clock in which the link drove `link`; phy->pins is what the PHY drives in the next. */
void ulpi_clock(struct ulpi *phy, struct ulpi_link link);

/* The host starts to send packet (which stays untouched until it has passed). eop_bits is 8 at high speed, 40 for
 * a start of frame, 3 at full speed. Returns the clocks for which it occupies the cable. */
uint32_t ulpi_deliver(struct ulpi *phy, const uint8_t *packet, size_t len, unsigned eop_bits);

/* The device's transceiver runs at high speed with its terminations on. */
bool ulpi_is_high_speed(const struct ulpi *phy);
/* The device pulls D+ up. */
bool ulpi_pulls_up(const struct ulpi *phy);
/* Nothing under way between PHY and link, nothing left to report. */
bool ulpi_quiet(const struct ulpi *phy);

/* ULPI register access, immediate set; bit 7:6 of the address select write, set or clear. */
uint8_t ulpi_register_read(const struct ulpi *phy, unsigned address);
void ulpi_register_write(struct ulpi *phy, unsigned address, uint8_t value);

#endif
