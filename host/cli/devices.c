/* ferrite devices: the boards that are plugged in, and those that a USB/IP server exports.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "driver/libusb.h"
#include "driver/usbip.h"
#include "host/cli/commands.h"
#include "host/cli/options.h"

struct devices {
    bool json;
    json_object *rows;
};

static void help(void)
{
    puts("usage: ferrite devices [options]\n"
         "Lists the boards on this machine's USB, or with --device usbip:HOST[:PORT] those that "
         "the server there exports.\n"
         "What stands in the first column is what --device takes. Exit 1 if there is none.\n");
}

static const char *speed_name(enum transport_speed speed)
{
    static const char *const names[] = {"unknown speed", "low speed", "full speed", "high speed"};

    return (unsigned)speed < 4 ? names[speed] : names[0];
}

static void show(struct devices *devices, const char *name, const char *port,
                 enum transport_speed speed, int error)
{
    json_object *row;

    if (!devices->json) {
        printf("%-20s %-12s %-12s %s\n", name, port, speed_name(speed),
               error ? strerror(-error) : "ready");
        return;
    }
    row = json_object_new_object();
    json_object_object_add(row, "device", json_object_new_string(name));
    json_object_object_add(row, "port", json_object_new_string(port));
    json_object_object_add(row, "speed", json_object_new_string(speed_name(speed)));
    json_object_object_add(row, "error", error ? json_object_new_string(strerror(-error)) : NULL);
    json_object_array_add(devices->rows, row);
}

static void found_usb(void *user, const struct libusb_board *board)
{
    show(user, *board->serial ? board->serial : board->port, board->port, board->speed,
         board->error);
}

static void found_usbip(void *user, const struct usbip_device *device)
{
    char name[80];

    snprintf(name, sizeof name, "%04x:%04x", device->vendor, device->product);
    show(user, name, device->busid, device->speed, 0);
}

static int list(struct devices *devices, const char *device)
{
    char error[400] = "";
    int count;

    if (device && strncmp(device, "usbip:", 6)) {
        fprintf(stderr, "ferrite: devices: '%s': only usbip:HOST[:PORT] can be asked for boards\n",
                device);
        return EXIT_USAGE;
    }
    count = device ? usbip_list(device + 6, found_usbip, devices, error, sizeof error)
                   : libusb_transport_list(found_usb, devices, error, sizeof error);
    if (count < 0) {
        fprintf(stderr, "ferrite: devices: %s\n", error);
        return EXIT_FAILED;
    }
    if (devices->json)
        puts(json_object_to_json_string_ext(devices->rows, JSON_C_TO_STRING_PRETTY));
    else if (!count)
        fprintf(stderr, "ferrite: no board is plugged in; --sim brings a simulated one along\n");
    return count ? EXIT_OK : EXIT_FAILED;
}

int command_devices(int argc, char **argv)
{
    struct command_options command = {"", NULL, options_take_none, NULL, help};
    struct devices devices;
    struct options common = {0};
    int first, code = options_parse(argc, argv, &common, &command, &first);

    if (code)
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    if (first != argc) {
        fprintf(stderr, "ferrite: devices: '%s' is not expected; try 'ferrite devices --help'\n",
                argv[first]);
        return EXIT_USAGE;
    }
    devices = (struct devices){.json = common.json, .rows = json_object_new_array()};
    code = list(&devices, common.device);
    json_object_put(devices.rows);
    return code;
}
