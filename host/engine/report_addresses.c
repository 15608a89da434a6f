/* What the engine tells of its addresses, as JSON: link, addresses of both families, routes, neighbours, lease.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "host/engine/report.h"

enum { ROUTES_MAX = 64, NEIGHBORS_MAX = 1024, OWN6_MAX = 32, DNS6_MAX = 8 };

static void add_address(struct json_object *object, const char *name, const struct address *address)
{
    char text[ADDRESS_TEXT_BYTES];

    report_add_text(object, name,
                    address_is_unspecified(address) ? NULL : address_format(address, text));
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
    report_add(object, "obtained_ms_ago", (engine->now_ns - lease->obtained_ns) / 1000000);
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
    report_add(object, "speed_mbps", status->speed_mbps);
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
        report_add_text(row, "prefix",
                        routes[i].prefix_len || !address_is_v4(&routes[i].gateway)
                            ? address_format(&routes[i].prefix, text)
                            : "0.0.0.0");
        report_add(row, "prefix_len", routes[i].prefix_len);
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
        report_add_mac(row, neighbors[i].mac);
        report_add_text(row, "state", state < state_count ? states[state] : "");
        report_add(row, "age_ms", (engine->now_ns - neighbors[i].updated_ns) / 1000000);
        json_object_array_add(array, row);
    }
    return array;
}

/* Of one of our addresses, a router or a prefix: its key, and how long it holds. */
static struct json_object *advertised_json(const struct engine *engine, const char *key,
                                           const struct stack_advertised6 *at)
{
    struct json_object *row = json_object_new_object();
    char text[ADDRESS_TEXT_BYTES];

    report_add_text(row, key, address_format(&at->address, text));
    if (at->prefix_len < 128)
        report_add(row, "prefix_len", at->prefix_len);
    add_until(row, "expires_ms", engine->now_ns, at->expires_ns);
    return row;
}

static struct json_object *own6_json(const struct engine *engine)
{
    static const char *const states[] = {"tentative", "preferred", "deprecated", "duplicate"};
    static const char *const origins[] = {"link-local", "autoconf", "static"};
    struct stack_address6 own[OWN6_MAX];
    int count = stack_addresses6(engine->stack, own, OWN6_MAX);
    struct json_object *array = json_object_new_array();

    for (int i = 0; i < count; i++) {
        struct json_object *row = json_object_new_object();

        add_address(row, "address", &own[i].address);
        report_add(row, "prefix_len", own[i].prefix_len);
        report_add_text(row, "scope", own[i].origin == ADDRESS6_LINK_LOCAL ? "link" : "global");
        report_add_text(row, "state", states[own[i].state]);
        report_add_text(row, "source", origins[own[i].origin]);
        add_until(row, "preferred_ms", engine->now_ns, own[i].preferred_until_ns);
        add_until(row, "valid_ms", engine->now_ns, own[i].valid_until_ns);
        json_object_array_add(array, row);
    }
    return array;
}

static struct json_object *ipv6_json(const struct engine *engine)
{
    static const char *const states[] = {"no link", "probing", "asking", "ready"};
    struct stack_advertised6 list[ROUTES_MAX];
    struct address servers[DNS6_MAX];
    struct json_object *object, *routers = json_object_new_array(),
                                *prefixes = json_object_new_array(), *dns = json_object_new_array();
    char text[ADDRESS_TEXT_BYTES];
    int count = stack_routers6(engine->stack, list, ROUTES_MAX);

    for (int i = 0; i < count; i++)
        json_object_array_add(routers, advertised_json(engine, "address", &list[i]));
    count = stack_prefixes6(engine->stack, list, ROUTES_MAX);
    for (int i = 0; i < count; i++)
        json_object_array_add(prefixes, advertised_json(engine, "prefix", &list[i]));
    count = stack_dns6(engine->stack, servers, DNS6_MAX);
    for (int i = 0; i < count; i++)
        json_object_array_add(dns, json_object_new_string(address_format(&servers[i], text)));
    object = json_object_new_object();
    report_add_text(object, "state", states[stack_state6(engine->stack)]);
    json_object_object_add(object, "addresses", own6_json(engine));
    json_object_object_add(object, "routers", routers);
    json_object_object_add(object, "prefixes", prefixes);
    json_object_object_add(object, "dns", dns);
    return object;
}

struct json_object *report_addresses(struct engine *engine)
{
    static const char *const states[] = {"no link", "asking", "probing", "ready", "conflict"};
    const struct stack_lease *lease = stack_lease(engine->stack);
    struct json_object *report = json_object_new_object();
    const struct address none = {{0}};

    report_add_text(report, "state", states[stack_state(engine->stack)]);
    json_object_object_add(report, "link", link_json(engine));
    report_add_mac(report, lan_info(engine->lan)->mac);
    report_add(report, "mtu", device_mtu(engine));
    add_address(report, "address", lease ? &lease->address : &none);
    report_add(report, "prefix_len", lease ? lease->prefix_len : 0);
    report_add_text(report, "source",
                    !lease              ? NULL
                    : lease->link_local ? "link-local"
                    : lease->from_dhcp  ? "dhcp"
                                        : "static");
    json_object_object_add(report, "ipv6", ipv6_json(engine));
    json_object_object_add(report, "routes", routes_json(engine));
    json_object_object_add(report, "neighbors", neighbors_json(engine));
    json_object_object_add(report, "lease", lease_json(engine, lease));
    return report;
}
