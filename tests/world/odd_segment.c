/* What the odd host sends. See odd.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/world/odd.h"

enum { TCP = 20, URGENT = 32, MOST_OPTIONS = 12 };

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* One that nobody knows (RFC 9293, 3.1: skipped by its length), between some that mean nothing. */
static uint32_t put_odd_option(struct odd *odd, uint8_t *at)
{
    if (!chance_of(&odd->chance, 300))
        return 0;
    memcpy(at, (uint8_t[]){1, 253, 4, 0xfe, 0xe1, 1, 1, 0}, 8);
    return 8;
}

/* RFC 9293, 3.8.6: a window should not shrink, but a sender must live with one that does. */
static uint16_t odd_window(struct odd *odd, const struct odd_socket *socket)
{
    uint32_t room = ODD_BUFFER - socket->filled;

    return (uint16_t)(chance_of(&odd->chance, 100) ? chance_between(&odd->chance, 0, room) : room);
}

static void send_segment(struct odd *odd, struct odd_socket *socket, uint8_t flags, uint32_t number,
                         uint32_t bytes)
{
    uint8_t tcp[TCP + MOST_OPTIONS + 1460] = {0};
    uint32_t options = 0;

    if (flags & SEGMENT_SYN && socket->mss_option) {
        segment_store(tcp + TCP, 4, 0x02040000u | socket->mss_option);
        options = 4;
    }
    options += put_odd_option(odd, tcp + TCP + options);
    if (bytes && chance_of(&odd->chance, 50)) { /* RFC 6093: urgent data is data */
        flags |= URGENT;
        segment_store(tcp + 18, 2, (uint32_t)chance_draw(&odd->chance) & 0xffff);
    }
    segment_store(tcp, 2, socket->port);
    segment_store(tcp + 2, 2, socket->remote_port);
    segment_store(tcp + 4, 4, socket->iss + number);
    if (flags & SEGMENT_ACK)
        segment_store(tcp + 8, 4, socket->peer_iss + socket->next);
    segment_store(tcp + 12, 2, (TCP + options) / 4 << 12 | flags);
    segment_store(tcp + 14, 2, odd_window(odd, socket));
    if (bytes)
        memcpy(tcp + TCP + options, end_data(socket->end, number - 1), bytes);
    odd_send_packet(odd, socket, tcp, TCP + options + bytes);
    socket->owes_ack = socket->owes_ack && !(flags & SEGMENT_ACK);
}

void odd_send_syn(struct odd *odd, struct odd_socket *socket)
{
    socket->syn_out = true;
    socket->sent = 1;
    send_segment(odd, socket, SEGMENT_SYN | (socket->peer_known ? SEGMENT_ACK : 0), 0, 0);
}

void odd_send_ack(struct odd *odd, struct odd_socket *socket)
{
    uint32_t number =
        least(socket->sent, socket->edge > socket->acked ? socket->edge : socket->acked);

    send_segment(odd, socket, SEGMENT_ACK, number, 0);
    if (chance_of(&odd->chance, 20))
        send_segment(odd, socket, SEGMENT_ACK, number, 0);
}

void odd_send_reset(struct odd *odd, struct odd_socket *socket)
{
    send_segment(odd, socket, SEGMENT_RST | SEGMENT_ACK, socket->sent, 0);
}

/* The bytes from number on up to until, cut anywhere; some pieces twice, some behind the next. */
static void send_pieces(struct odd *odd, struct odd_socket *socket, uint32_t number, uint32_t until)
{
    while (number < until) {
        bool small = chance_of(&odd->chance, 200);
        uint32_t most = small ? 20 : socket->mss, left = until - number;
        uint32_t bytes = (uint32_t)chance_between(&odd->chance, 1, least(left, most));

        if (!small && chance_of(&odd->chance, 700))
            bytes = least(left, socket->mss);
        if (bytes > 1 && chance_of(&odd->chance, 60)) /* its second half first, then all of it */
            send_segment(odd, socket, SEGMENT_ACK, number + bytes / 2, bytes - bytes / 2);
        send_segment(odd, socket, SEGMENT_ACK | SEGMENT_PSH, number, bytes);
        if (chance_of(&odd->chance, 30))
            send_segment(odd, socket, SEGMENT_ACK, number, bytes);
        number += bytes;
    }
}

static void send_from(struct odd *odd, struct odd_socket *socket, uint32_t number)
{
    uint32_t written = socket->end->written + 1, edge = socket->edge;

    if (chance_of(&odd->chance, 20)) /* what lies beyond the window is not taken, and comes again */
        edge += 500;
    send_pieces(odd, socket, number, least(written, edge));
    if (written > socket->sent && edge > socket->sent)
        socket->sent = least(written, edge);
    if (socket->fin_queued && edge >= written && socket->sent >= socket->end_number) {
        send_segment(odd, socket, SEGMENT_FIN | SEGMENT_ACK, socket->end_number, 0);
        socket->sent = socket->end_number + 1;
    }
}

void odd_send_data(struct odd *odd, struct odd_socket *socket)
{
    bool fin_due = socket->fin_queued && socket->sent <= socket->end_number;

    if (socket->sent < least(socket->end->written + 1, socket->edge) || fin_due)
        send_from(odd, socket, socket->sent);
}

/* One byte into the closed window, if there is one. */
static void probe(struct odd *odd, struct odd_socket *socket)
{
    uint32_t until = least(socket->acked + 1, socket->end->written + 1);

    send_pieces(odd, socket, socket->acked, until);
    if (until > socket->sent)
        socket->sent = until;
}

void odd_send_again(struct odd *odd, struct odd_socket *socket)
{
    uint32_t back = least(socket->acked - 1, (uint32_t)chance_between(&odd->chance, 0, 100));

    if (!socket->established)
        odd_send_syn(odd, socket);
    else if (socket->acked >= socket->edge)
        probe(odd, socket);
    else
        send_from(odd, socket, socket->acked - back);
}
