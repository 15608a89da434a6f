/* Faults of the board, of the driver, and of functions that the linker wraps. See fault.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/fault_internal.h"

static bool spoil_sum(struct passing *passing, struct chance *chance)
{
    if (chance_of(chance, FAULT_RARELY))
        passing->tcp[16] ^= 0x10;
    return true;
}

static bool spoil_length(struct passing *passing, struct chance *chance)
{
    if (chance_of(chance, FAULT_RARELY))
        fault_add(passing->ip + 2, 2, 4);
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

const struct fault faults_board[] = {
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
