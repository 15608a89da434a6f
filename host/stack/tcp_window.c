/* The window that we offer, without silliness. RFC 9293, 3.8.6.2.2.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_conn.h"

enum { MAX_WINDOW = 65535 };

uint32_t tcp_window_offered(const struct tcp_conn *conn)
{
    return seq_gt(conn->rcv_adv, conn->rcv_nxt) ? conn->rcv_adv - conn->rcv_nxt : 0;
}

/* The right edge never moves back, and moves on only by a full segment or half the buffer. While
 * something is missing it stays, unless little is left: an ACK with another window is no duplicate
 * (RFC 5681, 2), and the peer counts duplicates. */
uint32_t tcp_window_to_offer(const struct tcp_conn *conn)
{
    uint32_t offered = tcp_window_offered(conn);
    uint32_t room = tcp_buffer_room(&conn->receive);
    uint32_t least = conn->receive.size / 2;
    if (room > MAX_WINDOW)
        room = MAX_WINDOW;
    if (least > tcp_conn_mss_offer(conn))
        least = tcp_conn_mss_offer(conn);
    if (conn->reassembly.count && offered > room / 2)
        return offered;
    return room >= offered + least ? room : offered;
}

/* Window updates ride on ACKs; one of its own goes out only where the window would at least
 * double, so that a sender never waits for a window that is open. */
bool tcp_window_update_due(const struct tcp_conn *conn)
{
    uint32_t offered = tcp_window_offered(conn);
    uint32_t next = tcp_window_to_offer(conn);
    return next > offered && next / 2 >= offered;
}
