/* The stranger's ICMPv6 errors: about segments that are not under way (RFC 5927, 4.1), and that a datagram was too big, which nobody
 * can know to be false (RFC 8201, 6) and which must do no harm but fragments.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_STRANGER6_H
#define TESTS_WORLD_STRANGER6_H

#include "tests/world/world.h"

void stranger6_error(struct watch *watch, struct chance *chance);
/* Of one of the flows from host. Returns false if it has sent nothing over IPv6 yet. */
bool stranger6_too_big(struct host *host, struct chance *chance);

#endif
