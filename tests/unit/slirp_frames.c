/* Frames from a station of libslirp's network. See slirp_frames.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/unit/slirp_frames.h"

#include <arpa/inet.h>
#include <string.h>

static const struct wire_board_fault GOOD = {0};
const uint8_t SLIRP_MAC[6] = {2, 0, 0, 0, 0, 1};

static void put_16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

unsigned slirp_get_16(const uint8_t *at)
{
    return (unsigned)(at[0] << 8 | at[1]);
}

static unsigned sum_of(const uint8_t *bytes, size_t len, uint32_t sum)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += slirp_get_16(bytes + i);
    if (len % 2)
        sum += (uint32_t)bytes[len - 1] << 8;
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return ~sum & 0xFFFF;
}

static void ethernet_write(uint8_t *frame, const char *to, unsigned type)
{
    memcpy(frame, to, 6);
    memcpy(frame + 6, SLIRP_MAC, 6);
    put_16(frame + 12, type);
}

/* An IPv4 header for len bytes of payload behind it. */
static void ip_write(uint8_t *ip, uint8_t protocol, const char *from, const char *to, size_t len)
{
    memset(ip, 0, 20);
    ip[0] = 0x45;
    put_16(ip + 2, (unsigned)len + 20);
    ip[8] = 64;
    ip[9] = protocol;
    inet_pton(AF_INET, from, ip + 12);
    inet_pton(AF_INET, to, ip + 16);
    put_16(ip + 10, sum_of(ip, 20, 0));
}

void slirp_send_udp(struct wire_board *board, const char *from, const char *to, unsigned from_port,
                    unsigned to_port, const uint8_t *data, size_t len)
{
    uint8_t frame[600] = {0}, *udp = frame + 34;

    ethernet_write(frame, "\xFF\xFF\xFF\xFF\xFF\xFF", 0x0800);
    ip_write(frame + 14, 17, from, to, len + 8);
    put_16(udp, from_port);
    put_16(udp + 2, to_port);
    put_16(udp + 4, (unsigned)len + 8); /* checksum 0: none */
    memcpy(udp + 8, data, len);
    wire_board_send(board, frame, len + 42 < 60 ? 60 : len + 42, GOOD);
    wire_board_idle(board, 12);
}

void slirp_send_arp(struct wire_board *board, const char *target)
{
    uint8_t frame[60] = {0};

    ethernet_write(frame, "\xFF\xFF\xFF\xFF\xFF\xFF", 0x0806);
    memcpy(frame + 14, "\0\1\x08\0\6\4\0\1", 8);
    memcpy(frame + 22, SLIRP_MAC, 6);
    inet_pton(AF_INET, "10.0.2.15", frame + 28);
    inet_pton(AF_INET, target, frame + 38);
    wire_board_send(board, frame, sizeof(frame), GOOD);
    wire_board_idle(board, 12);
}

void slirp_send_tcp(struct wire_board *board, unsigned port, uint32_t seq, uint32_t ack,
                    uint8_t flags)
{
    uint8_t frame[60] = {0}, *ip = frame + 14, *tcp = frame + 34;

    ethernet_write(frame, "\x52\x55\x0A\0\2\2", 0x0800);
    ip_write(ip, 6, "10.0.2.15", "10.0.2.2", 20);
    put_16(tcp, 40000);
    put_16(tcp + 2, port);
    put_16(tcp + 4, seq >> 16);
    put_16(tcp + 6, seq & 0xFFFF);
    put_16(tcp + 8, ack >> 16);
    put_16(tcp + 10, ack & 0xFFFF);
    tcp[12] = 0x50;
    tcp[13] = flags;
    put_16(tcp + 14, 8192);
    put_16(tcp + 16, sum_of(tcp, 20,
                            (uint32_t)(6 + 20 + slirp_get_16(ip + 12) + slirp_get_16(ip + 14) +
                                       slirp_get_16(ip + 16) + slirp_get_16(ip + 18))));
    wire_board_send(board, frame, sizeof(frame), GOOD);
    wire_board_idle(board, 12);
}

void slirp_send_discover(struct wire_board *board)
{
    uint8_t message[300] = {1, 1, 6, 0, 0xDE, 0xAD, 0xBE, 0xEF};

    memcpy(message + 28, SLIRP_MAC, 6);
    memcpy(message + 236, "\x63\x82\x53\x63\x35\1\1\xFF", 8);
    slirp_send_udp(board, "0.0.0.0", "255.255.255.255", 68, 67, message, sizeof(message));
}

void slirp_send_v6(struct wire_board *board, uint8_t next, uint8_t first)
{
    uint8_t frame[14 + 40 + 24] = {0}, *ip = frame + 14;

    ethernet_write(frame, "\x52\x56\0\0\0\2", 0x86dd);
    ip[0] = 0x60;
    put_16(ip + 4, 24);
    ip[6] = next;
    ip[7] = 255;
    inet_pton(AF_INET6, "fd00::15", ip + 8);
    inet_pton(AF_INET6, "fd00::2", ip + 24);
    ip[40] = first;
    wire_board_send(board, frame, sizeof frame, GOOD);
    wire_board_idle(board, 12);
    wire_poll(board->wire, board->now_ns);
}
