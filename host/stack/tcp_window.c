/* The window that we offer, without silliness. RFC 9293, 3.8.6.2.2; RFC 7323, 2.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_input.h"
#include "host/stack/tcp_output.h"

enum { MAX_FIELD = 65535 };

/* The least scale by which the header can tell of the whole buffer. */
uint8_t tcp_window_scale_for(uint32_t buffer_bytes)
{
    uint8_t scale = 0;
    while (scale < TCP_MAX_SCALE && buffer_bytes >> scale > MAX_FIELD)
        scale++;
    return scale;
}

uint8_t tcp_window_scale(const struct tcp_conn *conn)
{
    return conn->receive_fixed ? tcp_window_scale_for(conn->receive.size)
                               : conn_tcp(conn)->rcv_scale;
}

uint32_t tcp_window_offered(const struct tcp_conn *conn)
{
    return seq_gt(conn->rcv_adv, conn->rcv_nxt) ? conn->rcv_adv - conn->rcv_nxt : 0;
}

static uint32_t rounded_down(const struct tcp_conn *conn, uint32_t window)
{
    return window >> conn->rcv_scale << conn->rcv_scale;
}

/* The header tells of multiples of 2^scale only: a window that must not change is rounded up where
 * the buffer has the room, so that its right edge does not seem to move back. Where it has not, it
 * seems to, by less than 2^scale; rcv_adv stays, so what the peer was told it may send is taken. */
static uint32_t window_kept(const struct tcp_conn *conn, uint32_t offered, uint32_t room)
{
    uint32_t up = rounded_down(conn, offered + (1u << conn->rcv_scale) - 1);
    return up <= room ? up : rounded_down(conn, offered);
}

/* The right edge never moves back, and moves on only by a full segment or half the buffer. While
 * something is missing it stays, unless little is left: an ACK with another window is no duplicate
 * (RFC 5681, 2), and the peer counts duplicates. */
uint32_t tcp_window_to_offer(const struct tcp_conn *conn)
{
    uint32_t offered = tcp_window_offered(conn);
    uint32_t room = tcp_buffer_room(&conn->receive);
    uint32_t least = conn->receive.size / 2,
             segment = tcp_conn_mss_offer(conn, &conn->remote.address);
    if (room >> conn->rcv_scale > MAX_FIELD)
        room = (uint32_t)MAX_FIELD << conn->rcv_scale;
    if (least > segment)
        least = segment;
    if (least < 1u << conn->rcv_scale)
        least = 1u << conn->rcv_scale;
    if (tcp_has_gap(conn) && offered > room / 2)
        return window_kept(conn, offered, room);
    return room >= offered + least ? rounded_down(conn, room) : window_kept(conn, offered, room);
}

/* Window updates ride on ACKs; one of its own goes out only where the window would at least
 * double, so that a sender never waits for a window that is open. */
bool tcp_window_update_due(const struct tcp_conn *conn)
{
    uint32_t offered = tcp_window_offered(conn);
    uint32_t next = tcp_window_to_offer(conn);
    return next > offered && next / 2 >= offered;
}
