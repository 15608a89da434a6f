/* What the far end of a benchmark hears, checks and does by itself. See peer.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "driver/transport.h"
#include "tests/bench/peer_internal.h"

enum {
    LINE_EXTRA_BYTES = 24, /* FCS, preamble and gap */
    BYTE_NS = 8,
    FIRST_SEQUENCE = 0xfffff000, /* so that it wraps in the run */
    ACK_DELAY_NS = 500000,       /* for a segment that no second one follows */
};

static void fault(struct peer *peer, const char *format, ...)
{
    va_list arguments;

    if (peer->fault[0])
        return;
    va_start(arguments, format);
    vsnprintf(peer->fault, sizeof peer->fault, format, arguments);
    va_end(arguments);
}

/* ---- what it hears ---- */

static void hear_arp(struct peer *peer, const uint8_t *frame, uint64_t now_ns)
{
    uint8_t reply[TINY_BYTES] = {0};

    if (peer_get(frame + 20, 2) != 1 || peer_get(frame + 38, 4) != PEER_IP)
        return;
    peer_write_ethernet(peer, reply, 0x0806);
    memcpy(reply + 14, frame + 14, 6);
    peer_put(reply + 20, 2, 2);
    memcpy(reply + 22, PEER_MAC, 6);
    peer_put(reply + 28, 4, PEER_IP);
    memcpy(reply + 32, frame + 22, 10);
    peer_say(peer, reply, sizeof reply, now_ns);
}

static void hear_echo(struct peer *peer, const uint8_t *icmp, size_t len, uint64_t now_ns)
{
    uint8_t reply[FRAME_MOST], *answer = reply + peer_tcp_at(peer);

    if (len < 8 || len > PEER_MSS || peer_sum(0, icmp, len))
        return fault(peer, "an echo request of %zu bytes is damaged", len);
    if (icmp[0] != 8)
        return;
    peer_write_ip(peer, reply, 1, len);
    memcpy(answer, icmp, len);
    peer_put(answer, 4, 0);
    peer_put(answer + 2, 2, peer_sum(0, answer, len));
    peer_say(peer, reply, peer_tcp_at(peer) + len, now_ns);
}

/* RFC 4861, 7.2.4: a solicited advertisement of our address; other ICMPv6 messages are of no interest. */
static void hear_icmpv6(struct peer *peer, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    const uint8_t *icmp = frame + ETHERNET_BYTES + IPV6_BYTES;
    uint8_t reply[ETHERNET_BYTES + IPV6_BYTES + 32] = {0},
                                                *answer = reply + ETHERNET_BYTES + IPV6_BYTES;

    if (len < 24 || icmp[0] != 135 || memcmp(icmp + 8, PEER_IP6, 16))
        return;
    if (memcmp(frame + ETHERNET_BYTES + 8, STATION_IP6, 16))
        return fault(peer, "a neighbour solicitation from another address");
    peer_write_ip(peer, reply, 58, 32);
    answer[0] = 136;
    answer[4] = 0x60;
    memcpy(answer + 8, PEER_IP6, 16);
    answer[24] = 2;
    answer[25] = 1;
    memcpy(answer + 26, PEER_MAC, 6);
    peer_put(answer + 2, 2, peer_sum(peer_pseudo_header(peer, 58, 32), answer, 32));
    peer_say(peer, reply, sizeof reply, now_ns);
}

static void hear_syn(struct peer *peer, const uint8_t *tcp, uint64_t now_ns)
{
    peer->port = (uint16_t)peer_get(tcp, 2);
    peer->in = (struct peer_flow){.first = peer_get(tcp + 4, 4) + 1};
    peer->out = (struct peer_flow){.first = FIRST_SEQUENCE + 1};
    peer->unacked = 0;
    peer->window = peer_get(tcp + 14, 2);
    peer->connected = false;
    peer_say_segment(peer, SYN | ACK, 0, 0, now_ns);
}

static void hear_ack(struct peer *peer, const uint8_t *tcp)
{
    uint32_t more = peer_get(tcp + 8, 4) - (peer->out.first + (uint32_t)peer->unacked);

    if (more > peer->out.moved - peer->unacked)
        return fault(peer, "an ACK lies %" PRIu32 " bytes ahead of the last", more);
    peer->unacked += more;
    peer->window = peer_get(tcp + 14, 2);
    peer->connected = true;
}

static void hear_data(struct peer *peer, const uint8_t *tcp, const uint8_t *data, size_t len,
                      uint64_t now_ns)
{
    struct peer_flow *in = &peer->in;
    uint32_t expected = in->first + (uint32_t)in->moved;

    if (peer_get(tcp + 4, 4) != expected)
        return fault(peer, "sequence number %" PRIu32 " at byte %" PRIu64 ", not %" PRIu32,
                     peer_get(tcp + 4, 4), in->moved, expected);
    if (len > peer_mss(peer))
        return fault(peer, "a segment of %zu bytes at byte %" PRIu64, len, in->moved);
    for (size_t i = 0; i < len; i++)
        if (data[i] != peer_byte(peer->mask, in->moved + i))
            return fault(peer, "byte %" PRIu64 " is wrong", in->moved + i);
    in->moved += len;
    in->last_ns = now_ns;
    peer->segments++;
    if (++peer->waiting == 2)
        peer_say_ack(peer, now_ns);
    else
        peer->ack_ns = now_ns + ACK_DELAY_NS;
}

static void hear_tcp(struct peer *peer, const uint8_t *tcp, size_t len, uint64_t now_ns)
{
    size_t header = len < TCP_BYTES ? 0 : (size_t)(tcp[12] >> 4) * 4;

    if (header < TCP_BYTES || header > len || peer_sum(peer_pseudo_header(peer, 6, len), tcp, len))
        return fault(peer, "a TCP segment of %zu bytes behind byte %" PRIu64 " is damaged", len,
                     peer->in.moved);
    if (peer_get(tcp + 2, 2) != PEER_PORT)
        return fault(peer, "a segment to port %" PRIu32, peer_get(tcp + 2, 2));
    if (tcp[13] & RST)
        return;
    if (tcp[13] & SYN)
        return hear_syn(peer, tcp, now_ns);
    if (!(tcp[13] & ACK) || tcp[13] & FIN)
        return fault(peer, "a segment with flags 0x%02x", tcp[13]);
    hear_ack(peer, tcp);
    if (len > header)
        hear_data(peer, tcp, tcp + header, len - header, now_ns);
}

static void hear_ipv4(struct peer *peer, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    const uint8_t *ip = frame + ETHERNET_BYTES;
    size_t total = peer_get(ip + 2, 2), padded = total + ETHERNET_BYTES;

    if (padded < TINY_BYTES)
        padded = TINY_BYTES;
    if (ip[0] != 0x45 || padded != len || total < IPV4_BYTES || peer_sum(0, ip, IPV4_BYTES))
        return fault(peer, "an IPv4 header in a frame of %zu bytes is damaged", len);
    if (peer_get(ip + 12, 4) != STATION_IP || peer_get(ip + 16, 4) != PEER_IP ||
        peer_get(ip + 6, 2) & 0x3fff)
        return fault(peer, "a packet from, to or in parts that do not belong here");
    if (ip[9] == 6)
        hear_tcp(peer, ip + IPV4_BYTES, total - IPV4_BYTES, now_ns);
    else if (ip[9] == 1)
        hear_echo(peer, ip + IPV4_BYTES, total - IPV4_BYTES, now_ns);
}

static void hear_ipv6(struct peer *peer, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    const uint8_t *ip = frame + ETHERNET_BYTES;
    size_t payload = peer_get(ip + 4, 2);

    if (ip[0] >> 4 != 6 || payload + ETHERNET_BYTES + IPV6_BYTES != len)
        return fault(peer, "an IPv6 header in a frame of %zu bytes is damaged", len);
    if (ip[6] == 58)
        return hear_icmpv6(peer, frame, payload, now_ns);
    if (ip[24] == 0xff)
        return; /* who listens to which group is no affair of ours */
    if (memcmp(ip + 8, STATION_IP6, 16) || memcmp(ip + 24, PEER_IP6, 16))
        return fault(peer, "a packet from or to an address that does not belong here");
    if (ip[6] == 6)
        hear_tcp(peer, ip + IPV6_BYTES, payload, now_ns);
}

static void hear_tiny(struct peer *peer, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    uint8_t expected[TINY_BYTES];

    peer_tiny(expected, PEER_MAC, peer->station_mac, (uint32_t)peer->tiny_heard);
    if (len != TINY_BYTES || memcmp(frame, expected, len))
        return fault(peer, "tiny frame %" PRIu64 " is another or damaged", peer->tiny_heard);
    peer->tiny_heard++;
    peer->tiny_ns = now_ns;
}

static bool peer_send(struct backend *backend, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    struct peer *peer = (struct peer *)backend;
    uint32_t type = peer_get(frame + 12, 2);

    if (memcmp(frame + 6, peer->station_mac, 6) || len < TINY_BYTES)
        fault(peer, "a frame of %zu bytes from another station, or too short", len);
    else if (type == 0x0806)
        hear_arp(peer, frame, now_ns);
    else if (type == 0x86dd && peer->ipv6)
        hear_ipv6(peer, frame, len, now_ns);
    else if (memcmp(frame, PEER_MAC, 6))
        fault(peer, "a frame of type 0x%04x to another station", type);
    else if (type == 0x0800)
        hear_ipv4(peer, frame, len, now_ns);
    else if (type == TINY_ETHERTYPE)
        hear_tiny(peer, frame, len, now_ns);
    return true;
}

/* ---- what it does by itself ---- */

/* The next segment's length: a full one or the last one, if the window has room for it; else 0. */
static size_t segment_to_send(const struct peer *peer)
{
    uint64_t left = peer->to_send - peer->out.moved,
             len = left < peer_mss(peer) ? left : peer_mss(peer);
    bool fits = peer->out.moved - peer->unacked + len <= peer->window;

    return peer->connected && fits ? (size_t)len : 0;
}

static bool wants_line(const struct peer *peer)
{
    return peer->tiny_played < peer->to_play || segment_to_send(peer) > 0;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void use_line(struct peer *peer, uint64_t now_ns)
{
    size_t len = segment_to_send(peer);
    uint8_t tiny[TINY_BYTES];

    if (len) {
        peer_say_segment(peer, ACK, peer->out.moved, len, now_ns);
        peer->out.moved += len;
        peer->out.last_ns = now_ns;
        peer->line_ns += (peer_tcp_at(peer) + TCP_BYTES + len + LINE_EXTRA_BYTES) * BYTE_NS;
    } else {
        peer_tiny(tiny, peer->station_mac, PEER_MAC, (uint32_t)peer->tiny_played++);
        peer_say(peer, tiny, sizeof tiny, now_ns);
        peer->line_ns += TINY_LINE_NS;
    }
}

static void peer_poll(struct backend *backend, uint64_t now_ns)
{
    struct peer *peer = (struct peer *)backend;
    uint64_t behind = (uint64_t)100000 < now_ns ? now_ns - 100000 : 0;

    if (peer->waiting && now_ns >= peer->ack_ns)
        peer_say_ack(peer, now_ns);
    peer->line_ns = later(peer->line_ns, later(behind, peer->play_ns));
    while (wants_line(peer) && peer->line_ns <= now_ns && backend->port.room(backend->port.user))
        use_line(peer, now_ns);
}

static uint64_t peer_deadline(struct backend *backend, uint64_t now_ns)
{
    const struct peer *peer = (const struct peer *)backend;
    uint64_t due = peer->waiting ? peer->ack_ns : TIME_NEVER;
    uint64_t line = wants_line(peer) ? later(later(peer->line_ns, peer->play_ns), now_ns) : due;

    return line < due ? line : due;
}

void peer_init(struct peer *peer, const uint8_t station_mac[6])
{
    static const struct backend_ops ops = {
        .send = peer_send, .poll = peer_poll, .deadline = peer_deadline};

    *peer = (struct peer){.base.ops = &ops, .mask = PEER_RANDOM};
    memcpy(peer->station_mac, station_mac, 6);
}
