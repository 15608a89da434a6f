/* See path_lwip.h. Linked into one object that shows nothing but path_lwip_open, as lwIP's names are ours too.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/bench/path_lwip.h"

#include <string.h>

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

#include "driver/transport.h"
#include "tests/bench/stack_meter.h"

enum { FRAME_BYTES = 1514, WRITE_BYTES = 32768, NS_A_MS = 1000000 };

static struct path_host here;
static struct netif netif;
static uint64_t written;

u32_t sys_now(void)
{
    return (u32_t)(here.path->now_ns / NS_A_MS);
}

static err_t send_frame(struct netif *from, struct pbuf *packet)
{
    uint8_t frame[FRAME_BYTES];

    (void)from;
    if (packet->tot_len > sizeof frame)
        return ERR_BUF;
    pbuf_copy_partial(packet, frame, packet->tot_len, 0);
    path_send(&here, frame, packet->tot_len);
    return ERR_OK;
}

static err_t netif_made(struct netif *made)
{
    made->name[0] = 'e';
    made->mtu = 1500;
    made->hwaddr_len = 6;
    path_mac(here.index, made->hwaddr);
    made->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    made->output = etharp_output;
    made->linkoutput = send_frame;
    return ERR_OK;
}

static void host_take(struct path_host *host, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    struct pbuf *packet = pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_POOL);

    (void)host, (void)now_ns;
    if (!packet)
        stream_die("lwIP has no buffer for a frame");
    pbuf_take(packet, frame, (u16_t)len);
    netif.input(packet, &netif);
}

static void host_poll(struct path_host *host, uint64_t now_ns)
{
    (void)host, (void)now_ns;
    sys_check_timeouts();
}

static uint64_t host_deadline(const struct path_host *host)
{
    u32_t sleep_ms = sys_timeouts_sleeptime();

    if (sleep_ms == SYS_TIMEOUTS_SLEEPTIME_INFINITE)
        return TIME_NEVER;
    return (host->path->now_ns / NS_A_MS + sleep_ms) * NS_A_MS;
}

/* The data is not copied: lwIP refers to it until it is acknowledged. */
static void write_all(struct tcp_pcb *pcb)
{
    while (tcp_sndbuf(pcb) && tcp_sndqueuelen(pcb) < TCP_SND_QUEUELEN - 64) {
        size_t room = tcp_sndbuf(pcb);
        u16_t some = (u16_t)(room < WRITE_BYTES ? room : WRITE_BYTES);

        if (tcp_write(pcb, stream_data(written), some, 0))
            break;
        written += some;
    }
    tcp_output(pcb);
}

static err_t connected(void *user, struct tcp_pcb *pcb, err_t error)
{
    (void)user;
    write_all(pcb);
    return error;
}

static err_t sent(void *user, struct tcp_pcb *pcb, u16_t count)
{
    (void)user, (void)count;
    write_all(pcb);
    return ERR_OK;
}

static void lost(void *user, err_t error)
{
    (void)user;
    stream_die("lwIP's connection ended: %d", error);
}

void path_lwip_open(struct path *path, int index)
{
    ip4_addr_t address = {lwip_htonl(path_address(index))}, mask = {lwip_htonl(0xffffff00u)};
    ip4_addr_t to = {lwip_htonl(path_address(!index))}, gateway = {0};
    struct tcp_pcb *pcb;

    here = (struct path_host){host_take, host_poll, host_deadline, path, index};
    path->hosts[index] = &here;
    lwip_init();
    netif_add(&netif, &address, &mask, &gateway, NULL, netif_made, ethernet_input);
    netif_set_default(&netif);
    netif_set_up(&netif);
    netif_set_link_up(&netif);
    pcb = tcp_new();
    tcp_sent(pcb, sent);
    tcp_err(pcb, lost);
    if (tcp_connect(pcb, &to, PATH_PORT, connected))
        stream_die("lwIP cannot connect");
}
