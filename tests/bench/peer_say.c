/* What the far end of a benchmark says: frames, made from their headers on. See peer.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/bench/peer_internal.h"

enum {
    DATA_PERIOD = 65521, /* a prime, so that no length of a segment or a buffer hides a shift */
    WINDOW = 65535,
};

const uint8_t PEER_MAC[6] = {0x52, 0x55, 0x0a, 0x00, 0x02, 0x02};

uint32_t peer_get(const uint8_t *at, size_t bytes)
{
    uint32_t value = 0;

    while (bytes--)
        value = value << 8 | *at++;
    return value;
}

void peer_put(uint8_t *at, size_t bytes, uint32_t value)
{
    while (bytes--) {
        at[bytes] = (uint8_t)value;
        value >>= 8;
    }
}

uint16_t peer_sum(uint64_t sum, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        sum += i & 1 ? bytes[i] : (uint64_t)bytes[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

const uint8_t PEER_IP6[16] = {0xfd, [15] = 0x02};
const uint8_t STATION_IP6[16] = {0xfd, [15] = 0x15};

uint64_t peer_pseudo_header(const struct peer *peer, uint8_t protocol, size_t len)
{
    uint64_t sum = protocol + len;

    for (size_t i = 0; peer->ipv6 && i < 16; i += 2)
        sum += peer_get(PEER_IP6 + i, 2) + peer_get(STATION_IP6 + i, 2);
    if (peer->ipv6)
        return sum;
    return (PEER_IP >> 16) + (PEER_IP & 0xffff) + (STATION_IP >> 16) + (STATION_IP & 0xffff) + sum;
}

uint8_t peer_byte(uint8_t mask, uint64_t offset)
{
    return (uint8_t)((offset % DATA_PERIOD) * 2654435761u >> 13) & mask;
}

void peer_say(struct peer *peer, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    peer->base.port.frame(peer->base.port.user, frame, len, now_ns);
}

void peer_write_ethernet(const struct peer *peer, uint8_t *frame, uint16_t type)
{
    memcpy(frame, peer->station_mac, 6);
    memcpy(frame + 6, PEER_MAC, 6);
    peer_put(frame + 12, 2, type);
}

static void write_ipv6(const struct peer *peer, uint8_t *frame, uint8_t protocol, size_t payload)
{
    uint8_t *ip = frame + ETHERNET_BYTES;

    peer_write_ethernet(peer, frame, 0x86dd);
    peer_put(ip, 4, 6u << 28);
    peer_put(ip + 4, 2, (uint32_t)payload);
    ip[6] = protocol;
    ip[7] = protocol == 58 ? 255 : 64; /* RFC 4861, 7.1.2 */
    memcpy(ip + 8, PEER_IP6, 16);
    memcpy(ip + 24, STATION_IP6, 16);
}

void peer_write_ip(const struct peer *peer, uint8_t *frame, uint8_t protocol, size_t payload)
{
    uint8_t *ip = frame + ETHERNET_BYTES;

    if (peer->ipv6) {
        write_ipv6(peer, frame, protocol, payload);
        return;
    }
    peer_write_ethernet(peer, frame, 0x0800);
    memset(ip, 0, IPV4_BYTES);
    ip[0] = 0x45;
    peer_put(ip + 2, 2, (uint32_t)(IPV4_BYTES + payload));
    ip[6] = 0x40; /* do not fragment */
    ip[8] = 64;
    ip[9] = protocol;
    peer_put(ip + 12, 4, PEER_IP);
    peer_put(ip + 16, 4, STATION_IP);
    peer_put(ip + 10, 2, peer_sum(0, ip, IPV4_BYTES));
}

void peer_say_segment(struct peer *peer, uint8_t flags, uint64_t at, size_t len, uint64_t now_ns)
{
    uint8_t frame[FRAME_MOST] = {0}, *tcp = frame + peer_tcp_at(peer);
    size_t options = flags & SYN ? 4 : 0, payload = TCP_BYTES + options + len;

    peer_write_ip(peer, frame, 6, payload);
    peer_put(tcp, 2, PEER_PORT);
    peer_put(tcp + 2, 2, peer->port);
    peer_put(tcp + 4, 4, peer->out.first + (uint32_t)at - (flags & SYN ? 1 : 0));
    peer_put(tcp + 8, 4, peer->in.first + (uint32_t)peer->in.moved);
    tcp[12] = (uint8_t)((TCP_BYTES + options) / 4 << 4);
    tcp[13] = flags;
    peer_put(tcp + 14, 2, WINDOW);
    if (options)
        peer_put(tcp + TCP_BYTES, 4, 2 << 24 | 4 << 16 | (uint32_t)peer_mss(peer));
    for (size_t i = 0; i < len; i++)
        tcp[TCP_BYTES + i] = peer_byte(peer->mask, at + i);
    peer_put(tcp + 16, 2, peer_sum(peer_pseudo_header(peer, 6, payload), tcp, payload));
    peer->waiting = 0;
    peer_say(peer, frame, peer_tcp_at(peer) + payload, now_ns);
}

void peer_say_ack(struct peer *peer, uint64_t now_ns)
{
    peer->acks++;
    peer_say_segment(peer, ACK, peer->out.moved, 0, now_ns);
}

void peer_tiny(uint8_t frame[TINY_BYTES], const uint8_t to[6], const uint8_t from[6],
               uint32_t serial)
{
    memcpy(frame, to, 6);
    memcpy(frame + 6, from, 6);
    peer_put(frame + 12, 2, TINY_ETHERTYPE);
    peer_put(frame + 14, 4, serial);
    for (size_t i = 18; i < TINY_BYTES; i++)
        frame[i] = peer_byte(PEER_RANDOM, serial + i);
}
