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
         "Shows the link, the address and where it comes from, routes, neighbours and the DHCP "
         "lease.\n");
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
    show_lists(report);
    show_lease(report);
    return EXIT_OK;
}

int command_ip(int argc, char **argv)
{
    struct command_options command = {"", NULL, options_take_none, NULL, help};
    struct options common = {0};

    return report_command(argc, argv, &command, &common, "addresses", NULL, show);
}
