/* The odd host: frames, sockets, time. See odd.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "driver/transport.h"
#include "tests/world/odd.h"

enum { MOST_TRIES = 14 };

static struct odd *odd_of(const struct host *host)
{
    return host->own;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void odd_open(struct host *host)
{
    struct odd *odd = calloc(1, sizeof *odd);

    odd->host = host;
    odd->chance = chance_split(host->world->scenario.seed, 30 + (unsigned)host->index);
    host->own = odd;
    host->now_ns = WORLD_START_NS;
}

static void odd_close(struct host *host)
{
    free(host->own);
}

/* ---- time ---- */

/* Something is to be sent, or sent again. */
static bool is_busy(const struct odd_socket *socket)
{
    if (!socket->end || socket->reset || socket->listens)
        return false;
    return !socket->established || socket->acked < socket->end->written + 1 ||
           (socket->fin_queued && socket->acked <= socket->end_number);
}

static void give_up(struct odd_socket *socket)
{
    socket->reset = true;
    if (!socket->end->left && (socket->in_use || socket->end->side == SIDE_CLIENT))
        end_failed(socket->end, -ETIMEDOUT);
}

static void run_timer(struct odd *odd, struct odd_socket *socket)
{
    if (!is_busy(socket) || odd->host->now_ns < socket->due_ns)
        return;
    if (++socket->tries > MOST_TRIES) {
        give_up(socket);
        return;
    }
    odd_send_again(odd, socket);
    socket->wait_ns = earlier(2 * socket->wait_ns, 20 * WORLD_S);
    socket->due_ns = odd->host->now_ns + socket->wait_ns;
}

static void take_frames(struct host *host)
{
    struct segment segment;
    struct frame *frame;
    const char *why;

    while ((frame = link_pop(&host->down, host->now_ns))) {
        world_arrived(host, frame->bytes, frame->length, host->now_ns);
        if (segment_read(frame->bytes, frame->length, &segment, &why) == SEGMENT_IS_TCP)
            odd_input(odd_of(host), &segment);
        frame_give(&host->world->pool, frame);
    }
}

static bool run_programs(struct host *host)
{
    bool any = false;

    for (int i = 0; i < host->world->scenario.connections; i++)
        for (int side = 0; side < 2; side++)
            if (host->world->ends[i][side].host == host)
                any |= end_run(&host->world->ends[i][side], host->now_ns);
    return any;
}

static void send_what_is_due(struct odd *odd, struct odd_socket *socket)
{
    if (!socket->end || socket->reset || socket->listens)
        return;
    if (socket->established && is_busy(socket))
        odd_send_data(odd, socket);
    if (socket->owes_ack)
        odd_send_ack(odd, socket);
    run_timer(odd, socket);
}

static void odd_run(struct host *host, uint64_t until_ns)
{
    host->now_ns = until_ns;
    take_frames(host);
    while (run_programs(host))
        ;
    for (int i = 0; i < ODD_SOCKETS; i++)
        send_what_is_due(odd_of(host), &odd_of(host)->sockets[i]);
    while (run_programs(host)) /* one that has given up is told so */
        ;
}

static uint64_t odd_deadline(const struct host *host)
{
    uint64_t due = link_deadline(&host->down, host->now_ns);

    for (int i = 0; i < ODD_SOCKETS; i++)
        if (is_busy(&odd_of(host)->sockets[i]))
            due = earlier(due, odd_of(host)->sockets[i].due_ns);
    return due;
}

static int odd_connections(const struct host *host)
{
    int count = 0;

    for (int i = 0; i < ODD_SOCKETS; i++)
        count += is_busy(&odd_of(host)->sockets[i]);
    return count;
}

static void odd_finish(struct host *host)
{
    (void)host;
}

/* ---- sockets ---- */

static struct odd_socket *place(struct end *end, uint16_t port)
{
    struct odd *odd = odd_of(end->host);
    struct odd_socket *socket = odd->sockets;

    while (socket->end)
        socket++;
    *socket = (struct odd_socket){
        .end = end, .port = port, .wait_ns = WORLD_S, .due_ns = end->host->now_ns + WORLD_S};
    return socket;
}

static void odd_listen(struct end *end)
{
    place(end, (uint16_t)(WORLD_PORT + end->connection))->listens = true;
}

static bool odd_has_ipv4(const struct host *host)
{
    (void)host;
    return true;
}

static bool odd_address6(const struct host *host, uint8_t out[16])
{
    const uint8_t own[16] = {0x20, 0x01, 0x0d, 0xb8, [7] = (uint8_t)host->index, [14] = 0x0d, 0xd1};

    memcpy(out, own, sizeof own);
    return host->config->router.on;
}

static int odd_connect(struct end *end, const struct target *to, uint16_t port)
{
    struct odd *odd = odd_of(end->host);
    struct odd_socket *socket = place(end, (uint16_t)(WORLD_CLIENT_PORT + end->connection));

    socket->v6 = to->v6;
    socket->remote = to->address;
    memcpy(socket->remote6, to->address6, 16);
    socket->remote_port = port;
    socket->iss = (uint32_t)chance_draw(&odd->chance);
    end->socket = socket;
    odd_send_syn(odd, socket);
    return 0;
}

static void odd_set_options(struct end *end)
{
    (void)end;
}

static size_t odd_write(struct end *end, const uint8_t *bytes, size_t len)
{
    struct odd_socket *socket = end->socket;
    uint32_t out = end->written + 1 - socket->acked;

    (void)bytes; /* they are end_data's, where they are taken from */
    if (len > ODD_AHEAD - earlier(out, ODD_AHEAD))
        len = ODD_AHEAD - earlier(out, ODD_AHEAD);
    end->written += (uint32_t)len;
    return len;
}

static size_t odd_read(struct end *end, uint8_t *bytes, size_t len)
{
    struct odd_socket *socket = end->socket;
    bool was_full = socket->filled > ODD_BUFFER / 2;

    if (len > socket->filled)
        len = socket->filled;
    memcpy(bytes, socket->buffer, len);
    memmove(socket->buffer, socket->buffer + len, socket->filled - len);
    socket->filled -= (uint32_t)len;
    socket->owes_ack |= was_full && socket->filled <= ODD_BUFFER / 2; /* the window has opened */
    return len;
}

static bool odd_at_end(const struct end *end)
{
    const struct odd_socket *socket = end->socket;

    return socket->peer_fin && !socket->filled;
}

static bool odd_unsent(const struct end *end)
{
    return is_busy(end->socket);
}

static void odd_shutdown(struct end *end)
{
    struct odd_socket *socket = end->socket;

    socket->fin_queued = true;
    socket->end_number = end->written + 1;
}

static void odd_close_socket(struct end *end)
{
    struct odd_socket *socket = end->socket;

    if (!socket->fin_queued)
        odd_shutdown(end);
    socket->in_use = false;
    socket->reset |= !socket->established;
}

static void odd_abort_socket(struct end *end)
{
    struct odd_socket *socket = end->socket;

    if (!socket->reset && socket->peer_known)
        odd_send_reset(odd_of(end->host), socket);
    socket->in_use = false;
    socket->reset = true;
}

const struct host_ops odd_ops = {
    .open = odd_open,
    .run = odd_run,
    .deadline = odd_deadline,
    .connections = odd_connections,
    .finish = odd_finish,
    .close = odd_close,
    .has_ipv4 = odd_has_ipv4,
    .address6 = odd_address6,
    .listen = odd_listen,
    .connect = odd_connect,
    .set_options = odd_set_options,
    .write = odd_write,
    .read = odd_read,
    .at_end = odd_at_end,
    .unsent = odd_unsent,
    .shutdown = odd_shutdown,
    .close_socket = odd_close_socket,
    .abort_socket = odd_abort_socket,
};
