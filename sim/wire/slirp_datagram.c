/* Datagrams that leave the simulation. See slirp_datagram.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/slirp_datagram.h"

enum {
    IP_OFFSET = 14,
    IPV4_BYTES = 20,
    IPV6_BYTES = 40,
    ICMP = 1,
    UDP = 17,
    ICMPV6 = 58,
    ICMPV6_ECHO_REQUEST = 128,
    ICMPV6_ECHO_REPLY = 129,
    DHCP_SERVER_PORT = 67,
};

static bool is_datagram_v4(const uint8_t *bytes, size_t len, bool out)
{
    size_t udp;

    if (len < IP_OFFSET + IPV4_BYTES)
        return false;
    udp = IP_OFFSET + 4u * (bytes[IP_OFFSET] & 15);
    if (len < udp + 4)
        return false;
    if (bytes[IP_OFFSET + 9] == ICMP)
        return true;
    return bytes[IP_OFFSET + 9] == UDP &&
           !(out && (bytes[udp + 2] << 8 | bytes[udp + 3]) == DHCP_SERVER_PORT);
}

static bool is_datagram_v6(const uint8_t *bytes, size_t len)
{
    if (len < IP_OFFSET + IPV6_BYTES + 4)
        return false;
    return bytes[IP_OFFSET + 6] == UDP || (bytes[IP_OFFSET + 6] == ICMPV6 &&
                                           (bytes[IP_OFFSET + IPV6_BYTES] == ICMPV6_ECHO_REQUEST ||
                                            bytes[IP_OFFSET + IPV6_BYTES] == ICMPV6_ECHO_REPLY));
}

bool slirp_datagram(const uint8_t *bytes, size_t len, bool out)
{
    unsigned type = len < IP_OFFSET ? 0 : bytes[12] << 8 | bytes[13];

    return type == 0x0800 ? is_datagram_v4(bytes, len, out)
                          : type == 0x86dd && is_datagram_v6(bytes, len);
}
