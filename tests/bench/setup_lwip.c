/* See setup.h: one lwIP with an interface for each end. Linked into one object that shows nothing but setup_lwip_*, as
 * lwIP's names are ours too.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/bench/setup.h"

#include <string.h>

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>
#include "tests/bench/stack_meter.h"

enum { CLIENT, SERVER, ENDS, FRAME_BYTES = 1514 };

struct setup_end {
    struct netif netif;
    struct {
        uint8_t bytes[FRAME_BYTES];
        u16_t len;
    } frames[SETUP_FRAMES]; /* that it has sent */
    unsigned first, last;
};

static struct setup_end ends[ENDS];
static u32_t now_ms;
static unsigned established, ended;

u32_t sys_now(void)
{
    return now_ms;
}

static err_t send_frame(struct netif *netif, struct pbuf *packet)
{
    struct setup_end *end = netif->state;

    if (end->last - end->first == SETUP_FRAMES || packet->tot_len > FRAME_BYTES)
        stream_die("the link has no room for a frame");
    end->frames[end->last % SETUP_FRAMES].len = packet->tot_len;
    pbuf_copy_partial(packet, end->frames[end->last++ % SETUP_FRAMES].bytes, packet->tot_len, 0);
    return ERR_OK;
}

static err_t netif_made(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->mtu = 1500;
    netif->hwaddr_len = 6;
    memcpy(netif->hwaddr, (uint8_t[]){2, 0, 0, 0, 0, netif->state == &ends[CLIENT]}, 6);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    netif->output = etharp_output;
    netif->linkoutput = send_frame;
    return ERR_OK;
}

static void serve(int from)
{
    struct setup_end *end = &ends[from], *to = &ends[!from];

    while (end->first != end->last) {
        unsigned place = end->first++ % SETUP_FRAMES;
        struct pbuf *packet = pbuf_alloc(PBUF_RAW, end->frames[place].len, PBUF_POOL);

        if (!packet)
            stream_die("lwIP has no buffer for a frame");
        pbuf_take(packet, end->frames[place].bytes, end->frames[place].len);
        to->netif.input(packet, &to->netif);
    }
}

static void talk(void)
{
    sys_check_timeouts();
    do {
        serve(CLIENT);
        serve(SERVER);
    } while (ends[CLIENT].first != ends[CLIENT].last);
}

static err_t received(void *user, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    (void)user, (void)error;
    if (data)
        stream_die("data from nowhere");
    ended++;
    tcp_recv(pcb, NULL);
    return tcp_close(pcb);
}

static err_t accepted(void *user, struct tcp_pcb *pcb, err_t error)
{
    (void)user;
    established++;
    tcp_recv(pcb, received);
    return error;
}

static err_t connected(void *user, struct tcp_pcb *pcb, err_t error)
{
    (void)user, (void)pcb;
    established++;
    return error;
}

static ip4_addr_t end_address(int index)
{
    return (ip4_addr_t){lwip_htonl(0x0a000001u + (unsigned)index)};
}

void setup_lwip_open(void)
{
    ip4_addr_t mask = {lwip_htonl(0xffffff00u)}, gateway = {0}, address;
    struct tcp_pcb *listener;

    lwip_init();
    for (int i = 0; i < ENDS; i++) {
        address = end_address(i);
        netif_add(&ends[i].netif, &address, &mask, &gateway, &ends[i], netif_made, ethernet_input);
        netif_set_up(&ends[i].netif);
        netif_set_link_up(&ends[i].netif);
    }
    listener = tcp_new();
    address = end_address(SERVER);
    tcp_bind(listener, &address, SETUP_PORT);
    tcp_bind_netif(listener, &ends[SERVER].netif);
    listener = tcp_listen(listener);
    tcp_accept(listener, accepted);
    talk();
}

void setup_lwip_cycle(void)
{
    ip4_addr_t to = end_address(SERVER);
    struct tcp_pcb *pcb = tcp_new();

    established = ended = 0;
    now_ms += SETUP_CYCLE_MS;
    tcp_bind_netif(pcb, &ends[CLIENT].netif);
    if (tcp_connect(pcb, &to, SETUP_PORT, connected))
        stream_die("lwIP cannot connect");
    talk();
    if (established != ENDS)
        stream_die("lwIP: %u ends of a connection are established", established);
    tcp_close(pcb);
    talk();
    if (ended != 1)
        stream_die("lwIP: the server does not see the end");
}
