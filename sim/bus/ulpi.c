/* Moves packets, register accesses and RX commands over the ULPI pins (ULPI 1.1, chapter 3).
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/bus/ulpi.h"

enum {
    COMMAND_KIND = 0xC0, /* of a TX command */
    COMMAND_TRANSMIT = 0x40,
    COMMAND_WRITE = 0x80,
    COMMAND_READ = 0xC0,
    COMMAND_ARGUMENT = 0x3F,

    RX_VBUS_VALID = 0x0C, /* fields of an RX command */
    RX_ACTIVE = 0x10,
    RX_ID_FLOATS = 0x40,

    OP_MODE = 0x18,
    OP_MODE_CHIRP = 0x10, /* neither bit stuffing nor NRZI */

    HIGH_SYNC_BITS = 32,
    FULL_SYNC_BITS = 8,
    FULL_CLOCKS_PER_BIT = 5,
    PIPELINE_CLOCKS = 3,   /* from the cable to the pins */
    SEND_START_CLOCKS = 2, /* from the TX command to SYNC on the cable */
    FULL_EOP_BITS = 3,
    HIGH_EOP_BITS = 8,
    FULL_SE0_BITS = 2, /* of an EOP */
};

static uint32_t bits_in(const struct ulpi *phy, uint32_t clocks)
{
    return phy->full_speed_bits ? clocks / FULL_CLOCKS_PER_BIT : clocks * 8;
}

static uint32_t clocks_for(const struct ulpi *phy, uint32_t bits)
{
    return phy->full_speed_bits ? bits * FULL_CLOCKS_PER_BIT : (bits + 7) / 8;
}

static enum line line_state(const struct ulpi *phy)
{
    switch (phy->drive) {
    case DRIVE_SE0: return LINE_SE0;
    case DRIVE_J: return LINE_J;
    case DRIVE_K: return LINE_K;
    case DRIVE_NONE: break;
    }
    return ulpi_pulls_up(phy) && phy->vbus ? LINE_J : LINE_SE0;
}

static uint8_t rx_command(const struct ulpi *phy, enum line line, bool active)
{
    return (uint8_t)(line | (phy->vbus ? RX_VBUS_VALID : 0) | (active ? RX_ACTIVE : 0) |
                     RX_ID_FLOATS);
}

static bool has_news(const struct ulpi *phy)
{
    return phy->must_report || phy->reported != rx_command(phy, line_state(phy), false);
}

static void show(struct ulpi *phy, uint8_t command)
{
    phy->pins = (struct ulpi_phy){.data = command, .dir = true};
    phy->reported = command;
    phy->must_report = false;
}

uint32_t ulpi_deliver(struct ulpi *phy, const uint8_t *packet, size_t len, unsigned eop_bits)
{
    phy->full_speed_bits = !ulpi_is_high_speed(phy);
    phy->deliver = packet;
    phy->deliver_len = len;
    phy->deliver_at = 0;
    phy->deliver_clock = 0;
    phy->deliver_ones = STUFF_START;
    uint32_t sync = phy->full_speed_bits ? FULL_SYNC_BITS : HIGH_SYNC_BITS;
    phy->deliver_bits = sync + 8 + stuff_byte(&phy->deliver_ones, packet[0]);
    phy->deliver_end = sync + 8 * (uint32_t)len + stuff_packet(packet, len) + eop_bits;
    return clocks_for(phy, phy->deliver_end);
}

/* Bits of the host's packet that have come through to the pins' side. */
static uint32_t delivered_bits(const struct ulpi *phy)
{
    return phy->deliver_clock > PIPELINE_CLOCKS ? bits_in(phy, phy->deliver_clock - PIPELINE_CLOCKS)
                                                : 0;
}

/* The pins during SYNC and packet: a byte when its last bit has arrived, else an RX command. */
static void deliver_clock(struct ulpi *phy)
{
    uint32_t bits = delivered_bits(phy);
    bool full = phy->full_speed_bits;
    if (phy->deliver_at < phy->deliver_len && bits >= phy->deliver_bits) {
        phy->pins =
            (struct ulpi_phy){.data = phy->deliver[phy->deliver_at++], .dir = true, .nxt = true};
        if (phy->deliver_at < phy->deliver_len)
            phy->deliver_bits += 8 + stuff_byte(&phy->deliver_ones, phy->deliver[phy->deliver_at]);
    } else if (bits >= phy->deliver_end - (full ? FULL_EOP_BITS - FULL_SE0_BITS : 0)) {
        phy->deliver = NULL;
        phy->state = ULPI_RX_COMMAND;
        show(phy, rx_command(phy, line_state(phy), false));
    } else if (full && bits >= phy->deliver_end - FULL_EOP_BITS) {
        show(phy, rx_command(phy, LINE_SE0, true));
    } else {
        show(phy, rx_command(phy, full ? LINE_K : LINE_J, true));
    }
}

/* True once so much of SYNC has passed that the PHY knows a packet is coming. */
static bool deliver_begins(const struct ulpi *phy)
{
    return phy->deliver &&
           delivered_bits(phy) >= (phy->full_speed_bits ? FULL_SYNC_BITS : HIGH_SYNC_BITS) / 2;
}

/* From idle pins to dir: at high speed nxt says at once that a packet comes (ULPI 1.1, 3.8.2.4). */
static void deliver_begin(struct ulpi *phy)
{
    phy->state = ULPI_DELIVER;
    phy->pins = (struct ulpi_phy){.dir = true, .nxt = !phy->full_speed_bits};
}

static void send_begin(struct ulpi *phy)
{
    phy->send_len = 0;
    phy->send_clock = 0;
    phy->send_bad = false;
    phy->send_ones = STUFF_START;
    phy->full_speed_bits = !ulpi_is_high_speed(phy);
    phy->send_bits = phy->full_speed_bits ? FULL_SYNC_BITS : HIGH_SYNC_BITS;
    phy->state = ULPI_SEND;
}

/* The PHY has taken a byte: the TX command's low half makes the identifier. */
static void send_take(struct ulpi *phy, uint8_t byte)
{
    if (phy->send_len == 0)
        byte = (uint8_t)((byte & 15) | (~(unsigned)byte & 15) << 4);
    if (phy->send_len < sizeof phy->send)
        phy->send[phy->send_len++] = byte;
    else
        phy->send_bad = true;
    phy->send_bits += 8 + stuff_byte(&phy->send_ones, byte);
}

static void send_clock(struct ulpi *phy, struct ulpi_link link)
{
    phy->send_clock++;
    phy->sending = phy->send_clock >= SEND_START_CLOCKS;
    if (link.stp) {
        phy->send_bad |= link.data != 0;
        phy->send_bits += phy->full_speed_bits ? FULL_EOP_BITS : HIGH_EOP_BITS;
        phy->pins.nxt = false;
        phy->state = ULPI_SEND_END;
        return;
    }
    if (phy->pins.nxt)
        send_take(phy, link.data);
    /* One byte is held besides the one that is being sent. */
    uint32_t gone = phy->sending ? bits_in(phy, phy->send_clock - SEND_START_CLOCKS) : 0;
    phy->pins.nxt = gone + 16 >= phy->send_bits;
}

static void send_end_clock(struct ulpi *phy)
{
    phy->send_clock++;
    phy->sending = true;
    if (phy->send_clock < SEND_START_CLOCKS + clocks_for(phy, phy->send_bits))
        return;
    phy->sending = false;
    phy->sent = true;
    phy->must_report = true;
    phy->state = ULPI_IDLE;
}

static void chirp_clock(struct ulpi *phy, struct ulpi_link link)
{
    if (link.stp) {
        phy->pins.nxt = false;
        phy->chirp = LINE_SE0;
        phy->must_report = true;
        phy->state = ULPI_IDLE;
        return;
    }
    phy->pins.nxt = true;
    phy->chirp = link.data == 0xFF ? LINE_J : LINE_K;
}

static void idle_clock(struct ulpi *phy, struct ulpi_link link)
{
    phy->pins = (struct ulpi_phy){.nxt = false};
    phy->command = link.data;
    if (deliver_begins(phy)) {
        deliver_begin(phy);
    } else if ((link.data & COMMAND_KIND) == COMMAND_TRANSMIT) {
        if ((phy->registers.function_control & OP_MODE) == OP_MODE_CHIRP) {
            phy->state = ULPI_CHIRP;
            phy->pins.nxt = true;
        } else {
            send_begin(phy);
        }
    } else if (link.data & COMMAND_KIND) {
        phy->state = (link.data & COMMAND_KIND) == COMMAND_WRITE ? ULPI_WRITE : ULPI_READ;
        phy->pins.nxt = true;
    } else if (has_news(phy)) {
        phy->pins.dir = true;
        phy->state = ULPI_RX_COMMAND;
    }
}

static void release(struct ulpi *phy)
{
    phy->pins = (struct ulpi_phy){.dir = false};
    phy->state = ULPI_RELEASE;
}

static void rx_command_clock(struct ulpi *phy)
{
    if (deliver_begins(phy)) {
        phy->state = ULPI_DELIVER;
        deliver_clock(phy);
    } else if (has_news(phy)) {
        show(phy, rx_command(phy, line_state(phy), false));
    } else {
        release(phy);
    }
}

/* A register access, clock by clock; a packet from the host breaks into a write, and the link has to begin
 * again (ULPI 1.1, 3.8.3). */
static void register_clock(struct ulpi *phy, struct ulpi_link link)
{
    unsigned address = phy->command & COMMAND_ARGUMENT;
    switch (phy->state) {
    case ULPI_WRITE: phy->state = ULPI_WRITE_DATA; break;
    case ULPI_WRITE_DATA:
        phy->write_value = link.data;
        phy->pins.nxt = false;
        phy->state = ULPI_WRITE_STOP;
        break;
    case ULPI_WRITE_STOP:
        if (link.stp)
            ulpi_register_write(phy, address, phy->write_value);
        phy->state = ULPI_IDLE;
        break;
    case ULPI_READ:
        phy->pins = (struct ulpi_phy){.dir = true};
        phy->state = ULPI_READ_VALUE;
        break;
    default:
        phy->pins = (struct ulpi_phy){.data = ulpi_register_read(phy, address), .dir = true};
        phy->state = ULPI_READ_END;
        break;
    }
}

void ulpi_clock(struct ulpi *phy, struct ulpi_link link)
{
    if (phy->deliver)
        phy->deliver_clock++;
    switch (phy->state) {
    case ULPI_IDLE: idle_clock(phy, link); break;
    case ULPI_RX_COMMAND: rx_command_clock(phy); break;
    case ULPI_DELIVER: deliver_clock(phy); break;
    case ULPI_RELEASE: phy->state = ULPI_IDLE; break;
    case ULPI_SEND: send_clock(phy, link); break;
    case ULPI_SEND_END: send_end_clock(phy); break;
    case ULPI_CHIRP: chirp_clock(phy, link); break;
    case ULPI_READ_END: release(phy); break;
    case ULPI_WRITE:
    case ULPI_WRITE_DATA:
        if (deliver_begins(phy)) {
            deliver_begin(phy);
            break;
        }
        register_clock(phy, link);
        break;
    case ULPI_WRITE_STOP:
    case ULPI_READ:
    case ULPI_READ_VALUE: register_clock(phy, link); break;
    }
}

bool ulpi_quiet(const struct ulpi *phy)
{
    if (phy->without_pins)
        return !phy->deliver && !phy->sent && !phy->sending;
    return phy->state == ULPI_IDLE && !phy->deliver && !phy->sent && !has_news(phy);
}
