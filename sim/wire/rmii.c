/* Turns pairs of bits into nibbles and back.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/rmii.h"

#include <string.h>

enum { CTL_VALID = 1, CTL_GOOD = 3, PAIR_NS = 20 };

void rmii_init(struct rmii *rmii)
{
    memset(rmii, 0, sizeof *rmii);
    rmii->repeat = 1;
}

/* The board's side of a nibble: whole after two pairs, counted from TX_EN's rise. */
static void take(struct rmii *rmii, struct rmii_pins board)
{
    if (!board.valid) {
        rmii->taken = 0;
        return;
    }
    if (rmii->taken == 0)
        rmii->taking = board.data;
    else if (rmii->taken == rmii->repeat)
        rmii->taking |= (uint8_t)(board.data << 2);
    if (++rmii->taken < 2 * rmii->repeat)
        return;
    rmii->taken = 0;
    rmii->sent = (struct rgmii){rmii->taking, rmii->taking, CTL_GOOD};
}

/* A nibble's time is over: the wire takes one and gives one. */
static void exchange(struct rmii *rmii, struct wire *wire, uint64_t now_ns)
{
    memmove(rmii->held, rmii->held + 1, sizeof rmii->held - sizeof rmii->held[0]);
    rmii->held[RMII_HELD - 1] = rmii->latest;
    rmii->latest = wire_clock(wire, now_ns, rmii->sent);
    rmii->sent = (struct rgmii){0, 0, 0};
    rmii->repeat = wire_clock_ns(wire) / (2 * PAIR_NS);
}

struct rmii_pins rmii_clock(struct rmii *rmii, struct wire *wire, uint64_t now_ns,
                            struct rmii_pins board)
{
    const struct rgmii *now = &rmii->held[0];
    take(rmii, board);
    if (rmii->phase == 0)
        exchange(rmii, wire, now_ns);
    bool carrier = rmii->latest.ctl & CTL_VALID;
    bool second = rmii->phase >= rmii->repeat, valid = now->ctl & CTL_VALID;
    uint8_t pair = second ? now->rise >> 2 : now->rise & 3;
    rmii->phase = (rmii->phase + 1) % (2 * rmii->repeat);
    if (now->ctl == CTL_VALID) /* an error: the PHY spoils the bits */
        pair = 1;
    return (struct rmii_pins){valid ? pair : 0, carrier || (valid && second)};
}

bool rmii_idle(const struct rmii *rmii)
{
    bool idle = rmii->taken == 0 && !(rmii->sent.ctl & CTL_VALID);
    for (unsigned i = 0; i < RMII_HELD; i++)
        idle = idle && !(rmii->held[i].ctl & CTL_VALID);
    return idle;
}
