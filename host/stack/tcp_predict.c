/* Header prediction. See tcp_predict.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_input.h"
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_predict.h"
#include "host/stack/tcp_timer.h"

#include "host/stack/bytes.h"

/* Established, hence with an owner who reads; no end in sight, the peer's window not being probed; and no
 * segment from behind the next one has set our view of that window. */
static bool is_settled(const struct tcp_conn *conn)
{
    return conn->state == TCP_ESTABLISHED && !conn->peer_fin_known &&
           !tcp_timer_running(conn, TIMER_PERSIST) && seq_leq(conn->snd_wl1, conn->rcv_nxt);
}

/* The timestamps alone, and not older than what has come (RFC 7323, 5.3). */
static bool timestamps_expected(const struct tcp_conn *conn, const uint8_t *options,
                                uint64_t now_ns)
{
    return get32(options) == TCP_NOP_NOP_TIMESTAMPS &&
           !tcp_timestamp_is_old(conn, get32(options + 4), now_ns);
}

/* Length, the only flag (PSH aside), numbers and window of the header, whose options take the rest of its length. */
static bool is_expected(const struct tcp_conn *conn, const uint8_t *header, uint32_t header_bytes)
{
    uint32_t layout = header_bytes / 4 << 12 | TCP_ACK;
    return (get16(header + 12) & ~TCP_PSH) == layout && get32(header + 4) == conn->rcv_nxt &&
           get32(header + 8) == conn->snd_una &&
           (uint32_t)get16(header + 14) << conn->snd_scale == conn->snd_wnd;
}

bool tcp_predict(struct tcp_conn *conn, const uint8_t *header, size_t bytes,
                 const struct ip_input *unverified, uint64_t now_ns)
{
    uint32_t header_bytes = TCP_HEADER_BYTES + tcp_options_steady(conn);
    const uint8_t *options = header + TCP_HEADER_BYTES;
    if (bytes <= header_bytes || !is_expected(conn, header, header_bytes) || !is_settled(conn) ||
        bytes - header_bytes > tcp_window_offered(conn) ||
        (conn->timestamps && !timestamps_expected(conn, options, now_ns)) ||
        (unverified && !tcp_checksum_right(unverified)))
        return false;
    conn->stack->counters.tcp_in_segs++;
    conn->stack->counters.tcp_in_predicted++;
    conn->stack->counters.tcp_in_data_segs++;
    conn->segments_received++;
    tcp_heard(conn, now_ns);
    conn->snd_wl1 = conn->rcv_nxt;
    conn->snd_wl2 = conn->snd_una;
    if (conn->timestamps) {
        tcp_timestamp_take(conn, conn->rcv_nxt, get32(options + 4), now_ns);
        tcp_tune_echoed(conn, get32(options + 8), now_ns);
    }
    tcp_data_in_order(conn, header + header_bytes, (uint32_t)bytes - header_bytes, now_ns);
    tcp_answer(conn, now_ns);
    return true;
}

bool tcp_predict_packet(struct tcp_conn *conn, const struct ip_input *in, uint64_t now_ns)
{
    return in->length > TCP_HEADER_BYTES && (in->tos & 3) != 3 &&
           tcp_predict(conn, in->payload, in->length, in->checksum_verified ? NULL : in, now_ns);
}
