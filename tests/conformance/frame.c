/* Packets to frames and back: Ethernet, IPv4 and its ICMP. See packet.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/frame.h"

#include <string.h>

enum { IP_HEADER = 20, QUOTED = IP_HEADER + ICMP_QUOTED };

const uint8_t stack_mac[6] = {2, 0, 0, 0, 0, 1};

static uint64_t pseudo_sum(const uint8_t *ip, size_t length)
{
    uint64_t sum = ip[9] + length;
    for (int i = 12; i < 20; i += 2)
        sum += number_get(ip + i, 2);
    return sum;
}

static void header_write(uint8_t *ip, const struct packet *packet, const struct ip *source,
                         const struct ip *destination, uint8_t protocol, size_t length)
{
    memset(ip, 0, IP_HEADER);
    ip[0] = 0x45;
    ip[1] = packet->ecn & 3;
    number_put(ip + 2, IP_HEADER + length, 2);
    ip[8] = 64;
    ip[9] = protocol;
    memcpy(ip + 12, source->bytes, 4);
    memcpy(ip + 16, destination->bytes, 4);
    number_put(ip + 10, internet_sum(0, ip, IP_HEADER), 2);
}

/* An error about a packet of the stack: it quotes the header and the first eight bytes, of which
 * the stack knows ports and sequence number. */
static size_t icmp_write(const struct packet *packet, uint8_t *icmp)
{
    uint8_t *quoted = icmp + ICMP_HEADER;
    memset(icmp, 0, ICMP_HEADER + QUOTED);
    icmp[0] = packet->icmp_type;
    icmp[1] = packet->icmp_code;
    number_put(icmp + 6, packet->icmp_mtu, 2);
    header_write(quoted, packet, &packet->destination_ip, &packet->source_ip, packet->inner,
                 TCP_HEADER + packet->length);
    quoted_write(packet, quoted + IP_HEADER);
    number_put(icmp + 2, internet_sum(0, icmp, ICMP_HEADER + QUOTED), 2);
    return ICMP_HEADER + QUOTED;
}

size_t ipv4_write(const struct packet *packet, uint8_t *ip)
{
    uint8_t *payload = ip + IP_HEADER;
    size_t length = packet->protocol == PROTOCOL_IS_TCP   ? tcp_write(packet, payload)
                    : packet->protocol == PROTOCOL_IS_UDP ? udp_write(packet, payload)
                                                          : icmp_write(packet, payload);
    header_write(ip, packet, &packet->source_ip, &packet->destination_ip, packet->protocol, length);
    if (packet->protocol != PROTOCOL_IS_ICMP)
        sum_write(packet, pseudo_sum(ip, length), payload, length);
    return IP_HEADER + length;
}

static bool icmp_read(const uint8_t *icmp, size_t length, struct packet *out)
{
    if (length < ICMP_HEADER || internet_sum(0, icmp, length))
        return false;
    out->icmp_type = icmp[0];
    out->icmp_code = icmp[1];
    return true;
}

bool ipv4_read(const uint8_t *ip, size_t length, struct packet *out, const char **why)
{
    *why = "not IPv4 without options";
    if (length < IP_HEADER || ip[0] != 0x45)
        return false;
    size_t total = number_get(ip + 2, 2), payload = total - IP_HEADER;
    *why = "a wrong length or sum in the IP header, or a fragment";
    if (total < IP_HEADER || total > length || internet_sum(0, ip, IP_HEADER) ||
        number_get(ip + 6, 2) & 0x3fff)
        return false;
    out->ecn = ip[1] & 3;
    out->protocol = ip[9];
    out->source_ip = ip_v4(number_get(ip + 12, 4));
    out->destination_ip = ip_v4(number_get(ip + 16, 4));
    *why = "a wrong checksum";
    const uint8_t *at = ip + IP_HEADER;
    if (out->protocol != PROTOCOL_IS_ICMP && internet_sum(pseudo_sum(ip, payload), at, payload))
        return false;
    *why = "a wrong header";
    switch (out->protocol) {
    case PROTOCOL_IS_TCP: return tcp_read(at, payload, out);
    case PROTOCOL_IS_UDP: return udp_read(at, payload, out);
    case PROTOCOL_IS_ICMP: return icmp_read(at, payload, out);
    default: break;
    }
    *why = "an unknown protocol";
    return false;
}

void station_mac(uint8_t station, uint8_t *mac)
{
    memcpy(mac, stack_mac, 5);
    mac[5] = station;
}

/* The stations of a group that hears destination (RFC 2464, 7), or one of them. */
static void destination_mac(const struct packet *packet, uint8_t *mac)
{
    station_mac(STATION_OF_STACK, mac);
    if (packet->destination_ip.v6 && ip_is_group(&packet->destination_ip)) {
        mac[0] = mac[1] = 0x33;
        memcpy(mac + 2, packet->destination_ip.bytes + 12, 4);
    }
}

size_t frame_write(const struct packet *packet, uint8_t *frame)
{
    bool v6 = packet->source_ip.v6;
    uint8_t *ip = frame + FRAME_HEADER;
    destination_mac(packet, frame);
    station_mac(packet->station ? packet->station : STATION_OF_PEER, frame + 6);
    number_put(frame + 12, v6 ? 0x86dd : 0x0800, 2);
    return FRAME_HEADER + (v6 ? ipv6_write(packet, ip) : ipv4_write(packet, ip));
}

/* To whom: one of the stations, or the group that the destination asks for. */
static bool mac_read(const uint8_t *frame, struct packet *out)
{
    uint8_t expected[6];
    if (out->destination_ip.v6 && ip_is_group(&out->destination_ip)) {
        destination_mac(out, expected);
        return !memcmp(frame, expected, 6);
    }
    out->station = frame[5];
    station_mac(out->station, expected);
    return !memcmp(frame, expected, 6);
}

bool frame_read(const uint8_t *frame, size_t length, struct packet *out, const char **why)
{
    const uint8_t *ip = frame + FRAME_HEADER;
    *out = (struct packet){.out = true};
    *why = "neither IPv4 nor IPv6";
    if (length < FRAME_HEADER)
        return false;
    bool v6 = number_get(frame + 12, 2) == 0x86dd;
    if (!v6 && number_get(frame + 12, 2) != 0x0800)
        return false;
    length -= FRAME_HEADER;
    if (!(v6 ? ipv6_read(ip, length, out, why) : ipv4_read(ip, length, out, why)))
        return false;
    *why = "an Ethernet address that is not the destination's";
    return mac_read(frame, out);
}
