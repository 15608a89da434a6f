/* `ferrite up --interface`: a board as a network interface of the kernel.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_UP_INTERFACE_H
#define HOST_CLI_UP_INTERFACE_H

#include "host/cli/options.h"

/* Makes the interface called name and serves it until Ctrl-C, SIGTERM or SIGHUP. A board that is gone is waited for, unless
 * it is simulated in this process. Returns the exit code. */
int up_interface(const char *name, struct options *common);

#endif
