/* Options of the protocol stack: addresses and how they are had, TCP.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "host/cli/options_internal.h"
#include "host/stack/tcp_congestion.h"

enum { MAC_TEXT_LENGTH = 17 };

/* One that a station can have. */
static bool is_for_a_station(const struct address *address)
{
    return !address_is_unspecified(address) && !address_is_multicast(address) &&
           !address_is_loopback(address) && !address_is_broadcast(address);
}

static int take_address4(struct options *options, const char *value, const struct address *address,
                         unsigned len)
{
    if (options->address_given)
        return options_bad("--address", value,
                           "there is one of IPv4 already: give one of IPv4, and those of IPv6");
    options->address_given = true;
    options->address = *address;
    options->prefix_len = len;
    return 0;
}

static int take_address6(struct options *options, const char *value, const struct address *address,
                         unsigned len)
{
    for (unsigned i = 0; i < options->static6_count; i++)
        if (address_equal(&options->static6[i].address, address))
            return options_bad("--address", value, "it is given twice: leave one of them out");
    if (options->static6_count == STACK_STATIC6)
        return options_bad("--address", value,
                           "four addresses of IPv6 are the most: leave the others out");
    options->static6[options->static6_count++] = (struct stack_static6){*address, len};
    return 0;
}

int options_take_address(struct options *options, const char *value)
{
    struct address address;
    unsigned len;

    if (address_parse_prefix(value, &address, &len) || !is_for_a_station(&address))
        return options_bad("--address", value,
                           "give a station's address with its prefix length, as in 10.0.2.15/24 "
                           "or fd00::15/64");
    return address_is_v4(&address) ? take_address4(options, value, &address, len)
                                   : take_address6(options, value, &address, len);
}

int options_take_gateway(struct options *options, const char *value)
{
    struct address gateway;

    if (address_parse(value, &gateway) || !is_for_a_station(&gateway))
        return options_bad("--gateway", value,
                           "give a router's address, as in 10.0.2.2 or fe80::1");
    *(address_is_v4(&gateway) ? &options->gateway : &options->gateway6) = gateway;
    return 0;
}

int options_check_addresses(const struct options *options)
{
    bool lone4 = !options->address_given && !address_is_unspecified(&options->gateway);
    bool lone6 = !options->static6_count && !address_is_unspecified(&options->gateway6);
    char text[ADDRESS_TEXT_BYTES];

    if (lone4 || lone6)
        return options_bad("--gateway",
                           address_format(lone4 ? &options->gateway : &options->gateway6, text),
                           lone4 ? "it needs an --address of IPv4 beside it, as in 10.0.2.15/24"
                                 : "it needs an --address of IPv6 beside it, as in fd00::15/64");
    if (options->family == AF_INET6
            ? options->address_given && !options->static6_count
            : options->family == AF_INET && options->static6_count && !options->address_given) {
        address_format(options->address_given ? &options->address : &options->static6[0].address,
                       text);
        return options_bad("--address", text,
                           options->family == AF_INET
                               ? "-4 does without it: leave one of them out"
                               : "-6 does without it: leave one of them out");
    }
    return 0;
}

int options_take_dns(struct options *options, const char *value)
{
    if (options->dns_count == OPTIONS_MAX_DNS)
        return options_bad("--dns", value, "three name servers are the most");
    if (endpoint_parse(value, 53, &options->dns[options->dns_count]))
        return options_bad("--dns", value,
                           "give an address, as in 10.0.2.3, 10.0.2.3:5353, fd00::3 or "
                           "[fd00::3]:5353");
    options->dns_count++;
    return 0;
}

int options_take_patience(struct options *options, const char *value)
{
    unsigned long seconds;
    int error = options_number("--dhcp-patience", value, 1, 3600, &seconds);

    options->dhcp_patience_s = (unsigned)seconds;
    return error;
}

int options_take_mac(struct options *options, const char *value)
{
    uint8_t *m = options->mac;
    int end = -1;

    if (sscanf(value, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &m[0], &m[1], &m[2], &m[3], &m[4],
               &m[5], &end) == 6 &&
        end == MAC_TEXT_LENGTH && !value[end] && !(m[0] & 1) && memcmp(m, (uint8_t[6]){0}, 6))
        return 0;
    return options_bad("--mac", value, "give a station's address, as in 02:46:45:00:00:02");
}

int options_take_congestion(struct options *options, const char *value)
{
    options->congestion = value;
    if (tcp_congestion_find(value))
        return 0;
    return options_bad("--congestion", value, "give cubic, newreno, vegas, westwood or bic");
}
