/* What the odd host makes of a segment. See odd.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "tests/world/odd.h"

/* Whatever stands in front, every link takes it (RFC 8200, 5): the odd host hears of none that does not. */
enum { MOST_DATA6 = 1100 };

static bool is_from(const struct odd_socket *socket, const struct segment *segment)
{
    if (socket->v6 || segment->source6)
        return socket->v6 && segment->source6 && !memcmp(socket->remote6, segment->source6, 16);
    return socket->remote == segment->source;
}

static struct odd_socket *find(struct odd *odd, const struct segment *segment)
{
    struct odd_socket *listener = NULL;

    for (int i = 0; i < ODD_SOCKETS; i++) {
        struct odd_socket *socket = &odd->sockets[i];

        if (!socket->end || socket->port != segment->destination_port)
            continue;
        if (!socket->listens && is_from(socket, segment) &&
            socket->remote_port == segment->source_port)
            return socket;
        if (socket->listens)
            listener = socket;
    }
    return listener;
}

/* The first SYN for a listener: its place becomes the connection's. */
static void take_first_syn(struct odd *odd, struct odd_socket *socket,
                           const struct segment *segment)
{
    if ((segment->flags & (SEGMENT_SYN | SEGMENT_ACK | SEGMENT_RST)) != SEGMENT_SYN)
        return;
    socket->listens = false;
    socket->v6 = segment->source6;
    socket->remote = segment->source;
    if (socket->v6)
        memcpy(socket->remote6, segment->source6, 16);
    socket->remote_port = segment->source_port;
    socket->iss = (uint32_t)chance_draw(&odd->chance);
}

static void take_syn(struct odd *odd, struct odd_socket *socket, const struct segment *segment)
{
    socket->peer_known = true;
    socket->peer_iss = segment->seq;
    socket->next = 1;
    socket->mss = segment->mss && segment->mss < 1400 ? segment->mss : 1400;
    if (socket->v6 && socket->mss > MOST_DATA6)
        socket->mss = MOST_DATA6;
    socket->owes_ack = true;
    if (!(segment->flags & SEGMENT_ACK)) {
        socket->owes_ack = false;
        odd_send_syn(odd, socket);
        socket->due_ns = odd->host->now_ns + WORLD_S;
    }
}

static void take_ack(struct odd *odd, struct odd_socket *socket, const struct segment *segment)
{
    uint32_t ack = segment->ack - socket->iss;

    if (ack > socket->sent || ack < socket->acked)
        return;
    socket->tries = 0;
    if (ack > socket->acked) {
        socket->wait_ns = 300 * WORLD_MS;
        socket->due_ns = odd->host->now_ns + socket->wait_ns;
    }
    socket->acked = ack;
    socket->edge = ack + segment->window;
    if (!socket->established && ack) {
        socket->established = socket->in_use = true;
        socket->end->socket = socket;
        end_opened(socket->end);
    }
}

/* Only what comes in order is kept, and only what there is room for. */
static void take_data(struct odd_socket *socket, const struct segment *segment, uint32_t number)
{
    uint32_t skip = socket->next - number, room = ODD_BUFFER - socket->filled, bytes;

    if (number > socket->next || skip > segment->length)
        return;
    bytes = segment->length - skip;
    bytes = bytes < room ? bytes : room;
    memcpy(socket->buffer + socket->filled, segment->data + skip, bytes);
    socket->filled += bytes;
    socket->next += bytes;
    if ((segment->flags & SEGMENT_FIN) && socket->next == number + segment->length &&
        !socket->peer_fin) {
        socket->peer_fin = true;
        socket->next++;
    }
}

/* Both have said that they send no more, and know it of each other. */
static bool is_over(const struct odd_socket *socket)
{
    return socket->peer_fin && socket->fin_queued && socket->acked > socket->end_number;
}

static void take_reset(struct odd_socket *socket, const struct segment *segment)
{
    bool at_next = socket->peer_known && segment->seq == socket->peer_iss + socket->next;

    if (!at_next && socket->peer_known)
        return;
    socket->reset = true;
    if (socket->in_use && !is_over(socket))
        end_failed(socket->end, socket->established ? -ECONNRESET : -ECONNREFUSED);
}

void odd_input(struct odd *odd, const struct segment *segment)
{
    struct odd_socket *socket = find(odd, segment);
    uint32_t number;

    if (socket && socket->listens)
        take_first_syn(odd, socket, segment);
    if (!socket || socket->listens || socket->reset || (!socket->established && socket->end->left))
        return;
    if (segment->flags & SEGMENT_RST) {
        take_reset(socket, segment);
        return;
    }
    if (segment->flags & SEGMENT_SYN && (!socket->peer_known || !socket->established))
        take_syn(odd, socket, segment);
    if (!socket->peer_known)
        return;
    if (segment->flags & SEGMENT_ACK)
        take_ack(odd, socket, segment);
    number = segment->seq - socket->peer_iss;
    if (segment->length + number > socket->next && !socket->in_use && socket->established) {
        odd_send_reset(odd, socket); /* nobody will read it */
        socket->reset = true;
        return;
    }
    if (segment->length || segment->flags & SEGMENT_FIN)
        take_data(socket, segment, number);
    /* An ACK for what has come, and for who asks whether it is still there. */
    socket->owes_ack |= segment->length || segment->flags & SEGMENT_FIN || number < socket->next;
}
