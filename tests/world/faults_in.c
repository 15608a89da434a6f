/* Faults of what the stack gets. See fault.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/fault_internal.h"

/* As if an old ACK counted for all that is out. */
static bool believe_stale_ack(struct passing *passing, struct chance *chance)
{
    struct watch *watch = passing->watch;

    (void)chance;
    if ((*fault_flags(passing) & SEGMENT_ACK) && watch->end->open &&
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
    if ((*fault_flags(passing) & SEGMENT_RST) && watch->syn_arrived)
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
    uint8_t *mss = fault_option(passing, 2);

    (void)chance;
    if (mss)
        segment_store(mss + 2, 2, 1460);
    return true;
}

static bool ignore_fin(struct passing *passing, struct chance *chance)
{
    (void)chance;
    *fault_flags(passing) &= (uint8_t)~SEGMENT_FIN;
    return true;
}

static bool fill_hole(struct passing *passing, struct chance *chance)
{
    struct watch *watch = passing->watch;
    uint32_t number = fault_number(passing, watch->peer);

    (void)chance;
    if (passing->bytes && watch->end->open && number > watch->contiguous &&
        number < watch->contiguous + 60000)
        segment_store(passing->tcp + 4, 4, watch->peer->iss + watch->contiguous);
    return true;
}

const struct fault faults_in[] = {
    {"stale-ack-taken", "an old ACK counts for all that is out", .in = believe_stale_ack},
    {"window-overrated", "the peer's window counts for more than it is", .in = believe_wide_window},
    {"closed-window-used", "data is sent into a closed window", .in = ignore_closed_window},
    {"sums-not-checked", "checksums are not checked", .in = believe_sums},
    {"any-reset-taken", "an RST with any number in the window is taken", .in = believe_reset},
    {"any-data-taken", "data with any acknowledgement is taken", .in = believe_data},
    {"mss-ignored", "segments are longer than the peer takes", .in = ignore_mss},
    {"end-not-seen", "the peer's FIN is not noticed", .in = ignore_fin},
    {"hole-skipped", "data behind a hole is taken as if there were none", .in = fill_hole},
    {.name = NULL},
};
