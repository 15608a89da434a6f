/* Options of the protocol stack: addresses and how they are had, TCP.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "host/cli/options_internal.h"
#include "host/stack/tcp_congestion.h"

enum { MAC_TEXT_LENGTH = 17 };

int options_take_address(struct options *options, const char *value)
{
    options->address_given = true;
    if (!address_parse_prefix(value, &options->address, &options->prefix_len))
        return 0;
    return options_bad("--address", value,
                       "give an IPv4 address with its prefix length, as in 10.0.2.15/24");
}

int options_take_gateway(struct options *options, const char *value)
{
    if (!address_parse(value, &options->gateway))
        return 0;
    return options_bad("--gateway", value, "give an IPv4 address, as in 10.0.2.2");
}

int options_take_dns(struct options *options, const char *value)
{
    if (options->dns_count == OPTIONS_MAX_DNS)
        return options_bad("--dns", value, "three name servers are the most");
    if (endpoint_parse(value, 53, &options->dns[options->dns_count]))
        return options_bad("--dns", value, "give an IPv4 address, as in 10.0.2.3 or 10.0.2.3:5353");
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
