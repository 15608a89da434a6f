/* A host that runs lwIP (NO_SYS, from Debian's source package): a peer that shares no code with our stack.
 *
 * SPDX-License-Identifier: MIT
 *
 * Its names are ours too (tcp_connect, tcp_close …), so it is linked into one object that shows nothing but lwip_ops
 * (tests/world.mk). It keeps state: one such host in a process, once.
 */
#include <stdlib.h>
#include <string.h>

#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

#include "driver/transport.h"
#include "tests/world/lwip_host.h"

enum { FRAME_BYTES = 1514, LEAST_FRAME_BYTES = 60 };

const bool lwip_is_there = true;

static struct host *here; /* the only one */
static struct netif netif;

u32_t sys_now(void)
{
    return (u32_t)(here->now_ns / WORLD_MS);
}

/* ---- the link ---- */

static err_t send_frame(struct netif *from, struct pbuf *packet)
{
    uint8_t frame[FRAME_BYTES] = {0};
    size_t len = packet->tot_len;

    (void)from;
    if (len > sizeof frame)
        return ERR_BUF;
    pbuf_copy_partial(packet, frame, packet->tot_len, 0);
    if (len < LEAST_FRAME_BYTES)
        len = LEAST_FRAME_BYTES;
    world_sent(here, frame, len, here->now_ns);
    link_push(&here->up, frame, len, here->now_ns);
    return ERR_OK;
}

static void take_frames(void)
{
    struct frame *frame;

    while ((frame = link_pop(&here->down, here->now_ns))) {
        struct pbuf *packet = pbuf_alloc(PBUF_RAW, (u16_t)frame->length, PBUF_POOL);

        world_arrived(here, frame->bytes, frame->length, here->now_ns);
        if (packet) {
            pbuf_take(packet, frame->bytes, (u16_t)frame->length);
            netif.input(packet, &netif);
        }
        frame_give(&here->world->pool, frame);
    }
}

static err_t netif_made(struct netif *made)
{
    made->name[0] = 'e';
    made->mtu = here->config->mtu;
    made->hwaddr_len = 6;
    host_mac(here->index, 0, made->hwaddr);
    made->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    made->output = etharp_output;
    made->linkoutput = send_frame;
    return ERR_OK;
}

/* ---- the host ---- */

static void host_open(struct host *host)
{
    ip4_addr_t address = {lwip_htonl(host_address(host->index))}, mask = {lwip_htonl(0xffffff00u)};
    ip4_addr_t gateway = {lwip_htonl(host_gateway(host->index))};

    here = host;
    host->own = &netif;
    host->now_ns = WORLD_START_NS;
    srand((unsigned)chance_draw(&host->chance));
    lwip_init();
    netif_add(&netif, &address, &mask, &gateway, NULL, netif_made, ethernet_input);
    netif_set_default(&netif);
    netif_set_up(&netif);
    netif_set_link_up(&netif);
}

static bool run_programs(void)
{
    bool any = false;

    for (int i = 0; i < here->world->scenario.connections; i++)
        for (int side = 0; side < 2; side++)
            if (here->world->ends[i][side].host == here)
                any |= end_run(&here->world->ends[i][side], here->now_ns);
    return any;
}

static void host_run(struct host *host, uint64_t until_ns)
{
    host->now_ns = until_ns;
    take_frames();
    sys_check_timeouts();
    while (run_programs())
        ;
}

static uint64_t host_deadline(const struct host *host)
{
    uint64_t due = link_deadline(&host->down, host->now_ns);
    u32_t sleep_ms = sys_timeouts_sleeptime();
    uint64_t timer = (host->now_ns / WORLD_MS + sleep_ms) * WORLD_MS;

    return sleep_ms != SYS_TIMEOUTS_SLEEPTIME_INFINITE && timer < due ? timer : due;
}

static int host_connections(const struct host *host)
{
    int count = 0;

    (void)host;
    for (const struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        count++;
    for (const struct tcp_pcb *pcb = tcp_tw_pcbs; pcb; pcb = pcb->next)
        count++;
    return count;
}

static void host_finish(struct host *host)
{
    for (int i = 0; i < host->world->scenario.connections; i++) {
        struct end *end = &host->world->ends[i][SIDE_SERVER];

        if (end->host == host && end->listener)
            tcp_close(end->listener);
    }
}

static bool host_has_ipv4(const struct host *host)
{
    (void)host;
    return true;
}

static bool host_address6(const struct host *host, uint8_t out[16])
{
    (void)host, (void)out;
    return false;
}

static void host_close(struct host *host)
{
    (void)host;
}

const struct host_ops lwip_ops = {
    .open = host_open,
    .run = host_run,
    .deadline = host_deadline,
    .connections = host_connections,
    .finish = host_finish,
    .close = host_close,
    .has_ipv4 = host_has_ipv4,
    .address6 = host_address6,
    .listen = lwip_socket_listen,
    .connect = lwip_socket_connect,
    .set_options = lwip_socket_set_options,
    .write = lwip_socket_write,
    .read = lwip_socket_read,
    .at_end = lwip_socket_at_end,
    .unsent = lwip_socket_unsent,
    .shutdown = lwip_socket_shutdown,
    .close_socket = lwip_socket_close,
    .abort_socket = lwip_socket_abort,
};
