/* Measures what lwIP costs for one TCP stream from end to end, as stack_stream.c does for our stack: `lwip_stream` and how
 * (stack_meter.h).
 *
 * SPDX-License-Identifier: MIT
 *
 * One lwIP has both ends, on two interfaces that are joined. Each frame is copied once at either side, out of lwIP's buffers
 * and into them, as a driver would. The sender's data is not copied but referred to (tcp_write without
 * TCP_WRITE_FLAG_COPY), the receiver's is read where it lies; writing and comparing it does not count. Frames are handed
 * over in groups of as many as a USB transfer of our driver's holds. Time is simulated.
 */
#include <stdio.h>
#include <string.h>

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>
#include "tests/bench/stack_meter.h"

enum {
    PORT = 9000,
    MTU = 1500,
    FRAME_BYTES = 1514,
    FRAMES = 64, /* under way to one end: more than a window holds */
    GROUP = 10,  /* records of full frames in 16,384 bytes */
    ROUNDS_WITHOUT_DATA = 100000,
    ROUNDS_A_MS = 10,
};

struct frame {
    uint16_t length;
    uint8_t bytes[FRAME_BYTES];
};

struct station {
    struct netif netif;
    struct frame frames[FRAMES]; /* on their way to it: a ring */
    unsigned first, count;
    struct tcp_pcb *pcb;
    struct pbuf *unread; /* linked as a chain */
    uint64_t moved;      /* bytes written or read */
};

static struct station stations[END_COUNT];
static uint64_t rounds;

u32_t sys_now(void)
{
    return (u32_t)(rounds / ROUNDS_A_MS);
}

static ip4_addr_t station_address(enum stream_end end)
{
    ip4_addr_t address;

    IP4_ADDR(&address, 10, 0, 0, 1 + (unsigned)end);
    return address;
}

/* ---- the link ---- */

static err_t send_frame(struct netif *netif, struct pbuf *packet)
{
    struct station *other = &stations[netif->state == &stations[END_SENDER]];
    struct frame *frame = &other->frames[(other->first + other->count++) % FRAMES];

    if (other->count > FRAMES || packet->tot_len > FRAME_BYTES)
        stream_die("the link has no room for a frame");
    frame->length = packet->tot_len;
    pbuf_copy_partial(packet, frame->bytes, packet->tot_len, 0);
    return ERR_OK;
}

static void receive_frame(struct station *station)
{
    const struct frame *frame = &station->frames[station->first];
    struct pbuf *packet = pbuf_alloc(PBUF_RAW, frame->length, PBUF_POOL);

    if (!packet)
        stream_die("lwIP has no buffer for a frame");
    pbuf_take(packet, frame->bytes, frame->length);
    station->first = (station->first + 1) % FRAMES;
    station->count--;
    station->netif.input(packet, &station->netif);
}

static err_t netif_made(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->mtu = MTU;
    netif->hwaddr_len = 6;
    memcpy(netif->hwaddr, (uint8_t[]){2, 0, 0, 0, 0, netif->state == &stations[END_SENDER]}, 6);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    netif->output = etharp_output;
    netif->linkoutput = send_frame;
    return ERR_OK;
}

static void open_station(enum stream_end end)
{
    struct station *station = &stations[end];
    ip4_addr_t address = station_address(end), mask, gateway;

    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 0, 0, 0, 0);
    netif_add(&station->netif, &address, &mask, &gateway, station, netif_made, ethernet_input);
    netif_set_up(&station->netif);
    netif_set_link_up(&station->netif);
}

/* ---- the programs at the two ends ---- */

static void write_data(struct station *station, uint64_t until)
{
    uint64_t left = until - station->moved;
    u16_t room = tcp_sndbuf(station->pcb), count = room < left ? room : (u16_t)left;

    if (!count)
        return;
    const uint8_t *data = stream_data(station->moved);
    meter_on(END_SENDER);
    if (tcp_write(station->pcb, data, count, 0) == ERR_OK)
        station->moved += count;
    tcp_output(station->pcb);
    meter_off();
}

static err_t data_came(void *user, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    struct station *station = user;

    (void)pcb;
    if (!data || error)
        stream_die("a connection ended");
    if (station->unread)
        pbuf_cat(station->unread, data);
    else
        station->unread = data;
    return ERR_OK;
}

static void read_data(struct station *station)
{
    struct pbuf *data = station->unread;
    u16_t count = data ? data->tot_len : 0;

    if (!data)
        return;
    for (const struct pbuf *each = data; each; each = each->next) {
        if (memcmp(each->payload, stream_data(station->moved), each->len))
            stream_die("the data is wrong behind byte %llu", (unsigned long long)station->moved);
        station->moved += each->len;
    }
    station->unread = NULL;
    meter_on(END_RECEIVER);
    tcp_recved(station->pcb, count);
    pbuf_free(data);
    meter_off();
}

static void serve(enum stream_end end)
{
    struct station *station = &stations[end];

    meter_on(end);
    for (int i = 0; i < GROUP && station->count; i++)
        receive_frame(station);
    meter_off();
}

static void carry(uint64_t bytes)
{
    struct station *sender = &stations[END_SENDER], *receiver = &stations[END_RECEIVER];
    uint64_t until = receiver->moved + bytes;

    for (int idle = 0; receiver->moved < until; idle++) {
        uint64_t before = receiver->moved;

        if (idle == ROUNDS_WITHOUT_DATA)
            stream_die("the stream stands still at byte %llu", (unsigned long long)before);
        rounds++;
        sys_check_timeouts();
        write_data(sender, until);
        serve(END_RECEIVER);
        read_data(receiver);
        serve(END_SENDER);
        if (receiver->moved > before)
            idle = 0;
    }
}

static err_t accepted(void *user, struct tcp_pcb *pcb, err_t error)
{
    struct station *receiver = user;

    (void)error;
    receiver->pcb = pcb;
    tcp_arg(pcb, receiver);
    tcp_recv(pcb, data_came);
    return ERR_OK;
}

static err_t connected(void *user, struct tcp_pcb *pcb, err_t error)
{
    (void)user;
    (void)pcb;
    return error;
}

static void connect_them(void)
{
    struct station *sender = &stations[END_SENDER], *receiver = &stations[END_RECEIVER];
    struct tcp_pcb *listener = tcp_new();
    ip4_addr_t to = station_address(END_RECEIVER);

    tcp_bind(listener, &to, PORT);
    tcp_bind_netif(listener, &receiver->netif);
    listener = tcp_listen(listener);
    tcp_arg(listener, receiver);
    tcp_accept(listener, accepted);
    sender->pcb = tcp_new();
    tcp_bind_netif(sender->pcb, &sender->netif);
    tcp_connect(sender->pcb, &to, PORT, connected);
    for (int i = 0; i < ROUNDS_WITHOUT_DATA && !receiver->pcb; i++) {
        rounds++;
        sys_check_timeouts();
        serve(END_RECEIVER);
        serve(END_SENDER);
    }
    if (!receiver->pcb)
        stream_die("no connection");
}

int main(int count, char **arguments)
{
    meter_setup(count - 1, arguments + 1);
    lwip_init();
    open_station(END_SENDER);
    open_station(END_RECEIVER);
    connect_them();
    meter_run(LWIP_SUMS ? "lwip.csum_" : "lwip.", carry);
    return 0;
}
