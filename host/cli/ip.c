/* ferrite ip: the address, the link, routes, neighbours and the lease.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "host/cli/commands.h"
#include "host/cli/report.h"

static void help(void)
{
    puts("usage: ferrite ip [options]\n"
         "Shows the link, the addresses with where they come from, their scope and state, routes, "
         "neighbours, the DHCP\n"
         "lease, and what IPv6 routers have told and for how long.\n");
}

static void show_link(json_object *report)
{
    json_object *link = report_member(report, "link");

    printf("link      %s", json_object_get_boolean(report_member(link, "up")) ? "up" : "down");
    if (json_object_get_boolean(report_member(link, "up")))
        printf(", %.0f Mbit/s %s duplex", report_number(link, "speed_mbps"),
               json_object_get_boolean(report_member(link, "full_duplex")) ? "full" : "half");
    printf(", MAC %s, MTU %.0f\n", report_text(report, "mac", "-"), report_number(report, "mtu"));
}

static void show_address(json_object *report)
{
    if (report_has(report, "address"))
        printf("address   %s/%.0f (%s)\n", report_text(report, "address", "-"),
               report_number(report, "prefix_len"), report_text(report, "source", "-"));
    else
        printf("address   none: %s\n", report_text(report, "state", "-"));
}

/* ", KEY in 30 s", or "" if it is for ever. */
static const char *lasts(json_object *row, const char *key, const char *word, char text[48])
{
    text[0] = '\0';
    if (report_has(row, key))
        snprintf(text, 48, ", %s for %.0f s", word, report_number(row, key) / 1000);
    return text;
}

static void show_address6(json_object *row)
{
    char preferred[48], valid[48];

    printf("address   %s/%.0f (%s), scope %s, %s%s%s\n", report_text(row, "address", "-"),
           report_number(row, "prefix_len"), report_text(row, "source", "-"),
           report_text(row, "scope", "-"), report_text(row, "state", "-"),
           lasts(row, "preferred_ms", "preferred", preferred),
           lasts(row, "valid_ms", "valid", valid));
}

static void show_router(json_object *row)
{
    char text[48];

    printf("router    %s%s\n", report_text(row, "address", "-"),
           lasts(row, "expires_ms", "known", text));
}

static void show_prefix(json_object *row)
{
    char text[48];

    printf("prefix    %s/%.0f on link%s\n", report_text(row, "prefix", "-"),
           report_number(row, "prefix_len"), lasts(row, "expires_ms", "known", text));
}

static void show_server(json_object *row)
{
    printf("dns       %s\n", json_object_get_string(row));
}

static void show_each(json_object *array, void (*show_row)(json_object *row))
{
    size_t count = array ? json_object_array_length(array) : 0;

    for (size_t i = 0; i < count; i++)
        show_row(json_object_array_get_idx(array, i));
}

/* What routers have said, behind the addresses. */
static void show_ipv6(json_object *report)
{
    json_object *ipv6 = report_member(report, "ipv6");

    show_each(report_member(ipv6, "routers"), show_router);
    show_each(report_member(ipv6, "prefixes"), show_prefix);
    show_each(report_member(ipv6, "dns"), show_server);
}

static void show_lists(json_object *report)
{
    json_object *routes = report_member(report, "routes"),
                *neighbors = report_member(report, "neighbors");
    size_t count = routes ? json_object_array_length(routes) : 0;

    for (size_t i = 0; i < count; i++) {
        json_object *row = json_object_array_get_idx(routes, i);

        printf("route     %s/%.0f %s%s\n", report_text(row, "prefix", "-"),
               report_number(row, "prefix_len"), report_has(row, "gateway") ? "via " : "on link",
               report_text(row, "gateway", ""));
    }
    count = neighbors ? json_object_array_length(neighbors) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *row = json_object_array_get_idx(neighbors, i);

        printf("neighbor  %s at %s, %s, %.0f ms old\n", report_text(row, "address", "-"),
               report_text(row, "mac", "-"), report_text(row, "state", "-"),
               report_number(row, "age_ms"));
    }
}

/* A lease time in seconds, or "never". */
static const char *seconds(json_object *lease, const char *key, char text[24])
{
    if (report_has(lease, key))
        snprintf(text, 24, "in %.0f s", report_number(lease, key) / 1000);
    else
        strcpy(text, "never");
    return text;
}

static void show_lease(json_object *report)
{
    json_object *lease = report_member(report, "lease"), *dns = report_member(lease, "dns");
    char renew[24], expires[24];

    if (!lease)
        return;
    printf("lease     from %s, gateway %s, renewal %s, expires %s\n",
           report_text(lease, "server", "-"), report_text(lease, "gateway", "none"),
           seconds(lease, "renew_ms", renew), seconds(lease, "expires_ms", expires));
    for (size_t i = 0; dns && i < json_object_array_length(dns); i++)
        printf("dns       %s\n", json_object_get_string(json_object_array_get_idx(dns, i)));
}

static int show(json_object *report, void *user)
{
    (void)user;
    show_link(report);
    show_address(report);
    show_each(report_member(report_member(report, "ipv6"), "addresses"), show_address6);
    show_lists(report);
    show_lease(report);
    show_ipv6(report);
    return EXIT_OK;
}

int command_ip(int argc, char **argv)
{
    struct command_options command = {"", NULL, options_take_none, NULL, help};
    struct options common = {0};

    return report_command(argc, argv, &command, &common, "addresses", NULL, show);
}
