/* How long a command waits for a board to turn a frame round.
 *
 * SPDX-License-Identifier: MIT
 *
 * A board of hardware, or in another process, lives in wall time. One that is simulated in this process lives in a time
 * of its own, which a busy machine holds up: it has failed only when both are over.
 */
#ifndef HOST_CLI_PATIENCE_H
#define HOST_CLI_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "driver/transport.h"
#include "host/cli/session.h"

enum { PATIENCE_WALL_S = 15, PATIENCE_BOARD_S = 1 };

struct patience {
    uint64_t wall_ns, board_ns; /* since when */
};

static inline struct patience patience_now(const struct transport *transport)
{
    return (struct patience){session_wall_ns(), transport->now_ns};
}

static inline bool patience_over(struct patience since, const struct transport *transport)
{
    return session_wall_ns() - since.wall_ns > PATIENCE_WALL_S * 1000000000ull &&
           transport->now_ns - since.board_ns > PATIENCE_BOARD_S * 1000000000ull;
}

#endif
