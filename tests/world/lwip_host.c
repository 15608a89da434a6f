/* A host that runs lwIP (NO_SYS, from Debian's source package): a peer that shares no code with our stack.
 *
 * SPDX-License-Identifier: MIT
 *
 * Its names are ours too (tcp_connect, tcp_close …), so it is linked into one object that shows nothing but lwip_ops
 * (tests/world.mk). It keeps state: one such host in a process, once.
 */
#include <errno.h>
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
#include "tests/world/world.h"

enum { FRAME_BYTES = 1514, LEAST_FRAME_BYTES = 60 };

const bool lwip_is_there = true;

struct lwip_socket {
    struct tcp_pcb *pcb; /* NULL: lwIP has ended it */
    struct pbuf *unread;
    bool at_end;
};

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

static void host_close(struct host *host)
{
    (void)host;
}

/* ---- sockets ---- */

static int errno_of(err_t error)
{
    switch (error) {
    case ERR_RST: return -ECONNRESET;
    case ERR_ABRT: return -ETIMEDOUT; /* also what lwIP says when it has sent a segment too often */
    case ERR_RTE: return -EHOSTUNREACH;
    case ERR_MEM: return -ENOMEM;
    default: return -EIO;
    }
}

/* ERR_CLSD: it ended in order, and lwIP has let go of it. */
static void socket_lost(void *user, err_t error)
{
    struct end *end = user;
    struct lwip_socket *socket = end->socket;

    socket->pcb = NULL;
    if (error != ERR_CLSD)
        end_failed(end, errno_of(error));
}

static void forget_callbacks(struct tcp_pcb *pcb)
{
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_err(pcb, NULL);
}

/* Both sides have ended: lwIP frees the connection behind TIME-WAIT and tells nobody. */
static void socket_let_go(struct end *end)
{
    struct lwip_socket *socket = end->socket;

    if (socket->pcb && socket->at_end && end->shut) {
        forget_callbacks(socket->pcb);
        socket->pcb = NULL;
    }
}

static err_t socket_received(void *user, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    struct lwip_socket *socket = ((struct end *)user)->socket;

    (void)pcb, (void)error;
    if (!data) {
        socket->at_end = true;
        socket_let_go(user);
    } else if (socket->unread)
        pbuf_cat(socket->unread, data);
    else
        socket->unread = data;
    return ERR_OK;
}

static err_t socket_connected(void *user, struct tcp_pcb *pcb, err_t error)
{
    (void)pcb;
    end_opened(user);
    return error;
}

static void socket_make(struct end *end, struct tcp_pcb *pcb)
{
    struct lwip_socket *socket = calloc(1, sizeof *socket);

    socket->pcb = pcb;
    end->socket = socket;
    tcp_arg(pcb, end);
    tcp_recv(pcb, socket_received);
    tcp_err(pcb, socket_lost);
}

static err_t socket_accepted(void *user, struct tcp_pcb *pcb, err_t error)
{
    struct end *end = user;

    if (error || !pcb)
        return ERR_VAL;
    if (end->socket || end->left) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    socket_make(end, pcb);
    end_opened(end);
    return ERR_OK;
}

static void socket_listen(struct end *end)
{
    struct tcp_pcb *pcb = tcp_new();

    tcp_bind(pcb, IP_ADDR_ANY, (u16_t)(WORLD_PORT + end->connection));
    end->listener = tcp_listen(pcb);
    tcp_arg(end->listener, end);
    tcp_accept(end->listener, socket_accepted);
}

static int socket_connect(struct end *end, uint32_t address, uint16_t port)
{
    ip_addr_t to = {lwip_htonl(address)};

    socket_make(end, tcp_new());
    return tcp_connect(((struct lwip_socket *)end->socket)->pcb, &to, port, socket_connected)
               ? -ENOBUFS
               : 0;
}

static void socket_nodelay(struct end *end)
{
    tcp_nagle_disable(((struct lwip_socket *)end->socket)->pcb);
}

static size_t socket_write(struct end *end, const uint8_t *bytes, size_t len)
{
    struct tcp_pcb *pcb = ((struct lwip_socket *)end->socket)->pcb;

    if (!pcb)
        return 0;
    if (len > tcp_sndbuf(pcb))
        len = tcp_sndbuf(pcb);
    if (!len || tcp_write(pcb, bytes, (u16_t)len, TCP_WRITE_FLAG_COPY))
        return 0;
    end->written += (uint32_t)len;
    tcp_output(pcb);
    return len;
}

static size_t socket_read(struct end *end, uint8_t *bytes, size_t len)
{
    struct lwip_socket *socket = end->socket;

    if (!socket->unread)
        return 0;
    len = pbuf_copy_partial(socket->unread, bytes, (u16_t)len, 0);
    socket->unread = pbuf_free_header(socket->unread, (u16_t)len);
    if (socket->pcb)
        tcp_recved(socket->pcb, (u16_t)len);
    return len;
}

static bool socket_at_end(const struct end *end)
{
    const struct lwip_socket *socket = end->socket;

    return socket->at_end && !socket->unread;
}

static bool socket_unsent(const struct end *end)
{
    const struct lwip_socket *socket = end->socket;

    return socket->pcb && tcp_sndqueuelen(socket->pcb);
}

static void socket_shutdown(struct end *end)
{
    struct lwip_socket *socket = end->socket;

    if (socket->pcb)
        tcp_shutdown(socket->pcb, 0, 1);
    socket_let_go(end);
}

/* Takes the callbacks away and returns the connection, which may be gone. */
static struct tcp_pcb *socket_free(struct end *end)
{
    struct lwip_socket *socket = end->socket;
    struct tcp_pcb *pcb = socket->pcb;

    if (socket->unread)
        pbuf_free(socket->unread);
    free(socket);
    if (pcb)
        forget_callbacks(pcb);
    return pcb;
}

static void socket_close(struct end *end)
{
    struct tcp_pcb *pcb = socket_free(end);

    if (pcb && tcp_close(pcb))
        tcp_abort(pcb);
}

static void socket_abort(struct end *end)
{
    struct tcp_pcb *pcb = socket_free(end);

    if (pcb)
        tcp_abort(pcb);
}

const struct host_ops lwip_ops = {
    .open = host_open,
    .run = host_run,
    .deadline = host_deadline,
    .connections = host_connections,
    .finish = host_finish,
    .close = host_close,
    .listen = socket_listen,
    .connect = socket_connect,
    .nodelay = socket_nodelay,
    .write = socket_write,
    .read = socket_read,
    .at_end = socket_at_end,
    .unsent = socket_unsent,
    .shutdown = socket_shutdown,
    .close_socket = socket_close,
    .abort_socket = socket_abort,
};
