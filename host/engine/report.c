/* What the engine tells about itself, as JSON: counters, the device. (Addresses: report_addresses.c; the sockets:
 * report_sockets.c.)
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/engine/report.h"

void report_add(struct json_object *object, const char *name, uint64_t value)
{
    json_object_object_add(object, name, json_object_new_uint64(value));
}

void report_add_text(struct json_object *object, const char *name, const char *text)
{
    json_object_object_add(object, name, text ? json_object_new_string(text) : NULL);
}

void report_add_mac(struct json_object *object, const uint8_t mac[6])
{
    char text[18];

    snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
             mac[4], mac[5]);
    report_add_text(object, "mac", text);
}

static struct json_object *stack_counters_json(const struct engine *engine)
{
    const struct stack_counters *counters = stack_counters(engine->stack);
    struct json_object *object = json_object_new_object();

#define X(name, meaning) report_add(object, #name, counters->name);
#include "host/stack/counters.def"
#undef X
    return object;
}

static struct json_object *driver_counters_json(const struct engine *engine)
{
    const struct lan_counters *counters = lan_counters(engine->lan);
    struct json_object *object = json_object_new_object();

    report_add(object, "tx_packets", counters->tx_frames);
    report_add(object, "tx_bytes", counters->tx_bytes);
    report_add(object, "tx_transfers", counters->tx_transfers);
    report_add(object, "rx_packets", counters->rx_frames);
    report_add(object, "rx_bytes", counters->rx_bytes);
    report_add(object, "rx_transfers", counters->rx_transfers);
    report_add(object, "rx_bad_records", counters->rx_bad_records);
    report_add(object, "tx_no_room", counters->tx_no_room);
    report_add(object, "stalls", counters->stalls);
    report_add(object, "transfer_errors", counters->transfer_errors);
    report_add(object, "recoveries", counters->recoveries);
    report_add(object, "tx_lost", counters->tx_lost);
    report_add(object, "rx_discarded", counters->rx_discarded);
    return object;
}

static struct json_object *report_counters(struct engine *engine)
{
    struct json_object *report = json_object_new_object(), *own = json_object_new_object();

    report_add(own, "descriptors", engine->descriptor_count);
    report_add(own, "requests", engine->request_count);
    report_add(own, "datagrams_dropped", engine->datagrams_dropped);
    report_add(own, "connections_refused", engine->connections_refused);
    report_add(own, "replugs", engine->replugs);
    report_add(own, "now_ns", engine->now_ns);
    report_add(own, "started_ns", engine->started_ns);
    json_object_object_add(report, "stack", stack_counters_json(engine));
    json_object_object_add(report, "driver", driver_counters_json(engine));
    json_object_object_add(report, "engine", own);
    return report;
}

static struct json_object *report_device(struct engine *engine)
{
    static const char *const speeds[] = {"unknown", "low", "full", "high"};
    const struct lan_info *info = lan_info(engine->lan);
    struct json_object *report = json_object_new_object();
    char version[16];

    snprintf(version, sizeof version, "%u.%u", info->version_major, info->version_minor);
    report_add_text(report, "board", info->board);
    report_add_text(report, "serial", info->serial);
    report_add_text(report, "transport", info->transport);
    report_add_text(report, "version", version);
    report_add(report, "features", info->features);
    report_add(report, "max_frame", info->max_frame);
    report_add(report, "clock_hz", info->clock_hz);
    report_add_mac(report, info->mac);
    report_add_text(report, "speed", speeds[engine->transport->speed & 3]);
    report_add_text(report, "error",
                    engine->gone || engine->away ? strerror(engine->away ? ENODEV : -engine->gone)
                                                 : NULL);
    return report;
}

static int text_file(const char *text, size_t len)
{
    int file = memfd_create("ferrite-report", MFD_CLOEXEC);
    size_t done = 0;

    while (file >= 0 && done < len) {
        ssize_t put = write(file, text + done, len - done);
        if (put <= 0) {
            close(file);
            return -ENOSPC;
        }
        done += (size_t)put;
    }
    return file < 0 ? -errno : file;
}

int report_make(struct engine *engine, const char *what, uint32_t *len)
{
    static const struct {
        const char *word;
        struct json_object *(*make)(struct engine *engine);
    } reports[] = {{"sockets", report_sockets},
                   {"addresses", report_addresses},
                   {"counters", report_counters},
                   {"device", report_device}};

    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++)
        if (!strcmp(what, reports[i].word)) {
            struct json_object *report = reports[i].make(engine);
            const char *text = json_object_to_json_string_ext(report, JSON_C_TO_STRING_PLAIN);
            int file = text_file(text, strlen(text));
            *len = (uint32_t)strlen(text);
            json_object_put(report);
            return file;
        }
    return -ENOENT;
}
