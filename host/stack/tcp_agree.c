/* The options of a handshake: what we offer, and what both ends then use. RFC 7323, 1.3 and 3.2;
 * RFC 2018, 2; RFC 9293, 3.7.1.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_output.h"

static void options_wish(const struct tcp_conn *conn, struct tcp_options *out)
{
    out->mss = tcp_conn_mss_offer(conn, &conn->remote.address);
    out->has_scale = out->sack_permitted = true;
    out->has_timestamps = conn->stack->config.tcp_timestamps;
    out->scale = conn->rcv_scale;
}

void tcp_options_offer(const struct tcp_conn *conn, uint8_t flags, struct tcp_options *out,
                       uint64_t now_ns)
{
    options_wish(conn, out);
    if (flags & TCP_ACK) {
        out->has_scale = conn->scales;
        out->sack_permitted = conn->sack;
        out->has_timestamps = conn->timestamps;
    }
    out->ts_value = tcp_timestamp(conn, now_ns);
    out->ts_echo = flags & TCP_ACK ? conn->ts_recent : 0;
}

/* Without scaling on both sides there is none on either. */
static void scale_agree(struct tcp_conn *conn, const struct tcp_options *peer)
{
    conn->scales = peer->has_scale;
    conn->snd_scale = peer->has_scale ? peer->scale : 0;
    if (!peer->has_scale)
        conn->rcv_scale = 0;
}

void tcp_options_agree(struct tcp_conn *conn, const struct tcp_segment *syn, uint64_t now_ns)
{
    scale_agree(conn, &syn->options);
    conn->sack = syn->options.sack_permitted;
    conn->timestamps = conn->stack->config.tcp_timestamps && syn->options.has_timestamps;
    if (conn->timestamps) {
        conn->ts_recent = syn->options.ts_value;
        conn->ts_recent_s = (uint32_t)(now_ns / 1000000000);
    }
    tcp_ecn_agree(conn, syn);
    tcp_conn_mss_choose(conn, syn->options.mss);
}
