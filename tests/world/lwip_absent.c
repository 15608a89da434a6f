/* In place of lwip_host.c where lwIP's source could not be had: no world has an lwIP host.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/host.h"

const bool lwip_is_there = false;
const struct host_ops lwip_ops = {0};
