/* What the engine tells about itself, as JSON: addresses, counters, the device. (The sockets:
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

#include "host/engine/engine_internal.h"

enum { ROUTES_MAX = 64, NEIGHBORS_MAX = 1024 };

static void add(struct json_object *object, const char *name, uint64_t value)
{
    json_object_object_add(object, name, json_object_new_uint64(value));
}

static void add_text(struct json_object *object, const char *name, const char *text)
{
    json_object_object_add(object, name, text ? json_object_new_string(text) : NULL);
}

static void add_address(struct json_object *object, const char *name, const struct address *address)
{
    char text[ADDRESS_TEXT_BYTES];

    add_text(object, name, address_is_unspecified(address) ? NULL : address_format(address, text));
}

static void add_mac(struct json_object *object, const uint8_t mac[6])
{
    char text[18];

    snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
             mac[4], mac[5]);
    add_text(object, "mac", text);
}

/* Milliseconds from now until at; null for never. */
static void add_until(struct json_object *object, const char *name, uint64_t now, uint64_t at)
{
    struct json_object *value = NULL;

    if (at != UINT64_MAX)
        value = json_object_new_uint64(at > now ? (at - now) / 1000000 : 0);
    json_object_object_add(object, name, value);
}

static struct json_object *lease_json(const struct engine *engine, const struct stack_lease *lease)
{
    struct json_object *object, *dns;
    char text[ADDRESS_TEXT_BYTES];

    if (!lease)
        return NULL;
    object = json_object_new_object();
    dns = json_object_new_array();
    add_address(object, "server", &lease->server);
    add_address(object, "gateway", &lease->gateway);
    for (int i = 0; i < 3 && lease->dns[i].port; i++)
        json_object_array_add(dns, json_object_new_string(endpoint_format(&lease->dns[i], text)));
    json_object_object_add(object, "dns", dns);
    add(object, "obtained_ms_ago", (engine->now_ns - lease->obtained_ns) / 1000000);
    add_until(object, "renew_ms", engine->now_ns, lease->renew_ns);
    add_until(object, "rebind_ms", engine->now_ns, lease->rebind_ns);
    add_until(object, "expires_ms", engine->now_ns, lease->expires_ns);
    return object;
}

static struct json_object *link_json(const struct engine *engine)
{
    const struct lan_status *status = lan_status(engine->lan);
    struct json_object *object = json_object_new_object();

    json_object_object_add(object, "up", json_object_new_boolean(status->link && !engine->gone));
    add(object, "speed_mbps", status->speed_mbps);
    json_object_object_add(object, "full_duplex", json_object_new_boolean(status->full_duplex));
    return object;
}

static struct json_object *routes_json(const struct engine *engine)
{
    struct stack_route routes[ROUTES_MAX];
    int count = stack_routes(engine->stack, routes, ROUTES_MAX);
    struct json_object *array = json_object_new_array();

    for (int i = 0; i < count; i++) {
        struct json_object *row = json_object_new_object();
        char text[ADDRESS_TEXT_BYTES];
        add_text(row, "prefix",
                 routes[i].prefix_len ? address_format(&routes[i].prefix, text) : "0.0.0.0");
        add(row, "prefix_len", routes[i].prefix_len);
        add_address(row, "gateway", &routes[i].gateway);
        json_object_array_add(array, row);
    }
    return array;
}

static struct json_object *neighbors_json(const struct engine *engine)
{
    static const char *const states[] = {"incomplete", "reachable", "stale"};
    static const int state_count = sizeof states / sizeof *states;
    struct stack_neighbor neighbors[NEIGHBORS_MAX];
    int count = stack_neighbors(engine->stack, neighbors, NEIGHBORS_MAX);
    struct json_object *array = json_object_new_array();

    for (int i = 0; i < count; i++) {
        struct json_object *row = json_object_new_object();
        int state = (int)neighbors[i].state;
        add_address(row, "address", &neighbors[i].address);
        add_mac(row, neighbors[i].mac);
        add_text(row, "state", state < state_count ? states[state] : "");
        add(row, "age_ms", (engine->now_ns - neighbors[i].updated_ns) / 1000000);
        json_object_array_add(array, row);
    }
    return array;
}

static struct json_object *report_addresses(struct engine *engine)
{
    static const char *const states[] = {"no link", "asking", "probing", "ready", "conflict"};
    const struct stack_lease *lease = stack_lease(engine->stack);
    struct json_object *report = json_object_new_object();
    const struct address none = {{0}};

    add_text(report, "state", states[stack_state(engine->stack)]);
    json_object_object_add(report, "link", link_json(engine));
    add_mac(report, lan_info(engine->lan)->mac);
    add(report, "mtu", device_mtu(engine));
    add_address(report, "address", lease ? &lease->address : &none);
    add(report, "prefix_len", lease ? lease->prefix_len : 0);
    add_text(report, "source",
             !lease              ? NULL
             : lease->link_local ? "link-local"
             : lease->from_dhcp  ? "dhcp"
                                 : "static");
    json_object_object_add(report, "routes", routes_json(engine));
    json_object_object_add(report, "neighbors", neighbors_json(engine));
    json_object_object_add(report, "lease", lease_json(engine, lease));
    return report;
}

static struct json_object *stack_counters_json(const struct engine *engine)
{
    const struct stack_counters *counters = stack_counters(engine->stack);
    struct json_object *object = json_object_new_object();

#define X(name, meaning) add(object, #name, counters->name);
#include "host/stack/counters.def"
#undef X
    return object;
}

static struct json_object *driver_counters_json(const struct engine *engine)
{
    const struct lan_counters *counters = lan_counters(engine->lan);
    struct json_object *object = json_object_new_object();

    add(object, "tx_packets", counters->tx_frames);
    add(object, "tx_bytes", counters->tx_bytes);
    add(object, "tx_transfers", counters->tx_transfers);
    add(object, "rx_packets", counters->rx_frames);
    add(object, "rx_bytes", counters->rx_bytes);
    add(object, "rx_transfers", counters->rx_transfers);
    add(object, "rx_bad_records", counters->rx_bad_records);
    add(object, "tx_no_room", counters->tx_no_room);
    add(object, "stalls", counters->stalls);
    add(object, "transfer_errors", counters->transfer_errors);
    add(object, "recoveries", counters->recoveries);
    add(object, "tx_lost", counters->tx_lost);
    add(object, "rx_discarded", counters->rx_discarded);
    return object;
}

static struct json_object *report_counters(struct engine *engine)
{
    struct json_object *report = json_object_new_object(), *own = json_object_new_object();

    add(own, "descriptors", engine->descriptor_count);
    add(own, "requests", engine->request_count);
    add(own, "datagrams_dropped", engine->datagrams_dropped);
    add(own, "connections_refused", engine->connections_refused);
    add(own, "replugs", engine->replugs);
    add(own, "now_ns", engine->now_ns);
    add(own, "started_ns", engine->started_ns);
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
    add_text(report, "board", info->board);
    add_text(report, "serial", info->serial);
    add_text(report, "transport", info->transport);
    add_text(report, "version", version);
    add(report, "features", info->features);
    add(report, "max_frame", info->max_frame);
    add(report, "clock_hz", info->clock_hz);
    add_mac(report, info->mac);
    add_text(report, "speed", speeds[engine->transport->speed & 3]);
    add_text(report, "error",
             engine->gone || engine->away ? strerror(engine->away ? ENODEV : -engine->gone) : NULL);
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
