/* See board.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/board.h"

#include "sim/board/sim.h"
#include "sim/model/model.h"

int board_open(struct transport **out, bool gates, const struct wire_config *wire, uint64_t now_ns,
               const char *trace, char *error, size_t error_len)
{
    const struct model_config model = {.wire = *wire, .wall_ns = now_ns};
    const struct sim_config sim = {.wire = *wire, .wall_ns = now_ns, .trace = trace};

    return gates ? sim_open(out, &sim, error, error_len)
                 : model_open(out, &model, error, error_len);
}

const struct wire_counters *board_wire_counters(struct transport *board, bool gates)
{
    return wire_counters(gates ? sim_wire(board) : model_wire(board));
}
