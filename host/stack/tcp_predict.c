/* Header prediction. See tcp_predict.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_predict.h"

#include "host/stack/bytes.h"

/* Bytes 12 and 13 of a header whose only flag is ACK; PSH aside. */
enum {
    PLAIN_LAYOUT = TCP_HEADER_BYTES / 4 << 12 | TCP_ACK,
    TIMESTAMPS_LAYOUT = (TCP_HEADER_BYTES + TCP_TIMESTAMPS_BYTES) / 4 << 12 | TCP_ACK,
};

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

/* The timestamps alone, and not older than what has come (RFC 7323, 5.3). */
static bool options_expected(const struct tcp_conn *conn, const uint8_t *options, uint64_t now_ns)
{
    return !conn->timestamps || (get32(options) == TCP_NOP_NOP_TIMESTAMPS &&
                                 !tcp_timestamp_is_old(conn, get32(options + 4), now_ns));
}

/* Returns the header's length, or 0 if this is not what conn expects. */
static uint32_t expected(const struct tcp_conn *conn, const uint8_t *header, size_t length,
                         uint64_t now_ns)
{
    uint16_t layout = conn->timestamps ? TIMESTAMPS_LAYOUT : PLAIN_LAYOUT;
    uint32_t header_bytes = TCP_HEADER_BYTES + tcp_options_steady(conn);
    bool is_expected = length > header_bytes && (get16(header + 12) & ~TCP_PSH) == layout &&
                       get32(header + 4) == conn->rcv_nxt && get32(header + 8) == conn->snd_una &&
                       (uint32_t)get16(header + 14) << conn->snd_scale == conn->snd_wnd &&
                       length - header_bytes <= tcp_window_offered(conn) &&
                       options_expected(conn, header + TCP_HEADER_BYTES, now_ns);
    return is_expected ? header_bytes : 0;
}

/* What is left of the steps. */
static void take(struct tcp_conn *conn, const uint8_t *header, uint32_t header_bytes, size_t length,
                 uint64_t now_ns)
{
    conn->stack->counters.tcp_in_predicted++;
    conn->stack->counters.tcp_in_data_segs++;
    conn->segments_received++;
    conn->heard_ns = now_ns;
    conn->snd_wl1 = conn->rcv_nxt;
    conn->snd_wl2 = conn->snd_una;
    if (conn->timestamps)
        tcp_timestamp_take(conn, conn->rcv_nxt, get32(header + TCP_HEADER_BYTES + 4), now_ns);
    tcp_data_in_order(conn, header + header_bytes, (uint32_t)length - header_bytes, now_ns);
}

struct tcp_conn *tcp_predict(struct tcp *tcp, const struct ip_input *in, uint64_t now_ns)
{
    struct tcp_conn *conn = tcp->found;
    uint32_t header_bytes;
    if (!conn || in->length <= TCP_HEADER_BYTES || !is_of(conn, in) || !is_settled(conn) ||
        !(header_bytes = expected(conn, in->payload, in->length, now_ns)) ||
        (!in->checksum_verified && !tcp_checksum_right(in)))
        return NULL;
    take(conn, in->payload, header_bytes, in->length, now_ns);
    return conn;
}

bool tcp_predict_of(struct tcp_conn *conn, const uint8_t *header, size_t length, uint64_t now_ns)
{
    uint32_t header_bytes = is_settled(conn) ? expected(conn, header, length, now_ns) : 0;
    if (header_bytes)
        take(conn, header, header_bytes, length, now_ns);
    return header_bytes;
}
