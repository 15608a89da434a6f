/* See board.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/board.h"

#include "sim/board/sim.h"
#include "sim/model/model.h"
#include "tests/world/bus_board.h"

int board_open(struct transport **out, const struct host_config *host,
               const struct wire_config *wire, uint64_t now_ns, const char *trace, char *error,
               size_t error_len)
{
    const struct model_config model = {.wire = *wire, .wall_ns = now_ns};
    const struct sim_config sim = {
        .wire = *wire, .wall_ns = now_ns, .trace = trace, .full_speed = host->usb.full_speed};
    const struct bus_board_config bus = {
        .wire = *wire, .full_speed = host->usb.full_speed, .now_ns = now_ns};

    switch (host->kind) {
    case HOST_GATES: return sim_open(out, &sim, error, error_len);
    case HOST_BUS: return bus_board_open(out, &bus, error, error_len);
    default: return model_open(out, &model, error, error_len);
    }
}

const struct wire_counters *board_wire_counters(struct transport *board, enum host_kind kind)
{
    return wire_counters(kind == HOST_GATES ? sim_wire(board)
                         : kind == HOST_BUS ? bus_board_wire(board)
                                            : model_wire(board));
}

struct bus *board_bus(struct transport *board, enum host_kind kind)
{
    return kind == HOST_GATES ? sim_bus(board) : bus_board_bus(board);
}

void board_unplug(struct transport *board, enum host_kind kind)
{
    (kind == HOST_GATES ? sim_unplug : bus_board_unplug)(board);
}

void board_reset(struct transport *board, enum host_kind kind)
{
    (kind == HOST_GATES ? sim_reset : bus_board_reset)(board);
}

int board_plug(struct transport *board, enum host_kind kind, uint64_t now_ns, char *error,
               size_t error_len)
{
    return (kind == HOST_GATES ? sim_plug : bus_board_plug)(board, now_ns, error, error_len);
}
