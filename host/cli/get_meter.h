/* The progress bar of `ferrite get`, on a terminal.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_GET_METER_H
#define HOST_CLI_GET_METER_H

#include "host/cli/get_lane.h"

/* Arms the bar where standard error is a terminal and the body goes elsewhere. */
void meter_start(struct lane *lane);
void meter_end(struct lane *lane);

#endif
