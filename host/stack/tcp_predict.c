/* Header prediction. See tcp_predict.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_predict.h"

#include "host/stack/bytes.h"

/* Bytes 12 and 13 of a header without options, whose only flag is ACK; PSH aside. */
enum { EXPECTED_LAYOUT = TCP_HEADER_BYTES / 4 << 12 | TCP_ACK };

static bool is_of(const struct tcp_conn *conn, const struct ip_input *in)
{
    return get16(in->payload) == conn->remote.port && get16(in->payload + 2) == conn->local.port &&
           address_equal(&in->source, &conn->remote.address) &&
           address_equal(&in->destination, &conn->local.address);
}

/* Established, hence with an owner who reads; no end in sight, the peer's window not being probed; and no
 * segment from behind the next one has set our view of that window. */
static bool is_settled(const struct tcp_conn *conn)
{
    return conn->state == TCP_ESTABLISHED && !conn->peer_fin_known &&
           !tcp_timer_running(conn, TIMER_PERSIST) && seq_leq(conn->snd_wl1, conn->rcv_nxt);
}

static bool is_expected(const struct tcp_conn *conn, const uint8_t *header)
{
    return (get16(header + 12) & ~TCP_PSH) == EXPECTED_LAYOUT &&
           get32(header + 4) == conn->rcv_nxt && get32(header + 8) == conn->snd_una &&
           get16(header + 14) == conn->snd_wnd;
}

struct tcp_conn *tcp_predict(struct tcp *tcp, const struct ip_input *in, uint64_t now_ns)
{
    struct tcp_conn *conn = tcp->found;
    if (!conn || in->length <= TCP_HEADER_BYTES || !is_of(conn, in) ||
        !is_expected(conn, in->payload) || !is_settled(conn))
        return NULL;
    uint32_t length = (uint32_t)in->length - TCP_HEADER_BYTES;
    if (length > tcp_window_offered(conn) || (!in->checksum_verified && !tcp_checksum_right(in)))
        return NULL;
    tcp->stack->counters.tcp_in_predicted++;
    tcp->stack->counters.tcp_in_data_segs++;
    conn->segments_received++;
    conn->heard_ns = now_ns;
    conn->snd_wl1 = conn->rcv_nxt;
    conn->snd_wl2 = conn->snd_una;
    tcp_data_in_order(conn, in->payload + TCP_HEADER_BYTES, length, now_ns);
    return conn;
}
