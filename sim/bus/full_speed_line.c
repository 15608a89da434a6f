/* Moves packets over D+ and D- at 12 Mbit/s: SYNC, NRZI, stuffing, and the packet's end (USB 2.0, 7.1.7 to 7.1.9).
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/bus/full_speed_line.h"

enum {
    CLOCKS_PER_BIT = 5,
    MIDDLE = 2, /* of a bit, in clocks since the line changed */
    SYNC_BITS = 8,
    STUFFED = 6, /* ones in a row, behind which comes a zero */
    END_SE0_BITS = 2,
    END_BITS = 3,
    FUNCTION_CONTROL_OFF = 0x41, /* full-speed transceiver, */
    TERM_SELECT = 0x04,          /* pull-up */
};

void full_speed_line_init(struct full_speed_line *line, struct ulpi *phy)
{
    *line = (struct full_speed_line){.phy = phy, .level = LINE_J, .was = LINE_SE0};
    phy->without_pins = true;
}

static enum line toggled(enum line state)
{
    return state == LINE_J ? LINE_K : LINE_J;
}

/* ---- to the device ---- */

/* The next bit of SYNC or data goes through NRZI. */
static enum line next_data_bit(struct full_speed_line *line)
{
    const struct ulpi *phy = line->phy;
    bool bit;
    if (line->ones == STUFFED) {
        line->ones = 0;
        return toggled(line->level);
    }
    if (line->sent_bits < SYNC_BITS) {
        bit = line->sent_bits == SYNC_BITS - 1;
    } else {
        unsigned at = line->sent_bits - SYNC_BITS;
        bit = phy->deliver[at / 8] >> at % 8 & 1;
    }
    line->sent_bits++;
    line->ones = bit ? line->ones + 1 : 0;
    return bit ? line->level : toggled(line->level);
}

static void begin_bit(struct full_speed_line *line)
{
    struct ulpi *phy = line->phy;
    unsigned data_end = SYNC_BITS + 8 * (unsigned)phy->deliver_len;
    if (line->sent_bits < data_end || (line->sent_bits == data_end && line->ones == STUFFED)) {
        line->level = next_data_bit(line);
        return;
    }
    unsigned end_bit = line->sent_bits++ - data_end;
    line->ones = 0;
    if (end_bit == END_BITS) {
        phy->deliver = NULL;
        line->sending = false;
    }
    line->level = end_bit < END_SE0_BITS ? LINE_SE0 : LINE_J;
}

static void send_clock(struct full_speed_line *line)
{
    if (!line->sending) {
        line->sending = true;
        line->clock = line->sent_bits = line->ones = 0;
        line->level = LINE_J;
    }
    if (line->clock == 0)
        begin_bit(line);
    line->clock = (line->clock + 1) % CLOCKS_PER_BIT;
}

static enum line shown(const struct full_speed_line *line)
{
    const struct ulpi *phy = line->phy;
    if (line->sending)
        return line->level;
    switch (phy->drive) {
    case DRIVE_SE0: return LINE_SE0;
    case DRIVE_J: return LINE_J;
    case DRIVE_K: return LINE_K;
    case DRIVE_NONE: break;
    }
    return ulpi_pulls_up(phy) && phy->vbus ? LINE_J : LINE_SE0;
}

/* ---- from the device ---- */

static void hear_begin(struct full_speed_line *line)
{
    struct ulpi *phy = line->phy;
    line->hearing = true;
    line->bit = line->was = LINE_J;
    line->sync = line->in_bits = line->end_bits = line->in_ones = 0;
    phy->sending = true;
    phy->send_len = 0;
    phy->send_bad = false;
}

static void hear_end(struct full_speed_line *line)
{
    struct ulpi *phy = line->phy;
    bool whole = line->sync == SYNC_BITS && line->in_bits % 8 == 0 && line->in_ones < STUFFED &&
                 line->end_bits == END_SE0_BITS;
    phy->send_bad |= !whole;
    phy->sending = false;
    phy->sent = true;
    line->hearing = false;
    line->heard = true;
}

static void hear_data(struct full_speed_line *line, bool bit)
{
    struct ulpi *phy = line->phy;
    if (line->in_ones == STUFFED) {
        phy->send_bad |= bit;
        line->in_ones = 0;
        return;
    }
    line->in_ones = bit ? line->in_ones + 1 : 0;
    line->byte = (uint8_t)(line->byte >> 1 | bit << 7);
    if (++line->in_bits % 8)
        return;
    if (phy->send_len < sizeof phy->send)
        phy->send[phy->send_len++] = line->byte;
    else
        phy->send_bad = true;
}

/* A bit of the device's: SYNC is seven zeros and a one, which counts for stuffing. */
static void hear_bit(struct full_speed_line *line, enum line state)
{
    bool bit = state == line->bit;
    line->bit = state;
    if (state == LINE_SE0) {
        line->end_bits++;
    } else if (line->end_bits) {
        hear_end(line);
    } else if (line->sync < SYNC_BITS) {
        line->phy->send_bad |= bit != (line->sync == SYNC_BITS - 1);
        line->sync++;
        line->in_ones = bit;
    } else {
        hear_data(line, bit);
    }
}

static void hear_clock(struct full_speed_line *line, struct line_device device)
{
    if (!device.drives) {
        if (line->hearing)
            hear_end(line);
        line->heard = false;
        return;
    }
    if (!line->hearing && !line->heard)
        hear_begin(line);
    line->unchanged = device.state == line->was ? line->unchanged + 1 : 0;
    line->was = device.state;
    if (line->hearing && line->unchanged % CLOCKS_PER_BIT == MIDDLE)
        hear_bit(line, device.state);
}

enum line full_speed_line_clock(struct full_speed_line *line, struct line_device device)
{
    struct ulpi *phy = line->phy;
    phy->registers.function_control =
        (uint8_t)(FUNCTION_CONTROL_OFF | (device.pulls_up ? TERM_SELECT : 0));
    if (device.drives || line->hearing || line->heard)
        hear_clock(line, device);
    if (phy->deliver)
        send_clock(line);
    return shown(line);
}
