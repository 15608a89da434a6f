/* The faults themselves. See fault.h; tests/world/world_test expects each to be caught.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/fault_internal.h"

enum { RARELY = 20 }; /* in 1/1000 */

static uint32_t number_of(const struct passing *passing, const struct watch *sender)
{
    return segment_word(passing->tcp + 4, 4) - sender->iss;
}

static uint8_t *flags_of(const struct passing *passing)
{
    return passing->tcp + 13;
}

static void add(uint8_t *at, int bytes, int64_t value)
{
    segment_store(at, bytes, (uint32_t)((int64_t)segment_word(at, bytes) + value));
}

/* ---- what the stack sends ---- */

static bool is_repeated(const struct passing *passing)
{
    return passing->bytes && number_of(passing, passing->watch) < passing->watch->sent;
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
    if (!passing->bytes && *flags_of(passing) == SEGMENT_ACK)
        return !repeats || watch->edge != watch->ack;
    return passing->bytes != 1 || number_of(passing, watch) != watch->peer_edge;
}

static bool lose_acks(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return passing->bytes || *flags_of(passing) != SEGMENT_ACK || !passing->watch->end->read;
}

static bool widen_window(struct passing *passing, struct chance *chance)
{
    uint32_t window = segment_word(passing->tcp + 14, 2);

    if (chance_of(chance, RARELY))
        segment_store(passing->tcp + 14, 2, window > 55535 ? 65535 : window + 10000);
    return true;
}

static bool shut_window(struct passing *passing, struct chance *chance)
{
    if (chance_of(chance, RARELY) && !(*flags_of(passing) & SEGMENT_SYN))
        segment_store(passing->tcp + 14, 2, 0);
    return true;
}

static bool acknowledge_more(struct passing *passing, struct chance *chance)
{
    if (chance_of(chance, RARELY) && !(*flags_of(passing) & (SEGMENT_SYN | SEGMENT_RST)))
        add(passing->tcp + 8, 4, 100);
    return true;
}

static bool acknowledge_less(struct passing *passing, struct chance *chance)
{
    if (chance_of(chance, RARELY) && passing->watch->ack > 1000 &&
        !(*flags_of(passing) & SEGMENT_RST))
        add(passing->tcp + 8, 4, -1000);
    return true;
}

static bool end_early(struct passing *passing, struct chance *chance)
{
    if (passing->bytes && chance_of(chance, RARELY))
        *flags_of(passing) |= SEGMENT_FIN;
    return true;
}

static bool change_byte(struct passing *passing, struct chance *chance)
{
    if (passing->bytes && chance_of(chance, RARELY))
        passing->data[chance_draw(chance) % passing->bytes] ^= 1;
    return true;
}

static bool slip_a_byte(struct passing *passing, struct chance *chance)
{
    if (passing->bytes && chance_of(chance, RARELY))
        add(passing->tcp + 4, 4, 1);
    return true;
}

static bool change_isn(struct passing *passing, struct chance *chance)
{
    (void)chance;
    if ((*flags_of(passing) & SEGMENT_SYN) && passing->watch->syn_sent)
        add(passing->tcp + 4, 4, 1);
    return true;
}

static bool reset_instead(struct passing *passing, struct chance *chance)
{
    if (passing->watch->end->open && chance_of(chance, 2))
        *flags_of(passing) |= SEGMENT_RST;
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
    *flags_of(passing) &= (uint8_t)~SEGMENT_FIN;
    return true;
}

/* The option of that kind, or NULL. */
static uint8_t *find_option(const struct passing *passing, int kind)
{
    for (uint8_t *at = passing->tcp + 20; at < passing->data && *at; at += *at == 1 ? 1 : at[1]) {
        if (*at == kind)
            return at;
        if (*at != 1 && at[1] < 2)
            return NULL;
    }
    return NULL;
}

static bool lie_by_sack(struct passing *passing, struct chance *chance)
{
    uint8_t *sack = find_option(passing, 5);

    (void)chance;
    if (sack)
        add(sack + 6, 4, 1);
    return true;
}

static bool turn_clock_back(struct passing *passing, struct chance *chance)
{
    uint8_t *time = find_option(passing, 8);

    if (time && chance_of(chance, RARELY))
        add(time + 2, 4, -5000);
    return true;
}

static bool echo_anything(struct passing *passing, struct chance *chance)
{
    uint8_t *time = find_option(passing, 8);

    if (time && chance_of(chance, RARELY))
        add(time + 6, 4, 5000);
    return true;
}

static bool echo_congestion(struct passing *passing, struct chance *chance)
{
    if (chance_of(chance, RARELY) && passing->watch->end->open)
        *flags_of(passing) |= SEGMENT_ECE;
    return true;
}

/* ---- what the stack gets ---- */

/* As if an old ACK counted for all that is out. */
static bool believe_stale_ack(struct passing *passing, struct chance *chance)
{
    struct watch *watch = passing->watch;

    (void)chance;
    if ((*flags_of(passing) & SEGMENT_ACK) && watch->end->open &&
        segment_word(passing->tcp + 8, 4) - watch->iss < watch->peer_ack)
        segment_store(passing->tcp + 8, 4, watch->iss + watch->sent);
    return true;
}

static bool believe_wide_window(struct passing *passing, struct chance *chance)
{
    uint32_t window = segment_word(passing->tcp + 14, 2);

    (void)chance;
    segment_store(passing->tcp + 14, 2, window > 45535 ? 65535 : window + 20000);
    return true;
}

static bool ignore_closed_window(struct passing *passing, struct chance *chance)
{
    (void)chance;
    if (!segment_word(passing->tcp + 14, 2))
        segment_store(passing->tcp + 14, 2, 5000);
    return true;
}

static bool believe_sums(struct passing *passing, struct chance *chance)
{
    (void)chance;
    passing->vnet->flags |= VNET_DATA_VALID;
    return true;
}

/* RFC 5961, 3.2 forgotten: an RST anywhere in the window counts. */
static bool believe_reset(struct passing *passing, struct chance *chance)
{
    struct watch *watch = passing->watch;

    (void)chance;
    if ((*flags_of(passing) & SEGMENT_RST) && watch->syn_arrived)
        segment_store(passing->tcp + 4, 4, watch->peer->iss + watch->contiguous);
    return true;
}

/* RFC 5961, 5.2 forgotten: data with any ACK counts. */
static bool believe_data(struct passing *passing, struct chance *chance)
{
    struct watch *watch = passing->watch;

    (void)chance;
    if (passing->bytes && watch->end->open)
        segment_store(passing->tcp + 8, 4, watch->iss + watch->peer_ack);
    return true;
}

static bool ignore_mss(struct passing *passing, struct chance *chance)
{
    uint8_t *mss = find_option(passing, 2);

    (void)chance;
    if (mss)
        segment_store(mss + 2, 2, 1460);
    return true;
}

static bool ignore_fin(struct passing *passing, struct chance *chance)
{
    (void)chance;
    *flags_of(passing) &= (uint8_t)~SEGMENT_FIN;
    return true;
}

static bool fill_hole(struct passing *passing, struct chance *chance)
{
    struct watch *watch = passing->watch;
    uint32_t number = number_of(passing, watch->peer);

    (void)chance;
    if (passing->bytes && watch->end->open && number > watch->contiguous &&
        number < watch->contiguous + 60000)
        segment_store(passing->tcp + 4, 4, watch->peer->iss + watch->contiguous);
    return true;
}

/* ---- what the board sends ---- */

static bool spoil_sum(struct passing *passing, struct chance *chance)
{
    if (chance_of(chance, RARELY))
        passing->tcp[16] ^= 0x10;
    return true;
}

static bool spoil_length(struct passing *passing, struct chance *chance)
{
    if (chance_of(chance, RARELY))
        add(passing->ip + 2, 2, 4);
    return true;
}

static bool let_all_be_marked(struct passing *passing, struct chance *chance)
{
    (void)chance;
    passing->ip[1] |= 2;
    segment_store(passing->ip + 10, 2, 0);
    segment_store(passing->ip + 10, 2, segment_sum(passing->ip, 20, 0));
    return true;
}

static bool send_nothing(struct passing *passing, struct chance *chance)
{
    (void)chance;
    return !passing->bytes || passing->watch->sent < 20000;
}

const struct fault faults[] = {
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
    {"stale-ack-taken", "an old ACK counts for all that is out", .in = believe_stale_ack},
    {"window-overrated", "the peer's window counts for more than it is", .in = believe_wide_window},
    {"closed-window-used", "data is sent into a closed window", .in = ignore_closed_window},
    {"sums-not-checked", "checksums are not checked", .in = believe_sums},
    {"any-reset-taken", "an RST with any number in the window is taken", .in = believe_reset},
    {"any-data-taken", "data with any acknowledgement is taken", .in = believe_data},
    {"mss-ignored", "segments are longer than the peer takes", .in = ignore_mss},
    {"end-not-seen", "the peer's FIN is not noticed", .in = ignore_fin},
    {"hole-skipped", "data behind a hole is taken as if there were none", .in = fill_hole},
    {"sum-spoilt", "the board sends a wrong checksum", .wire = spoil_sum},
    {"length-spoilt", "the board sends a wrong length", .wire = spoil_length},
    {"all-may-be-marked", "every packet says that it can be marked", .wire = let_all_be_marked},
    {"board-goes-deaf", "the board sends no data any more", .wire = send_nothing},
    {"sent-untold", "the driver does not tell what has been sent", .untold = true},
    {"chance-not-from-seed", "a run does not repeat", .restless = true},
    {"retransmission-unarmed", "the retransmission timer is not started",
     .wrapped = "tcp_retransmit_timer_restart"},
    {"persist-unarmed", "the persist timer is not started", .wrapped = "tcp_persist_timer_start"},
    {"buffer-kept", "a buffer is not given back", .wrapped = "tcp_buffer_release"},
    {.name = NULL},
};
