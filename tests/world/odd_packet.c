/* The packets around the odd host's segments: of IPv4, or of IPv6 with whatever RFC 8200 lets stand in front, and in pieces. See odd.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/world/odd.h"

enum { ETHERNET = 14, IPV4 = 20, IPV6 = 40, LEAST_FRAME = 60, FRAME = 1514, UNIT = 8 };
enum { HOP_BY_HOP = 0, TCP = 6, ROUTING = 43, FRAGMENT = 44, TO_DESTINATION = 60 };

static void send_frame(struct host *host, uint8_t *frame, uint32_t type, size_t len)
{
    host_mac(host->index, 1, frame);
    host_mac(host->index, 0, frame + 6);
    segment_store(frame + 12, 2, type);
    len = len < LEAST_FRAME ? LEAST_FRAME : len;
    world_sent(host, frame, len, host->now_ns);
    link_push(&host->up, frame, len, host->now_ns);
}

static void send4(struct odd *odd, const struct odd_socket *socket, const uint8_t *segment,
                  uint32_t bytes)
{
    uint8_t frame[FRAME] = {0}, *ip = frame + ETHERNET, *tcp = ip + IPV4;

    memcpy(tcp, segment, bytes);
    segment_store(ip, 4, 0x45000000u | (IPV4 + bytes));
    segment_store(ip + 8, 2, 64 << 8 | TCP);
    segment_store(ip + 12, 4, host_address(odd->host->index));
    segment_store(ip + 16, 4, socket->remote);
    segment_store(ip + 10, 2, segment_sum(ip, IPV4, 0));
    segment_store(tcp + 16, 2, segment_sum(tcp, bytes, segment_pseudo(ip, bytes)));
    send_frame(odd->host, frame, 0x0800, ETHERNET + IPV4 + bytes);
}

/* Options that mean nothing: padding, or one that is to be skipped by whoever does not know it (4.2). */
static void fill_options(struct chance *chance, uint8_t *header)
{
    uint8_t length = (uint8_t)(header[1] * UNIT + UNIT - 4);

    header[2] = chance_of(chance, 500) ? 1 : 0x1e;
    header[3] = length;
}

/* Headers that ask for nothing, in the order of 4.1; next is where the packet names what stands at at. Returns the place behind. */
static uint8_t *put_headers(struct chance *chance, uint8_t *next, uint8_t *at)
{
    static const uint8_t kinds[] = {HOP_BY_HOP, TO_DESTINATION, ROUTING, FRAGMENT, TO_DESTINATION};

    for (size_t i = 0; i < sizeof kinds; i++) {
        if (!chance_of(chance, 200))
            continue;
        *next = kinds[i];
        next = at;
        if (kinds[i] == HOP_BY_HOP || kinds[i] == TO_DESTINATION) {
            at[1] = (uint8_t)chance_between(chance, 0, 1);
            fill_options(chance, at);
        } else if (kinds[i] == ROUTING) {
            at[2] = (uint8_t)chance_draw(chance); /* of any type: it has led to its end (4.4) */
        } else {
            segment_store(at + 4, 4, (uint32_t)chance_draw(chance)); /* whole (RFC 6946) */
        }
        at += (kinds[i] == FRAGMENT ? 1 : at[1] + 1) * UNIT;
    }
    *next = TCP;
    return at;
}

/* What stands behind the IPv6 header in two pieces, in either order. */
static void send_pieces(struct odd *odd, const uint8_t *frame, uint32_t bytes)
{
    uint32_t cut = (uint32_t)chance_between(&odd->chance, 1, (bytes - 1) / UNIT) * UNIT;
    uint32_t id = (uint32_t)chance_draw(&odd->chance);
    bool turned = chance_of(&odd->chance, 300);

    for (int i = 0; i < 2; i++) {
        bool last = turned ? !i : i;
        uint32_t offset = last ? cut : 0, count = last ? bytes - cut : cut;
        uint8_t piece[FRAME] = {0}, *ip = piece + ETHERNET, *header = ip + IPV6;

        memcpy(ip, frame + ETHERNET, IPV6);
        segment_store(ip + 4, 2, UNIT + count);
        header[0] = ip[6];
        ip[6] = FRAGMENT;
        segment_store(header + 2, 2, offset | !last);
        segment_store(header + 4, 4, id);
        memcpy(header + UNIT, frame + ETHERNET + IPV6 + offset, count);
        send_frame(odd->host, piece, 0x86dd, ETHERNET + IPV6 + UNIT + count);
    }
}

static void send6(struct odd *odd, const struct odd_socket *socket, const uint8_t *segment,
                  uint32_t bytes)
{
    uint8_t frame[FRAME] = {0}, *ip = frame + ETHERNET, *tcp = ip + IPV6;
    struct host *host = odd->host;
    bool in_pieces = bytes > UNIT && chance_of(&odd->chance, 150);
    uint32_t length;

    segment_store(ip, 4, 6u << 28 | ((uint32_t)chance_draw(&odd->chance) & 0xfffff));
    ip[6] = TCP;
    ip[7] = 64;
    host->ops->address6(host, ip + 8);
    memcpy(ip + 24, socket->remote6, 16);
    if (!in_pieces && chance_of(&odd->chance, 300))
        tcp = put_headers(&odd->chance, ip + 6, tcp);
    memcpy(tcp, segment, bytes);
    length = (uint32_t)(tcp - ip) - IPV6 + bytes;
    segment_store(ip + 4, 2, length);
    segment_store(tcp + 16, 2, segment_sum(tcp, bytes, segment_pseudo6(ip, TCP, bytes)));
    if (!in_pieces) {
        send_frame(host, frame, 0x86dd, ETHERNET + IPV6 + length);
        return;
    }
    segment_store(frame + 12, 2, 0x86dd);
    world_will_leave(host, socket->end->peer->host, frame, ETHERNET + IPV6 + length);
    send_pieces(odd, frame, length);
}

void odd_send_packet(struct odd *odd, const struct odd_socket *socket, const uint8_t *segment,
                     uint32_t bytes)
{
    (socket->v6 ? send6 : send4)(odd, socket, segment, bytes);
}
