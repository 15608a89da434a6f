/* Waits for boards that are plugged in, for the first time or again.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/cli/plug.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "driver/libusb.h"

enum { MAX_FDS = 16, RETRY_MS = 1000 };

static int replug_fds(void *user, struct pollfd *fds, int max)
{
    struct plug *plug = user;

    return plug->watch ? libusb_watch_fds(plug->watch, fds, max) : 0;
}

static bool replug_news(void *user)
{
    struct plug *plug = user;

    return plug->watch && libusb_watch_news(plug->watch);
}

static int replug_open(void *user, struct transport **out, char *error, size_t error_len)
{
    char why[SESSION_MESSAGE_BYTES] = "";
    int code = session_try_transport(out, &((struct plug *)user)->options, why);

    snprintf(error, error_len, "%s", why);
    return code;
}

static void replug_told(void *user, int code, const char *text)
{
    (void)user;
    if (code)
        fprintf(stderr, "ferrite: up: %s: waiting for it\n", text);
    else
        fprintf(stderr, "ferrite: up: the board is back: %s\n", text);
}

static bool on_this_usb(const struct options *options)
{
    return !options_in_process(options) && !options_over_usbip(options);
}

/* Until something was plugged in, or a second. */
static void wait_for_news(struct plug *plug)
{
    struct pollfd fds[MAX_FDS];

    if (!replug_news(plug))
        poll(fds, (nfds_t)replug_fds(plug, fds, MAX_FDS), RETRY_MS);
}

/* Only a board that is not there is waited for: one that may not be opened stays so. */
static int wait_for_board(struct plug *plug, struct transport **out)
{
    char error[SESSION_MESSAGE_BYTES] = "";
    int code = session_try_transport(out, &plug->options, error);

    if (code == -ENODEV)
        replug_told(plug, code, error);
    while (code == -ENODEV) {
        wait_for_news(plug);
        code = session_try_transport(out, &plug->options, error);
    }
    if (code)
        fprintf(stderr, "ferrite: up: %s\n", error);
    return code;
}

int plug_open(struct plug *plug, const struct options *options, struct transport **out)
{
    int code;

    *plug = (struct plug){.options = *options,
                          .replug = {replug_open, replug_fds, replug_news, replug_told, plug}};
    if (!on_this_usb(options))
        return session_open_transport(out, options);
    if (libusb_watch_open(&plug->watch))
        plug->watch = NULL;
    code = wait_for_board(plug, out);
    if (code) {
        plug_close(plug);
        return code;
    }
    snprintf(plug->serial, sizeof plug->serial, "%s", (*out)->serial);
    if (!options->device && *plug->serial)
        plug->options.device = plug->serial;
    return 0;
}

void plug_close(struct plug *plug)
{
    if (plug->watch)
        libusb_watch_close(plug->watch);
    plug->watch = NULL;
}

const struct replug *plug_replug(const struct plug *plug)
{
    return options_in_process(&plug->options) ? NULL : &plug->replug;
}
