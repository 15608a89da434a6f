/* In place of path_lwip.c where lwIP's source could not be had.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/bench/path_lwip.h"
#include "tests/bench/stack_meter.h"

void path_lwip_open(struct path *path, int index)
{
    (void)path, (void)index;
    stream_die("this program was built without lwIP");
}
