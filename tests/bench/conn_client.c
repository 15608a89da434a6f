/* See conn_client.h. Shares no code with the stack; sums are left out, as the device has checked them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/bench/conn_client.h"

#include <stdlib.h>
#include <string.h>

#include "tests/bench/stack_meter.h"

enum {
    ETHERNET = 14,
    IP = 20,
    TCP = 20,
    PORTS = 60000, /* of one address */
    FIRST_PORT = 2000,
    FLAG_FIN = 1,
    FLAG_SYN = 2,
    FLAG_RST = 4,
    FLAG_PSH = 8,
    FLAG_ACK = 16,
    WINDOW = 60000,
};

static const uint8_t SERVER_MAC[6] = {2, 0, 0, 0, 0, 1}, GATEWAY_MAC[6] = {2, 0, 0, 0, 0, 2};

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
    return get16(at) << 16 | get16(at + 2);
}

void conn_client_init(struct conn_client *client, uint32_t count, uint16_t port)
{
    *client = (struct conn_client){.count = count, .port = port};
    client->links = calloc(count, sizeof *client->links);
    if (!client->links)
        stream_die("no memory for the client");
}

/* A zeroed frame to the server, behind those that wait. */
static uint8_t *frame_new(struct conn_client *client, unsigned type, size_t len)
{
    unsigned place = client->last++ % CONN_WAITING;
    uint8_t *frame = client->waiting[place].bytes;

    if (client->last - client->first > CONN_WAITING)
        stream_die("the client says too much at once");
    memset(frame, 0, CONN_FRAME_BYTES);
    memcpy(frame, SERVER_MAC, 6);
    memcpy(frame + 6, GATEWAY_MAC, 6);
    put16(frame + 12, type);
    client->waiting[place].len = len < 60 ? 60 : len;
    return frame;
}

static unsigned ip_sum(const uint8_t *ip)
{
    uint32_t sum = 0;

    for (int i = 0; i < IP; i += 2)
        sum += get16(ip + i);
    sum = (sum & 0xffff) + (sum >> 16);
    return ~(sum + (sum >> 16)) & 0xffff;
}

static void send_segment(struct conn_client *client, uint32_t index, unsigned flags, size_t data)
{
    static const uint8_t syn_options[] = {2, 4, 5, 180, 4, 2, 1, 3, 3, 7, 1, 1};
    struct conn_link *link = &client->links[index];
    size_t options = flags & FLAG_SYN ? sizeof syn_options : 0;
    uint8_t *ip = frame_new(client, 0x0800, ETHERNET + IP + TCP + options + data) + ETHERNET;
    uint8_t *tcp = ip + IP;

    ip[0] = 0x45;
    put16(ip + 2, (unsigned)(IP + TCP + options + data));
    ip[8] = 64;
    ip[9] = 6;
    put32(ip + 12, CONN_CLIENTS + index / PORTS);
    put32(ip + 16, CONN_SERVER);
    put16(ip + 10, ip_sum(ip));
    put16(tcp, FIRST_PORT + index % PORTS);
    put16(tcp + 2, client->port);
    put32(tcp + 4, link->snd_nxt);
    put32(tcp + 8, flags & FLAG_ACK ? link->rcv_nxt : 0);
    tcp[12] = (uint8_t)((TCP + options) << 2);
    tcp[13] = (uint8_t)flags;
    put16(tcp + 14, WINDOW);
    memcpy(tcp + TCP, syn_options, options);
    memset(tcp + TCP + options, 'q', data);
    link->snd_nxt += (uint32_t)data + (flags & FLAG_SYN ? 1 : 0);
    client->packets++;
}

void conn_client_open(struct conn_client *client, uint32_t index)
{
    client->links[index].snd_nxt = index * 77777;
    send_segment(client, index, FLAG_SYN, 0);
}

void conn_client_ask(struct conn_client *client, uint32_t index)
{
    send_segment(client, index, FLAG_ACK | FLAG_PSH, CONN_QUESTION_BYTES);
}

/* Who has the gateway's address? */
static void take_arp(struct conn_client *client, const uint8_t *arp)
{
    uint8_t *answer;

    if (get16(arp + 6) != 1 || get32(arp + 24) != CONN_GATEWAY)
        return;
    answer = frame_new(client, 0x0806, ETHERNET + 28) + ETHERNET;
    memcpy(answer, arp, 6);
    put16(answer + 6, 2);
    memcpy(answer + 8, GATEWAY_MAC, 6);
    put32(answer + 14, CONN_GATEWAY);
    memcpy(answer + 18, arp + 8, 10);
}

static void take_tcp(struct conn_client *client, const uint8_t *ip, const uint8_t *tcp)
{
    uint32_t index = (get32(ip + 16) - CONN_CLIENTS) * PORTS + get16(tcp + 2) - FIRST_PORT;
    uint32_t data = get16(ip + 2) - IP - (uint32_t)(tcp[12] >> 4) * 4;
    struct conn_link *link = &client->links[index];

    client->packets++;
    if (index >= client->count || (tcp[13] & (FLAG_RST | FLAG_FIN)) || !(tcp[13] & FLAG_ACK))
        stream_die("the server sends flags %#x", tcp[13]);
    if (get32(tcp + 8) != link->snd_nxt)
        stream_die("the server has not acknowledged what it has");
    if (tcp[13] & FLAG_SYN)
        link->rcv_nxt = get32(tcp + 4) + 1;
    else if (get32(tcp + 4) != link->rcv_nxt)
        stream_die("the server sends other data than is next");
    link->rcv_nxt += data;
    client->answered += data;
    if (data || (tcp[13] & FLAG_SYN))
        send_segment(client, index, FLAG_ACK, 0);
}

void conn_client_take(struct conn_client *client, const uint8_t *frame, size_t len)
{
    const uint8_t *ip = frame + ETHERNET;

    if (get16(frame + 12) == 0x0806)
        take_arp(client, ip);
    else if (get16(frame + 12) != 0x0800 || len < ETHERNET + IP + TCP || ip[9] != 6)
        stream_die("the server sends a frame that is not TCP");
    else
        take_tcp(client, ip, ip + IP);
}

size_t conn_client_frame(struct conn_client *client, uint8_t frame[CONN_FRAME_BYTES])
{
    unsigned place = client->first % CONN_WAITING;

    if (client->first == client->last)
        return 0;
    client->first++;
    memcpy(frame, client->waiting[place].bytes, client->waiting[place].len);
    return client->waiting[place].len;
}
