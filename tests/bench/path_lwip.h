/* A host of a path with lwIP, and a program on it that connects to the receiver and always has more to send.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_BENCH_PATH_LWIP_H
#define TESTS_BENCH_PATH_LWIP_H

#include "tests/bench/path.h"

/* There is one lwIP in a process. Dies with a message if the program was built without. */
void path_lwip_open(struct path *path, int index);

#endif
