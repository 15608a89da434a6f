/* In place of setup_lwip.c where lwIP's source could not be had.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/bench/setup.h"
#include "tests/bench/stack_meter.h"

void setup_lwip_open(void)
{
    stream_die("this program was built without lwIP");
}

void setup_lwip_cycle(void)
{
}
