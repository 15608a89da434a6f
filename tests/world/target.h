/* Where a program finds another host: by a look into what a name server would know, IPv6 before IPv4.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_TARGET_H
#define TESTS_WORLD_TARGET_H

#include "tests/world/host.h"

enum target_verdict {
    TARGET_FOUND,
    TARGET_LATER,  /* an address may come: look again at TARGET_AGAIN_NS */
    TARGET_NOWHERE /* none has come for so long that the program gives up */
};
#define TARGET_AGAIN_NS (200 * WORLD_MS)

/* v6: the program would like IPv6, and waits wait_ns from since_ns on for both to have an address; IPv4 must do then, if both
 * have that. */
struct target_wish {
    bool v6;
    uint64_t since_ns, wait_ns;
};
enum target_verdict target_find(const struct host *from, const struct host *to,
                                const struct target_wish *wish, struct target *out);

#endif
