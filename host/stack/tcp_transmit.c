/* One segment or super-segment at a time: built in place inside the packet and handed to the IP
 * layer.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "host/stack/tcp_input.h"
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_timer.h"

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

uint16_t tcp_conn_mss_offer(const struct tcp_conn *conn, const struct address *peer)
{
    uint16_t mtu = conn->stack->config.device.mtu, limit = conn->settings.max_segment;
    uint16_t mss = (uint16_t)(mtu - ip_header_bytes(peer) - TCP_HEADER_BYTES);
    return limit && limit < mss ? limit : mss;
}

void tcp_conn_mss_limit(struct tcp_conn *conn, uint32_t mss)
{
    uint32_t options = tcp_options_steady(conn);
    conn->mss = mss > TCP_MIN_MSS + options ? mss - options : TCP_MIN_MSS;
    conn->congestion.mss = conn->mss;
}

void tcp_conn_mss_choose(struct tcp_conn *conn, uint32_t offered)
{
    size_t room = ip_payload_room(conn->stack, &conn->remote.address);
    uint32_t path = room > TCP_HEADER_BYTES ? (uint32_t)room - TCP_HEADER_BYTES : 0;
    uint32_t limit = conn->settings.max_segment;
    conn->offered_mss = (uint16_t)offered;
    if (!offered)
        offered = address_is_v4(&conn->remote.address) ? TCP_DEFAULT_MSS : TCP_DEFAULT_MSS6;
    if (limit && limit < offered)
        offered = limit;
    tcp_conn_mss_limit(conn, path && path < offered ? path : offered);
}

/* Counts as many segments as the wire sees. */
static void segment_counted(struct tcp_conn *conn, const struct tcp_segment *segment, bool again,
                            uint64_t now_ns)
{
    struct stack_counters *counters = &conn->stack->counters;
    uint32_t count =
        segment->length > conn->mss ? (segment->length + conn->mss - 1) / conn->mss : 1;
    conn->last_send_ns = now_ns;
    conn->segments_sent += count;
    if (again) {
        counters->tcp_retrans_segs += count;
        conn->retransmissions += count;
        return;
    }
    counters->tcp_out_segs += count;
    conn->bytes_sent += segment->length;
    if (segment->length)
        counters->tcp_out_data_segs += count;
    else if (!(segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)))
        counters->tcp_out_acks++;
}

/* Every segment tells the peer how far we have received and how much more we take. */
static void ack_went_out(struct tcp_conn *conn, const struct tcp_segment *segment)
{
    conn->rcv_adv = seq_max(conn->rcv_adv, conn->rcv_nxt + segment->window);
    if (!(segment->flags & TCP_ACK))
        return;
    conn->ack_sent = conn->rcv_nxt;
    conn->ack_now = false;
    if (segment->options.sack_count)
        tcp_sack_went_out(conn);
    tcp_timer_stop(conn, TIMER_DELACK);
}

/* What a segment has behind its header. SACK blocks take what its data leaves. */
static void options_make(const struct tcp_conn *conn, struct tcp_segment *segment, uint64_t now_ns)
{
    struct tcp_options *options = &segment->options;
    tcp_options_clear(options);
    if (segment->flags & TCP_SYN) {
        tcp_options_offer(conn, segment->flags, options, now_ns);
        return;
    }
    if (conn->timestamps) {
        options->has_timestamps = true;
        options->ts_value = tcp_timestamp(conn, now_ns);
        options->ts_echo = conn->ts_recent;
    }
    if (conn->reassembly && segment->length <= conn->mss)
        tcp_sack_write(
            conn,
            least(conn->mss - segment->length, TCP_OPTIONS_MAX_BYTES - tcp_options_steady(conn)),
            options);
}

/* A SYN's window is never scaled (RFC 7323, 2.2). */
static void segment_make(const struct tcp_conn *conn, uint8_t flags, uint32_t seq, uint32_t len,
                         struct tcp_segment *out, uint64_t now_ns)
{
    bool syn = flags & TCP_SYN;
    out->source = conn->local;
    out->destination = conn->remote;
    out->seq = seq;
    out->ack = flags & TCP_ACK ? conn->rcv_nxt : 0;
    out->flags = syn ? flags | tcp_ecn_syn_flags(conn, flags) : flags;
    out->window_scale = syn ? 0 : conn->rcv_scale;
    out->window =
        syn ? least(tcp_buffer_room(&conn->receive), UINT16_MAX) : tcp_window_to_offer(conn);
    out->length = len;
    options_make(conn, out, now_ns);
}

/* The path takes less than we thought. Returns -EMSGSIZE if mss has followed, else 0. */
static int mss_follows_path(struct tcp_conn *conn)
{
    size_t room = ip_payload_room(conn->stack, &conn->remote.address);
    uint32_t before = conn->mss;
    if (room > TCP_HEADER_BYTES && room - TCP_HEADER_BYTES < before + tcp_options_steady(conn))
        tcp_conn_mss_limit(conn, (uint32_t)room - TCP_HEADER_BYTES);
    return conn->mss < before ? -EMSGSIZE : 0;
}

static inline void packet_for(const struct tcp_segment *segment, struct packet *out)
{
    *out = (struct packet){
        .source = segment->source.address,
        .destination = segment->destination.address,
        .protocol = PROTOCOL_TCP,
        .dont_fragment = true,
        .header_bytes = TCP_HEADER_BYTES,
    };
    if (tcp_options_any(&segment->options))
        out->header_bytes += (uint8_t)tcp_options_length(&segment->options);
    out->length = out->header_bytes + segment->length;
}

int tcp_transmit(struct tcp_conn *conn, uint8_t flags, uint32_t seq, uint32_t len, uint64_t now_ns)
{
    struct tcp_segment segment;
    struct packet packet;
    segment_make(conn, flags, seq, len, &segment, now_ns);
    uint32_t space = tcp_segment_space(&segment);
    bool again = space && seq_leq(seq + space, conn->snd_max);
    packet_for(&segment, &packet);
    packet.segment_bytes = len > conn->mss ? (uint16_t)conn->mss : 0;
    packet.tos = tcp_ecn_mark(conn, &segment, seq_lt(seq, conn->snd_max));
    int result = ip_begin(conn->stack, &packet);
    if (result == -EAGAIN || (result == -EMSGSIZE && mss_follows_path(conn)))
        return result;
    if (result == 0) {
        size_t header = tcp_segment_write(&segment, packet.payload);
        if (len)
            tcp_buffer_get(&conn->send, seq - conn->snd_una, packet.payload + header, len);
        uint64_t ticket = ip_send(conn->stack, &packet, TCP_CHECKSUM_OFFSET, now_ns);
        if (space)
            tcp_sent_watch(conn, ticket);
    }
    tcp_tell_sent(conn, &segment, again, now_ns);
    segment_counted(conn, &segment, again, now_ns);
    ack_went_out(conn, &segment);
    if (segment.flags & TCP_CWR && !(segment.flags & TCP_SYN))
        conn->ecn_cwr = false;
    return 0;
}

/* RFC 9293, 3.10.7.1: a sequence number that the other end finds acceptable. */
static struct tcp_segment refusal(const struct tcp_segment *segment)
{
    struct tcp_segment reset = {
        .source = segment->destination, .destination = segment->source, .flags = TCP_RST};
    if (segment->flags & TCP_ACK) {
        reset.seq = segment->ack;
    } else {
        reset.flags |= TCP_ACK;
        reset.ack = segment->seq + tcp_segment_space(segment);
    }
    return reset;
}

int tcp_send_alone(struct stack *stack, const struct tcp_segment *segment, uint64_t now_ns)
{
    struct packet packet;
    packet_for(segment, &packet);
    int result = ip_begin(stack, &packet);
    if (result)
        return result;
    tcp_segment_write(segment, packet.payload);
    stack->counters.tcp_out_segs++;
    ip_send(stack, &packet, TCP_CHECKSUM_OFFSET, now_ns);
    return 0;
}

void tcp_refuse(struct stack *stack, const struct tcp_segment *segment, uint64_t now_ns)
{
    if (segment->flags & TCP_RST)
        return;
    struct tcp_segment reset = refusal(segment);
    if (!tcp_send_alone(stack, &reset, now_ns))
        stack->counters.tcp_out_rsts++;
}
