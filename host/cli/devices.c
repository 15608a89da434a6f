/* ferrite devices: the boards that are plugged in, and those that a USB/IP server exports.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "driver/libusb.h"
#include "driver/registers.h"
#include "driver/usbip.h"
#include "host/cli/commands.h"
#include "host/cli/options.h"

struct devices {
    bool json, verbose;
    json_object *rows;
};

static void help(void)
{
    puts("usage: ferrite devices [options]\n"
         "Lists the boards on this machine's USB, or with --device usbip:HOST[:PORT] those that "
         "the server there exports.\n"
         "Serial number, port, speed, version of the gateware, what it does by itself, and whether "
         "it can be had.\n"
         "With -v also whether the kernel copies what transfers carry.\n"
         "What stands in the first column is what --device takes. Exit 1 if there is none.\n");
}

static const char *speed_name(enum transport_speed speed)
{
    static const char *const names[] = {"unknown speed", "low speed", "full speed", "high speed"};

    return (unsigned)speed < 4 ? names[speed] : names[0];
}

/* One board as the user sees it; version and features only if registers_read. */
struct row {
    const char *name, *port;
    enum transport_speed speed;
    int error;
    bool registers_read;
    uint32_t version, features;
    const char *memory; /* NULL: not known */
};

static const char *state_name(int error)
{
    return !error ? "ready" : error == -EBUSY ? "in use" : strerror(-error);
}

/* The bits of FEATURES in words. */
static void features_name(uint32_t features, char *text, size_t room)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {{REG_FEATURES_CSUM_SEND, "csum"},
                 {REG_FEATURES_TSO4, "tso4"},
                 {REG_FEATURES_TSO6, "tso6"},
                 {REG_FEATURES_USO, "uso"},
                 {REG_FEATURES_CSUM_RECEIVE, "verify"},
                 {REG_FEATURES_MERGE, "merge"},
                 {REG_FEATURES_MULTICAST_HASH, "groups"}};
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0] && len < room; i++)
        if (features & names[i].bit)
            len += (size_t)snprintf(text + len, room - len, "%s%s", len ? "," : "", names[i].name);
}

static void show_json(struct devices *devices, const struct row *board, const char *version,
                      const char *features)
{
    json_object *row = json_object_new_object();
    const char *error = board->error ? strerror(-board->error) : NULL;

    json_object_object_add(row, "device", json_object_new_string(board->name));
    json_object_object_add(row, "port", json_object_new_string(board->port));
    json_object_object_add(row, "speed", json_object_new_string(speed_name(board->speed)));
    json_object_object_add(row, "gateware",
                           board->registers_read ? json_object_new_string(version) : NULL);
    json_object_object_add(row, "features",
                           board->registers_read ? json_object_new_string(features) : NULL);
    json_object_object_add(row, "memory",
                           board->memory ? json_object_new_string(board->memory) : NULL);
    json_object_object_add(row, "error", error ? json_object_new_string(error) : NULL);
    json_object_array_add(devices->rows, row);
}

static void show(struct devices *devices, const struct row *board)
{
    char version[16] = "-", features[64] = "-";

    if (board->registers_read) {
        snprintf(version, sizeof version, "%u.%u", board->version >> 16, board->version & 0xFFFF);
        features_name(board->features, features, sizeof features);
    }
    if (devices->json)
        show_json(devices, board, version, features);
    else
        printf("%-18s %-8s %-11s %-6s %-34s %s\n", board->name, board->port,
               speed_name(board->speed), version, features, state_name(board->error));
    if (!devices->json && devices->verbose && board->memory)
        printf("%-18s %s\n", "", board->memory);
}

/* What becomes of the data of transfers between this program and the host controller. */
static const char *memory_name(bool zero_copy)
{
    return zero_copy ? "transfers without a copy, in the kernel's memory"
                     : "transfers copied by the kernel, as it gives no memory of its own";
}

static void found_usb(void *user, const struct libusb_board *board)
{
    const struct row row = {*board->serial ? board->serial : board->port,
                            board->port,
                            board->speed,
                            board->error,
                            board->registers_read,
                            board->version,
                            board->features,
                            board->error == -EACCES ? NULL : memory_name(board->zero_copy)};

    show(user, &row);
}

static void found_usbip(void *user, const struct usbip_device *device)
{
    char name[80];
    const struct row row = {.name = name, .port = device->busid, .speed = device->speed};

    snprintf(name, sizeof name, "%04x:%04x", device->vendor, device->product);
    show(user, &row);
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
    devices = (struct devices){
        .json = common.json, .verbose = common.verbose, .rows = json_object_new_array()};
    code = list(&devices, common.device);
    json_object_put(devices.rows);
    return code;
}
