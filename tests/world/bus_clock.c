/* Runs the clocks of the board behind a bus: see bus_board_internal.h.
 *
 * SPDX-License-Identifier: MIT
 *
 * In place of ULPI pins packets pass whole. Clocks run while something happens on the bus; when every endpoint with a transfer has said
 * NAK since anything last changed, and the model has nothing to do, time jumps, as with the Verilated board
 * (sim/board/clockwork.c).
 */
#include <string.h>

#include "tests/world/bus_board_internal.h"

enum {
    CHIRP_CLOCKS = 61440,
    HIGH_TURN = 8, /* clocks from a packet to the answer */
    FULL_TURN = 40,
    HIGH_WAIT =
        102, /* for what follows a packet: 816 bit times at most, 18 at full speed (7.1.19.1) */
    FULL_WAIT = 90,
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When the model wants its turn: to be asked whenever something has come to it. */
static void look_at_model(struct bus_board *board)
{
    board->model_due = board->model->ops->deadline(board->model);
}

/* ---- the device's side of the cable ---- */

/* Pull-up, chirp, and the speed that was agreed on. */
static void hold_line(struct bus_board *board)
{
    struct ulpi *phy = &board->bus.phy;
    const struct port *port = &board->bus.port;
    uint64_t clock = board->bus.host.clock;

    if (port->state == PORT_RESET && !board->chirped) {
        function_reset(&board->function, true);
        board->chirped = true;
        board->chirp_end = clock + CHIRP_CLOCKS;
        phy->registers.function_control = BUS_CHIRPS;
        phy->chirp = LINE_K;
    } else if (phy->chirp == LINE_K && clock >= board->chirp_end) {
        phy->chirp = LINE_SE0;
    } else if (port->state == PORT_ENABLED && board->chirped) {
        board->chirped = false;
        phy->registers.function_control = port->high_speed ? BUS_HIGH_SPEED : BUS_FULL_SPEED;
        function_reset(&board->function, port->high_speed);
    }
}

static uint32_t deliver_clocks(const struct ulpi *phy)
{
    return phy->full_speed_bits ? phy->deliver_end * 5 : (phy->deliver_end + 7) / 8;
}

/* What is due now is to begin before long: what comes later belongs to something else (USB 2.0, 8.7.2). */
static void await_next(struct bus_board *board)
{
    board->waits_until =
        board->bus.host.clock + (board->bus.phy.full_speed_bits ? FULL_WAIT : HIGH_WAIT);
}

static void hear(struct bus_board *board)
{
    struct ulpi *phy = &board->bus.phy;
    bool full = phy->full_speed_bits;
    uint64_t clock = board->bus.host.clock;

    if (!phy->deliver || ++phy->deliver_clock < deliver_clocks(phy))
        return;
    board->function.now_ns = bus_board_now(board);
    if (clock - deliver_clocks(phy) > board->waits_until)
        function_give_up(&board->function);
    board->reply_len =
        function_hear(&board->function, phy->deliver, phy->deliver_len, board->reply);
    look_at_model(board);
    board->reply_at = clock + (full ? FULL_TURN : HIGH_TURN);
    phy->deliver = NULL;
    await_next(board);
}

static void speak(struct bus_board *board)
{
    struct ulpi *phy = &board->bus.phy;
    uint64_t clock = board->bus.host.clock;
    uint64_t bits = 8 * board->reply_len;

    if (!board->reply_len || clock < board->reply_at)
        return;
    if (!phy->sending) {
        phy->sending = true;
        board->reply_end = clock + (phy->full_speed_bits ? 5 * (11 + bits) : 5 + board->reply_len);
    } else if (clock >= board->reply_end) {
        memcpy(phy->send, board->reply, board->reply_len);
        phy->send_len = board->reply_len;
        phy->send_bad = phy->sending = false;
        phy->sent = true;
        board->reply_len = 0;
        await_next(board);
    }
}

static void run_clock(struct bus_board *board)
{
    host_clock(&board->bus.host);
    if (board->bus.port.state != PORT_ENABLED)
        port_clock(&board->bus.port);
    if (board->bus.port.state != PORT_ENABLED || board->chirped)
        hold_line(board);
    hear(board);
    speak(board);
}

/* ---- time ---- */

static void run_model(struct bus_board *board)
{
    uint64_t now = bus_board_now(board);

    if (board->model_due <= now) {
        function_run(&board->function, now);
        look_at_model(board);
    }
    if (board->changes != board->function.changes) {
        board->changes = board->function.changes;
        board->active_clock = board->bus.host.clock;
        board->idle = false;
    }
}

/* It has data for a transfer that waits, though the host may have heard NAK. */
static bool owes_data(const struct bus_board *board)
{
    bool owes = false;

    for (int i = 1; i < 3; i++)
        owes |= board->function.in[i].ready && board->bus.host.pipes[16 + i].head;
    return owes;
}

static bool quiet(struct bus_board *board)
{
    return board->bus.host.now.phase == PHASE_FREE && !owes_data(board) &&
           board->bus.port.state == PORT_ENABLED && !board->reply_len && !board->bus.phy.deliver &&
           host_settled(&board->bus.host, board->active_clock) &&
           board->model_due > bus_board_now(board);
}

static uint64_t clocks_until(const struct bus_board *board, uint64_t ns)
{
    uint64_t now = bus_board_now(board);

    return ns <= now ? 0 : (ns - now) * 3 / 50;
}

/* The clock at which something happens next in a reset. */
static uint64_t line_next(const struct bus_board *board)
{
    uint64_t next = port_next(&board->bus.port);

    if (board->bus.port.state == PORT_ENABLED ||
        (board->bus.port.state == PORT_RESET && !board->chirped))
        return 0;
    return board->bus.phy.chirp == LINE_K ? least(next, board->chirp_end) : next;
}

/* Passes over the clocks in which neither side of the cable does anything. */
static void skip(struct bus_board *board, uint64_t until_ns)
{
    const struct host *host = &board->bus.host;
    struct ulpi *phy = &board->bus.phy;
    enum port_state state = board->bus.port.state;
    uint64_t next = host->now.phase == PHASE_FREE ? host->free_at : host->now.until, clocks;

    if (state == PORT_SUSPENDED || state == PORT_RESUMES)
        next = board->bus.port.until;
    else if (state != PORT_ENABLED || board->chirped)
        next = line_next(board);
    if (board->reply_len)
        next = least(next, phy->sending ? board->reply_end : board->reply_at);
    clocks = next > host->clock ? next - host->clock : 0;
    if (phy->deliver)
        clocks = least(clocks, deliver_clocks(phy) - phy->deliver_clock);
    clocks = least(clocks, clocks_until(board, until_ns));
    clocks = least(clocks, clocks_until(board, board->model_due));
    if (clocks < 2)
        return;
    board->bus.host.clock += clocks - 1;
    phy->deliver_clock += phy->deliver ? (uint32_t)clocks - 1 : 0;
}

void bus_board_run(struct bus_board *board, uint64_t until_ns)
{
    look_at_model(board);
    run_model(board);
    while (!bus_board_rests(board) && bus_board_now(board) < until_ns &&
           !host_has_done(&board->bus.host)) {
        skip(board, until_ns);
        run_clock(board);
        run_model(board);
        board->idle = quiet(board);
    }
}
