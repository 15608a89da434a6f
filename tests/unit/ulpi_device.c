/* Answers on ULPI pins as a small USB device, for tests of the bus model.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/unit/ulpi_device.h"

#include <string.h>

enum {
    S_START,
    S_WRITE_COMMAND,
    S_WRITE_VALUE,
    S_WRITE_STOP,
    S_ATTACHED,
    S_CHIRP,
    S_LISTEN,
    S_RUN
};
enum { SE0 = 0, K = 2, SE0_CLOCKS = 300, CHIRP_K_CLOCKS = 61000, LISTEN_CLOCKS = 120000 };
enum { FULL_SPEED = 0x45, CHIRPING = 0x54, HIGH_SPEED = 0x40 };
enum {
    T_OUT = 1,
    T_IN = 9,
    T_SOF = 5,
    T_SETUP = 13,
    T_PING = 4,
    ACK = 0xD2,
    NAK = 0x5A,
    STALL = 0x1E,
    NYET = 0x96
};

static const uint8_t device_descriptor[18] = {18, 1, 0, 2, 255, 0, 0, 64, 9,
                                              18, 1, 0, 0, 1,   0, 0, 3,  1};
static const uint8_t serial_descriptor[8] = {8, 3, 'A', 0, 'b', 0, '3', 0};
static const uint8_t configuration[39] = {9, 2,    39, 0, 1, 1, 0, 0x80, 50,   9, 4, 0, 0,
                                          3, 255,  0,  0, 0, 7, 5, 0x01, 2,    0, 2, 0, 7,
                                          5, 0x81, 2,  0, 2, 0, 7, 5,    0x82, 3, 8, 0, 4};

static unsigned crc16(const uint8_t *bytes, size_t len)
{
    unsigned crc = 0xFFFF;
    for (size_t i = 0; i < 8 * len; i++) {
        unsigned in = bytes[i / 8] >> i % 8 & 1;
        crc = (crc & 1) != in ? crc >> 1 ^ 0xA001 : crc >> 1;
    }
    return crc ^ 0xFFFF;
}

void ulpi_device_init(struct ulpi_device *d)
{
    memset(d, 0, sizeof *d);
    d->value = FULL_SPEED;
}

static unsigned packet_size(const struct ulpi_device *d)
{
    return d->high_speed ? 512 : 64;
}

static void answer(struct ulpi_device *d, uint8_t pid)
{
    d->tx[0] = pid;
    d->tx_len = 1;
    d->tx_wait = d->manners.turnaround ? d->manners.turnaround : 8;
}

static void answer_data(struct ulpi_device *d, bool data1, const uint8_t *bytes, size_t len)
{
    if (len)
        memcpy(d->tx + 1, bytes, len);
    unsigned crc = crc16(d->tx + 1, len);
    if (d->manners.bad_crcs) {
        d->manners.bad_crcs--;
        crc ^= 0x0100;
    }
    answer(d, data1 ? 0x4B : 0xC3);
    d->tx[1 + len] = crc & 0xFF;
    d->tx[2 + len] = (uint8_t)(crc >> 8);
    d->tx_len = len + 3;
    d->sent_data = len;
    d->awaits_ack = true;
}

static bool spend(unsigned *count)
{
    if (*count == 0)
        return false;
    --*count;
    return true;
}

static void give(struct ulpi_device *d, const uint8_t *bytes, size_t len)
{
    size_t wanted = d->setup[6] | (size_t)d->setup[7] << 8;
    d->control_len = len < wanted ? len : wanted;
    memcpy(d->control, bytes, d->control_len);
}

static void set_configuration(struct ulpi_device *d, uint8_t value)
{
    d->configured = value == 1;
    d->toggle_out[1] = d->toggle_in[1] = d->toggle_in[2] = false;
}

static void take_setup(struct ulpi_device *d)
{
    const uint8_t *s = d->setup;
    d->control_len = d->control_at = 0;
    d->toggle_in[0] = true;
    if (s[0] == 0x80 && s[1] == 6 && s[3] == 1)
        give(d, device_descriptor, sizeof device_descriptor);
    else if (s[0] == 0x80 && s[1] == 6 && s[3] == 2)
        give(d, configuration, sizeof configuration);
    else if (s[0] == 0x80 && s[1] == 6 && s[3] == 3)
        give(d, serial_descriptor, sizeof serial_descriptor);
    else if (s[0] == 0 && s[1] == 5)
        d->new_address = s[2];
    else if (s[0] == 0 && s[1] == 9)
        set_configuration(d, s[2]);
    else if (s[0] == 2 && s[1] == 1)
        d->manners.stall = d->toggle_out[1] = d->toggle_in[1] = false;
}

static void data_received(struct ulpi_device *d)
{
    size_t len = d->rx_len - 3;
    bool data1 = d->rx[0] == 0x4B, bulk = d->token_endpoint == 1;
    unsigned crc = crc16(d->rx + 1, len);
    d->bad_packets += d->rx[d->rx_len - 2] != (crc & 0xFF) || d->rx[d->rx_len - 1] != crc >> 8;
    if (d->token == T_SETUP) {
        memcpy(d->setup, d->rx + 1, 8);
        take_setup(d);
        answer(d, ACK);
        return;
    }
    if (bulk && spend(&d->manners.silences))
        return;
    if (bulk && d->manners.stall) {
        answer(d, STALL);
    } else if (bulk && spend(&d->manners.naks)) {
        answer(d, NAK);
    } else {
        if (bulk && data1 == d->toggle_out[1]) {
            memcpy(d->out + d->out_len, d->rx + 1, len);
            d->out_len += len;
            d->out_packets++;
            d->out_ends += len < packet_size(d);
            d->toggle_out[1] = !d->toggle_out[1];
        }
        answer(d, bulk && d->manners.nyet ? NYET : ACK);
    }
}

static void in_bulk(struct ulpi_device *d)
{
    size_t len = d->in_len - d->in_at, size = packet_size(d) + d->manners.oversize;
    if (spend(&d->manners.silences))
        return;
    if (d->manners.stall)
        answer(d, STALL);
    else if (!d->in_open || spend(&d->manners.naks))
        answer(d, NAK);
    else
        answer_data(d, d->toggle_in[1], d->in + d->in_at, len < size ? len : size);
}

static void token_received(struct ulpi_device *d)
{
    d->token = d->rx[0] & 15;
    if (d->token == T_SOF) {
        d->sofs++;
        return;
    }
    d->token_address = d->rx[1] & 0x7F;
    d->token_endpoint = (uint8_t)(d->rx[1] >> 7 | (d->rx[2] & 7) << 1);
    d->tokens_at_wrong_address += d->token_address != d->address;
    d->pings += d->token == T_PING;
    d->out_tokens += d->token == T_OUT && d->token_endpoint == 1;
    d->in_tokens += d->token == T_IN && d->token_endpoint == 1;
    if (d->token == T_PING)
        answer(d, d->manners.stall ? STALL : spend(&d->manners.naks) ? NAK : ACK);
    else if (d->token == T_IN && d->token_endpoint == 0)
        answer_data(d, d->toggle_in[0], d->control + d->control_at, d->control_len - d->control_at);
    else if (d->token == T_IN && d->token_endpoint == 1)
        in_bulk(d);
    else if (d->token == T_IN && spend(&d->interrupts))
        answer_data(d, d->toggle_in[2], (const uint8_t *)"\1\0\0\0\0\0\0\0", 8);
    else if (d->token == T_IN)
        answer(d, NAK);
}

/* Our data has arrived: go on, unless the test wants it sent again. */
static void ack_received(struct ulpi_device *d)
{
    if (!d->awaits_ack)
        return;
    d->awaits_ack = false;
    if (d->token_endpoint == 1 && spend(&d->manners.repeats))
        return;
    d->toggle_in[d->token_endpoint] = !d->toggle_in[d->token_endpoint];
    if (d->token_endpoint == 0) {
        d->control_at += d->sent_data;
        d->address = d->new_address;
    } else if (d->token_endpoint == 1) {
        d->in_at += d->sent_data;
        d->in_open = d->sent_data == packet_size(d);
    }
}

static void packet_received(struct ulpi_device *d)
{
    if (d->rx_len == 0 || ((d->rx[0] ^ d->rx[0] >> 4) & 15) != 15) {
        d->bad_packets++;
    } else if ((d->rx[0] & 3) == 3) {
        data_received(d);
    } else if (d->rx[0] == ACK) {
        ack_received(d);
    } else {
        d->awaits_ack = false;
        token_received(d);
    }
}

static void see_pins(struct ulpi_device *d, struct ulpi_phy pins)
{
    bool active = pins.dir && (pins.nxt || (d->was_dir ? pins.data & 0x10 : d->receiving));
    if (pins.dir && d->was_dir && pins.nxt && d->rx_len < sizeof d->rx)
        d->rx[d->rx_len++] = pins.data;
    if (pins.dir && d->was_dir && !pins.nxt)
        d->line = pins.data & 3;
    if (d->receiving && !active)
        packet_received(d);
    if (!active)
        d->rx_len = 0;
    d->receiving = active;
    d->was_dir = pins.dir;
}

static void run_state(struct ulpi_device *d, struct ulpi_phy pins)
{
    if (d->tx_len == 0)
        return;
    if (d->tx_wait) {
        if (--d->tx_wait == 0) {
            d->tx_at = 0;
            d->drive.data = 0x40 | (d->tx[0] & 15);
        }
    } else if (pins.nxt) {
        d->tx_at++;
        d->drive.stp = d->tx_at == d->tx_len;
        d->drive.data = d->drive.stp ? 0 : d->tx[d->tx_at];
        if (d->drive.stp)
            d->tx_len = 0;
    }
}

/* The state that follows a write of function control. */
static unsigned after_write(const struct ulpi_device *d)
{
    return d->value == CHIRPING ? S_CHIRP : d->high_speed || d->chirps == 99 ? S_RUN : S_ATTACHED;
}

static void write_function_control(struct ulpi_device *d, uint8_t value)
{
    d->value = value;
    d->wait = 0;
    d->state = S_START;
}

static void chirp_state(struct ulpi_device *d)
{
    d->drive.data = d->wait++ == 0 ? 0x40 : 0;
    if (d->wait < CHIRP_K_CLOCKS)
        return;
    d->drive = (struct ulpi_link){.stp = true};
    d->wait = 0;
    d->state = S_LISTEN;
}

static void listen_state(struct ulpi_device *d, uint8_t line_before)
{
    d->chirps += d->line != line_before && d->line != SE0;
    d->high_speed = d->chirps >= 6;
    if (d->high_speed) {
        write_function_control(d, HIGH_SPEED);
    } else if (++d->wait > LISTEN_CLOCKS) {
        d->chirps = 99;
        write_function_control(d, FULL_SPEED);
    }
}

static void attached_state(struct ulpi_device *d)
{
    d->wait = d->line == SE0 ? d->wait + 1 : 0;
    if (d->wait < SE0_CLOCKS)
        return;
    d->chirps = d->no_chirp ? 99 : 0;
    write_function_control(d, d->no_chirp ? FULL_SPEED : CHIRPING);
}

void ulpi_device_clock(struct ulpi_device *d, struct ulpi_phy pins)
{
    uint8_t line = d->line;
    bool turning = pins.dir || d->was_dir;
    see_pins(d, pins);
    d->drive.stp = false;
    if (d->state != S_RUN || d->tx_len == 0)
        d->drive.data =
            d->state == S_WRITE_COMMAND || d->state == S_WRITE_VALUE ? d->drive.data : 0;
    switch (d->state) {
    case S_START:
        if (turning)
            break;
        d->drive.data = 0x84;
        d->state = S_WRITE_COMMAND;
        break;
    case S_WRITE_COMMAND:
    case S_WRITE_VALUE:
        if (turning) {
            d->state = S_START;
        } else if (pins.nxt) {
            d->drive.stp = d->state == S_WRITE_VALUE;
            d->drive.data = d->drive.stp ? 0 : d->value;
            d->state = d->state == S_WRITE_VALUE ? after_write(d) : S_WRITE_VALUE;
        }
        break;
    case S_ATTACHED: attached_state(d); break;
    case S_CHIRP: chirp_state(d); break;
    case S_LISTEN: listen_state(d, line); break;
    case S_RUN:
        if (!turning)
            run_state(d, pins);
        break;
    default: break;
    }
}
