/* Faults of what the stack sends. See fault.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/fault_internal.h"

static bool is_repeated(const struct passing *passing)
{
    return passing->bytes && fault_number(passing, passing->watch) < passing->watch->sent;
}

static bool lose_repeated(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return !is_repeated(passing);
}

/* Probes, and ACKs that say nothing but that a window is open. */
static bool keep_shut(struct passing *passing, struct chance *chance)
{
    const struct watch *watch = passing->watch;
    bool repeats = segment_word(passing->tcp + 8, 4) - watch->peer->iss == watch->ack;

    (void)chance;
    if (!passing->bytes && *fault_flags(passing) == SEGMENT_ACK)
        return !repeats || watch->edge != watch->ack;
    return passing->bytes != 1 || fault_number(passing, watch) != watch->peer_edge;
}

static bool lose_acks(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return passing->bytes || *fault_flags(passing) != SEGMENT_ACK || !passing->watch->end->read;
}

static bool widen_window(struct passing *passing, struct chance *chance)
{
    uint32_t window = segment_word(passing->tcp + 14, 2);

    if (chance_of(chance, FAULT_RARELY))
        segment_store(passing->tcp + 14, 2, window > 55535 ? 65535 : window + 10000);
    return true;
}

static bool shut_window(struct passing *passing, struct chance *chance)
{
    if (chance_of(chance, FAULT_RARELY) && !(*fault_flags(passing) & SEGMENT_SYN))
        segment_store(passing->tcp + 14, 2, 0);
    return true;
}

static bool acknowledge_more(struct passing *passing, struct chance *chance)
{
    if (chance_of(chance, FAULT_RARELY) && !(*fault_flags(passing) & (SEGMENT_SYN | SEGMENT_RST)))
        fault_add(passing->tcp + 8, 4, 100);
    return true;
}

static bool acknowledge_less(struct passing *passing, struct chance *chance)
{
    if (chance_of(chance, FAULT_RARELY) && passing->watch->ack > 1000 &&
        !(*fault_flags(passing) & SEGMENT_RST))
        fault_add(passing->tcp + 8, 4, -1000);
    return true;
}

static bool end_early(struct passing *passing, struct chance *chance)
{
    if (passing->bytes && chance_of(chance, FAULT_RARELY))
        *fault_flags(passing) |= SEGMENT_FIN;
    return true;
}

static bool change_byte(struct passing *passing, struct chance *chance)
{
    if (passing->bytes && chance_of(chance, FAULT_RARELY))
        passing->data[chance_draw(chance) % passing->bytes] ^= 1;
    return true;
}

static bool slip_a_byte(struct passing *passing, struct chance *chance)
{
    if (passing->bytes && chance_of(chance, FAULT_RARELY))
        fault_add(passing->tcp + 4, 4, 1);
    return true;
}

static bool change_isn(struct passing *passing, struct chance *chance)
{
    (void)chance;
    if ((*fault_flags(passing) & SEGMENT_SYN) && passing->watch->syn_sent)
        fault_add(passing->tcp + 4, 4, 1);
    return true;
}

static bool reset_instead(struct passing *passing, struct chance *chance)
{
    if (passing->watch->end->open && chance_of(chance, 2))
        *fault_flags(passing) |= SEGMENT_RST;
    return true;
}

static bool send_elsewhere(struct passing *passing, struct chance *chance)
{
    (void)chance;
    if (passing->bytes && passing->watch->sent > 5000)
        passing->frame[5] ^= 0x40;
    return true;
}

static bool leave_fin_out(struct passing *passing, struct chance *chance)
{
    (void)chance;
    *fault_flags(passing) &= (uint8_t)~SEGMENT_FIN;
    return true;
}

static bool lie_by_sack(struct passing *passing, struct chance *chance)
{
    uint8_t *sack = fault_option(passing, 5);

    (void)chance;
    if (sack)
        fault_add(sack + 6, 4, 1);
    return true;
}

static bool turn_clock_back(struct passing *passing, struct chance *chance)
{
    uint8_t *time = fault_option(passing, 8);

    if (time && chance_of(chance, FAULT_RARELY))
        fault_add(time + 2, 4, -5000);
    return true;
}

static bool echo_anything(struct passing *passing, struct chance *chance)
{
    uint8_t *time = fault_option(passing, 8);

    if (time && chance_of(chance, FAULT_RARELY))
        fault_add(time + 6, 4, 5000);
    return true;
}

static bool echo_congestion(struct passing *passing, struct chance *chance)
{
    if (chance_of(chance, FAULT_RARELY) && passing->watch->end->open)
        *fault_flags(passing) |= SEGMENT_ECE;
    return true;
}

static bool lose_answers(struct passing *passing, struct chance *chance)
{
    const struct world *world = passing->host->world;
    bool under_flood = world->flood_left < world->scenario.crowd.flood;

    (void)chance;
    return *fault_flags(passing) != (SEGMENT_SYN | SEGMENT_ACK) || !under_flood;
}

const struct fault faults_out[] = {
    {"repeated-lost", "no segment is sent again", .out = lose_repeated},
    {"window-stays-shut", "nobody probes a closed window, nor hears that it is open",
     .out = keep_shut},
    {"acks-lost", "no ACK is sent once the program reads", .out = lose_acks},
    {"window-too-wide", "a window is offered that is larger than the buffer", .out = widen_window},
    {"window-taken-back", "a window that was offered is taken back", .out = shut_window},
    {"ack-too-far", "bytes are acknowledged that have not come", .out = acknowledge_more},
    {"ack-goes-back", "an ACK says less than the one before", .out = acknowledge_less},
    {"fin-too-early", "a FIN goes out before the last byte", .out = end_early},
    {"fin-lost", "no FIN is sent", .out = leave_fin_out},
    {"byte-changed", "a byte is not what the program wrote", .out = change_byte},
    {"byte-slipped", "a segment says that its data is one byte further on", .out = slip_a_byte},
    {"isn-changes", "a SYN that is sent again has another number", .out = change_isn},
    {"reset-for-nothing", "a connection in use is reset", .out = reset_instead},
    {"wrong-neighbour", "frames go to another MAC address", .out = send_elsewhere},
    {"sack-lies", "a SACK block says more than has come", .out = lie_by_sack},
    {"clock-goes-back", "timestamps go back", .out = turn_clock_back},
    {"echo-invented", "a timestamp is echoed that has not come", .out = echo_anything},
    {"echo-of-nothing", "congestion is echoed that nobody has told of", .out = echo_congestion},
    {"flood-works", "no SYN is answered any more once there is a flood of them",
     .out = lose_answers},
    {.name = NULL},
};
