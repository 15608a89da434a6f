/* Faults of the board, of the driver, of options, and of functions that the linker wraps. See fault.h.
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
    uint8_t *length = passing->ip + (passing->ip[0] >> 4 == 6 ? 4 : 2);

    if (chance_of(chance, FAULT_RARELY))
        fault_add(length, 2, 4);
    return true;
}

static bool let_all_be_marked(struct passing *passing, struct chance *chance)
{
    (void)chance;
    if (passing->ip[0] >> 4 == 6) {
        passing->ip[1] |= 2 << 4;
        return true;
    }
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

static void hurry(struct tcp_settings *settings)
{
    settings->keep_idle_s = settings->keep_interval_s = settings->keep_count = 1;
}

static void ask_never(struct tcp_settings *settings)
{
    settings->keepalive = false;
}

static void leave_at_once(struct tcp_settings *settings)
{
    if (settings->linger_s > 0)
        settings->linger_s = 1;
}

static void linger_on(struct tcp_settings *settings)
{
    if (settings->linger_s > 0)
        settings->linger_s = -1;
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
    {"buffer-kept", "a buffer is not given back", .wrapped = "tcp_buffer_give"},
    {"backlog-ignored", "more connections wait for accept than the backlog says", .generous = true},
    {"keepalive-hasty", "keepalive gives up too soon", .settings = hurry},
    {"keepalive-mute", "keepalive never asks", .settings = ask_never},
    {"linger-hasty", "a connection is reset before its time to linger is over",
     .settings = leave_at_once},
    {"linger-endless", "a connection lingers for longer than it may", .settings = linger_on},
    {.name = NULL},
};
