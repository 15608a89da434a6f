/* Watches for boards that are plugged in, by libusb's hotplug events.
 *
 * SPDX-License-Identifier: MIT
 */
#include "driver/libusb_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/time.h>

struct libusb_watch {
    libusb_context *context;
    bool news;
};

static int LIBUSB_CALL on_arrival(libusb_context *context, libusb_device *device,
                                  libusb_hotplug_event event, void *user)
{
    (void)context, (void)device, (void)event;
    ((struct libusb_watch *)user)->news = true;
    return 0; /* go on watching */
}

static int watch_start(struct libusb_watch *watch)
{
    int code = libusb_error_translate(libusb_init(&watch->context));

    if (code)
        return code;
    code = libusb_error_translate(libusb_hotplug_register_callback(
        watch->context, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED, LIBUSB_HOTPLUG_NO_FLAGS, BOARD_VENDOR,
        BOARD_PRODUCT, LIBUSB_HOTPLUG_MATCH_ANY, on_arrival, watch, NULL));
    if (code)
        libusb_exit(watch->context);
    return code;
}

int libusb_watch_open(struct libusb_watch **out)
{
    struct libusb_watch *watch = calloc(1, sizeof *watch);
    int code = watch ? watch_start(watch) : -ENOMEM;

    if (code)
        free(watch);
    else
        *out = watch;
    return code;
}

int libusb_watch_fds(struct libusb_watch *watch, struct pollfd *fds, int max)
{
    return libusb_fds_copy(watch->context, fds, max);
}

bool libusb_watch_news(struct libusb_watch *watch)
{
    struct timeval now = {0};
    bool news;

    libusb_handle_events_timeout_completed(watch->context, &now, NULL);
    news = watch->news;
    watch->news = false;
    return news;
}

void libusb_watch_close(struct libusb_watch *watch)
{
    libusb_exit(watch->context); /* ends the callback, too */
    free(watch);
}
