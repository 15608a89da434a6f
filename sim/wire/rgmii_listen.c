/* Frames from the board: what it drives on TXD, checked against IEEE 802.3.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/rgmii.h"

#include <string.h>

#include "sim/wire/crc32.h"

enum { PREAMBLE_BYTE = 0x55, START_BYTE = 0xD5, CTL_RISE = 1, CTL_FALL = 2 };

void rgmii_listener_init(struct rgmii_listener *listener)
{
    memset(listener, 0, sizeof(*listener));
    listener->gap_clocks = UINT32_MAX; /* nothing came before the first frame */
}

void rgmii_listener_link(struct rgmii_listener *listener, uint32_t mbps)
{
    listener->state = LISTEN_GAP;
    listener->gigabit = mbps == 1000;
    listener->gap_clocks = UINT32_MAX;
}

static void listener_begin(struct rgmii_listener *listener)
{
    uint64_t needed = listener->gigabit ? RGMII_GAP_BYTES : 2 * RGMII_GAP_BYTES;

    listener->state = LISTEN_PREAMBLE;
    listener->short_gap = listener->gap_clocks < needed;
    listener->symbol_error = false;
    listener->upper = false;
    listener->preamble = 0;
    listener->length = 0;
}

static void listener_take_preamble(struct rgmii_listener *listener, uint8_t byte)
{
    listener->preamble++;
    if (listener->preamble < RGMII_PREAMBLE_BYTES && byte == PREAMBLE_BYTE)
        return;
    if (listener->preamble == RGMII_PREAMBLE_BYTES && byte == START_BYTE)
        listener->state = LISTEN_FRAME;
    else
        listener->state = LISTEN_SKIP;
}

static void listener_take(struct rgmii_listener *listener, uint8_t byte)
{
    if (listener->state == LISTEN_FRAME) {
        if (listener->length < sizeof(listener->bytes))
            listener->bytes[listener->length] = byte;
        listener->length++;
    } else if (listener->state == LISTEN_PREAMBLE) {
        listener_take_preamble(listener, byte);
    }
}

bool rgmii_listen(struct rgmii_listener *listener, struct rgmii tx)
{
    if (!(tx.ctl & CTL_RISE)) {
        bool ended = listener->state != LISTEN_GAP;
        listener->gap_clocks = ended ? 1 : listener->gap_clocks + 1;
        listener->state = LISTEN_GAP;
        return ended;
    }
    if (listener->state == LISTEN_GAP)
        listener_begin(listener);
    if (!(tx.ctl & CTL_FALL)) /* the falling edge carries TX_EN xor TX_ER */
        listener->symbol_error = true;
    if (listener->gigabit) {
        listener_take(listener, (uint8_t)((tx.rise & 15) | tx.fall << 4));
    } else {
        if (listener->upper)
            listener_take(listener, (uint8_t)(listener->low_nibble | tx.rise << 4));
        else
            listener->low_nibble = tx.rise & 15;
        listener->upper = !listener->upper;
    }
    return false;
}

static bool listener_tagged(const struct rgmii_listener *listener)
{
    return listener->bytes[12] == 0x81 && listener->bytes[13] == 0x00;
}

enum rgmii_verdict rgmii_judge(const struct rgmii_listener *listener)
{
    uint32_t length = listener->length, fcs = 0, body;

    if (length == 0)
        return RGMII_BAD_PREAMBLE;
    if (length < FRAME_MIN_BYTES + FRAME_FCS_BYTES)
        return RGMII_RUNT;
    if (length > FRAME_MAX_BYTES + FRAME_FCS_BYTES - (listener_tagged(listener) ? 0u : 4u))
        return RGMII_OVERSIZE;
    if (listener->symbol_error || listener->upper)
        return RGMII_BAD_FCS;
    body = length - FRAME_FCS_BYTES;
    for (int i = 0; i < FRAME_FCS_BYTES; i++)
        fcs |= (uint32_t)listener->bytes[body + (uint32_t)i] << 8 * i;
    return fcs == crc32_of(listener->bytes, body) ? RGMII_GOOD : RGMII_BAD_FCS;
}
