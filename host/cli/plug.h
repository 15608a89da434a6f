/* A board that may come later, or come back: what `ferrite up` waits for.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_PLUG_H
#define HOST_CLI_PLUG_H

#include "host/cli/session.h"

struct libusb_watch;

struct plug {
    struct options options; /* device is the board that is looked for */
    char serial[64];        /* of the first board, if none was named */
    struct libusb_watch
        *watch;           /* NULL: nothing tells of boards, and once a second one is looked for */
    struct replug replug; /* for an engine */
};

/* Opens the board that the options name, and where it is to be plugged into this machine's USB waits until it is. Returns
 * 0, or a negative errno after a message on stderr. */
int plug_open(struct plug *plug, const struct options *options, struct transport **out);
void plug_close(struct plug *plug);
/* For engine_config.replug; NULL if the board is simulated in this process, and so is never unplugged. */
const struct replug *plug_replug(const struct plug *plug);

#endif
