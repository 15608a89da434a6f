/* The peer's part of ARP and of neighbour discovery, where a script leaves it to us.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_CONFORMANCE_DISCOVERY_H
#define TESTS_CONFORMANCE_DISCOVERY_H

#include "tests/conformance/script.h"

enum { ANSWER_MOST = 86 };

/* What becomes of a frame of the stack. */
enum discovery {
    DISCOVERY_SHOW,   /* the script must have it */
    DISCOVERY_HIDE,   /* nobody looks at it */
    DISCOVERY_ANSWER, /* nobody but the peer, who answers */
};
enum discovery discovery_of(const struct settings *settings, const uint8_t *frame, size_t length);
/* Every address is the peer's: the answer to an ARP request or a solicitation. Returns its length. */
size_t discovery_answer(const uint8_t *asked, uint8_t *answer);

#endif
