/* The C model as a transport behind the bus model: see bus_board.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>

#include "sim/model/model.h"
#include "tests/world/bus_board_internal.h"

enum {
    POLL_NS = 100000, /* in one poll */
    PLUG_NS = 100000000,
    CONTROL_NS = 500000000,
};

static struct bus_board *board_of(struct transport *transport)
{
    return (struct bus_board *)transport;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void set_now(struct bus_board *board, uint64_t ns)
{
    board->base_ns = ns - board->bus.host.clock * 50 / 3;
}

/* ---- a transport ---- */

static int board_submit(struct transport *transport, struct transfer *transfer)
{
    struct bus_board *board = board_of(transport);

    board->idle = false;
    board->active_clock = board->bus.host.clock;
    return board->unplugged ? -ENODEV : host_submit(&board->bus.host, transfer);
}

static void board_cancel(struct transport *transport, struct transfer *transfer)
{
    host_cancel(&board_of(transport)->bus.host, transfer);
}

static void call_done(struct bus_board *board)
{
    struct transfer *last = board->bus.host.done_tail, *transfer;

    do {
        transfer = last ? host_take_done(&board->bus.host) : NULL;
        if (transfer && transfer->done)
            transfer->done(transfer);
    } while (transfer && transfer != last);
}

static uint64_t board_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct bus_board *board = board_of(transport);

    (void)wall_ns;
    if (!board->unplugged && !host_has_done(&board->bus.host))
        bus_board_run(board, least(until_ns, bus_board_now(board) + POLL_NS));
    transport->now_ns = bus_board_now(board);
    call_done(board);
    return transport->now_ns;
}

static uint64_t board_deadline(struct transport *transport)
{
    struct bus_board *board = board_of(transport);
    uint64_t now = bus_board_now(board);

    if (host_has_done(&board->bus.host))
        return now;
    if (board->unplugged)
        return TIME_NEVER;
    return bus_board_rests(board) ? board->model->ops->deadline(board->model) : now;
}

static int board_fds(struct transport *transport, struct pollfd *fds, int max)
{
    (void)transport, (void)fds, (void)max;
    return 0;
}

static bool board_jump(struct transport *transport, uint64_t until_ns)
{
    struct bus_board *board = board_of(transport);
    uint64_t target;

    if (board->unplugged || !bus_board_rests(board))
        return false;
    target = least(until_ns, board->model->ops->deadline(board->model));
    if (target <= bus_board_now(board) || target == TIME_NEVER)
        return false;
    set_now(board, target);
    return true;
}

static void board_close(struct transport *transport)
{
    struct bus_board *board = board_of(transport);

    board->unplugged = true;
    host_end_all(&board->bus.host, -ECANCELED);
    call_done(board);
    board->model->ops->close(board->model);
    free(board);
}

/* ---- plugging in ---- */

static int run_control(void *user, struct transfer *transfer)
{
    struct bus_board *board = user;
    uint64_t limit = bus_board_now(board) + CONTROL_NS;
    int result = host_submit(&board->bus.host, transfer);

    while (!result && !host_take_done(&board->bus.host)) {
        if (bus_board_now(board) > limit) {
            host_end_all(&board->bus.host, -ETIMEDOUT);
            result = -ETIMEDOUT;
        }
        board->idle = false;
        bus_board_run(board, bus_board_now(board) + POLL_NS);
    }
    return result;
}

static int start_board(struct bus_board *board, char *error, size_t error_len)
{
    const struct bus_runner runner = {run_control, board};
    uint64_t limit = bus_board_now(board) + PLUG_NS;

    while (board->bus.port.state != PORT_ENABLED && bus_board_now(board) < limit) {
        board->idle = false;
        bus_board_run(board, bus_board_now(board) + POLL_NS);
    }
    board->transport.speed = board->bus.port.high_speed ? SPEED_HIGH : SPEED_FULL;
    return bus_enumerate(&board->bus, &runner, &board->device, error, error_len);
}

int bus_board_plug(struct transport *transport, uint64_t now, char *error, size_t error_len)
{
    struct bus_board *board = board_of(transport);
    int result;

    call_done(board);
    if (bus_board_now(board) < now)
        set_now(board, now);
    board->bus.phy.vbus = true;
    board->bus.phy.registers.function_control = BUS_FULL_SPEED;
    board->chirped = false;
    result = start_board(board, error, error_len);
    board->unplugged = result < 0;
    if (result < 0)
        bus_board_unplug(transport);
    transport->now_ns = bus_board_now(board);
    return result;
}

void bus_board_reset(struct transport *transport)
{
    struct bus_board *board = board_of(transport);

    board->unplugged = true;
    board->bus.phy.deliver = NULL;
    board->bus.phy.sending = board->bus.phy.sent = false;
    board->reply_len = 0;
    host_end_all(&board->bus.host, -ENODEV);
    port_reset(&board->bus.port);
    function_reset(&board->function, true);
}

void bus_board_unplug(struct transport *transport)
{
    struct bus_board *board = board_of(transport);

    bus_board_reset(transport);
    board->bus.phy.vbus = false;
    board->bus.phy.drive = DRIVE_NONE;
    board->bus.port.state = PORT_EMPTY;
}

int bus_board_open(struct transport **out, const struct bus_board_config *config, char *error,
                   size_t error_len)
{
    static const struct transport_ops ops = {
        .submit = board_submit,
        .cancel = board_cancel,
        .poll = board_poll,
        .deadline = board_deadline,
        .fds = board_fds,
        .jump = board_jump,
        .close = board_close,
    };
    const struct model_config model = {
        .wire = config->wire, .full_speed = config->full_speed, .wall_ns = config->now_ns};
    struct bus_board *board = calloc(1, sizeof *board);
    int result = board ? model_open(&board->model, &model, error, error_len) : -ENOMEM;

    if (result < 0) {
        free(board);
        return result;
    }
    board->transport = (struct transport){.ops = &ops, .name = "bus"};
    bus_init(&board->bus, config->full_speed);
    function_init(&board->function, board->model);
    set_now(board, config->now_ns);
    result = bus_board_plug(&board->transport, config->now_ns, error, error_len);
    if (result < 0)
        board_close(&board->transport);
    else
        *out = &board->transport;
    return result;
}

struct wire *bus_board_wire(struct transport *transport)
{
    return model_wire(board_of(transport)->model);
}

struct bus *bus_board_bus(struct transport *transport)
{
    return &board_of(transport)->bus;
}
