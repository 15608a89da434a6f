/* A segment's way in: to its connection, through the eight steps, and out with what it set free.
 * RFC 9293, 3.10.7.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "host/stack/bytes.h"
#include "host/stack/tcp_input.h"
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_predict.h"
#include "host/stack/tcp_timer.h"

/* The last three steps, each if the segment goes on to it. */
static enum tcp_verdict steps_after_ack(struct tcp_conn *conn, struct tcp_segment *segment,
                                        uint64_t now_ns)
{
    return tcp_step_6_urgent(conn, segment, now_ns) || tcp_step_7_text(conn, segment, now_ns) ||
           tcp_step_8_fin(conn, segment, now_ns);
}

static enum tcp_verdict steps_run(struct tcp_conn *conn, struct tcp_segment *segment,
                                  uint64_t now_ns)
{
    return tcp_step_1_sequence(conn, segment, now_ns) || tcp_step_2_reset(conn, segment, now_ns) ||
           tcp_step_3_security(conn, segment, now_ns) || tcp_step_4_syn(conn, segment, now_ns) ||
           tcp_step_5_ack(conn, segment, now_ns) || steps_after_ack(conn, segment, now_ns);
}

void tcp_answer(struct tcp_conn *conn, uint64_t now_ns)
{
    if (!tcp_batch_takes(conn))
        tcp_output(conn, now_ns);
}

static void conn_input(struct tcp_conn *conn, struct tcp_segment *segment, uint64_t now_ns)
{
    conn->segments_received++;
    tcp_heard(conn, now_ns);
    if (!(segment->flags & TCP_SYN))
        segment->window <<= conn->snd_scale;
    if (conn->batched && segment->seq != conn->rcv_nxt) { /* what came before is answered before */
        tcp_batch_leave(conn);
        tcp_output(conn, now_ns);
    }
    if (conn->state != TCP_SYN_SENT)
        steps_run(conn, segment, now_ns);
    else if (tcp_input_syn_sent(conn, segment, now_ns) == SEGMENT_GOES_ON)
        steps_after_ack(conn, segment, now_ns);
    tcp_answer(conn, now_ns);
}

/* RFC 6191, 2: it begins behind the old one by its timestamp, or by its sequence number. */
static bool is_younger(const struct tcp_conn *conn, const struct tcp_segment *syn)
{
    bool stamped = conn->stack->config.tcp_timestamps && syn->options.has_timestamps;
    if (stamped && !conn->timestamps)
        return true;
    if (stamped && syn->options.ts_value != conn->ts_recent)
        return seq_gt(syn->options.ts_value, conn->ts_recent);
    return seq_gt(syn->seq, conn->rcv_nxt);
}

/* A new connection may follow an old one in TIME-WAIT (RFC 9293, 3.6.1). */
static bool follows_time_wait(const struct tcp_conn *conn, const struct tcp_segment *segment)
{
    uint8_t kind = segment->flags & (TCP_SYN | TCP_ACK | TCP_RST);
    return conn->state == TCP_TIME_WAIT && kind == TCP_SYN && is_younger(conn, segment);
}

/* Nothing knows of the connection but perhaps a listener: a SYN, or what a SYN cookie brings back. */
static void listener_input(struct tcp_conn *listener, struct tcp_segment *segment,
                           uint32_t isn_floor, uint64_t now_ns)
{
    struct tcp_conn *conn;
    if (!tcp_cookie_returned(listener, segment, &conn, now_ns))
        tcp_input_listen(listener, segment, isn_floor, now_ns);
    else if (conn)
        conn_input(conn, segment, now_ns);
}

/* conn: whose segment it is, if that is known already. */
static void segment_deliver(struct stack *stack, struct tcp_conn *conn, struct tcp_segment *segment,
                            uint64_t now_ns)
{
    struct tcp *tcp = stack->tcp;
    struct tcp_conn *listener = NULL;
    uint32_t isn_floor = 0;
    if (!conn)
        conn = tcp_table_find(tcp, &segment->destination, &segment->source);
    if (!conn || follows_time_wait(conn, segment))
        listener = tcp_table_find_listener(tcp, &segment->destination);
    if (conn && listener) {
        isn_floor = conn->snd_max + UINT16_MAX;
        tcp_conn_end(conn, 0, now_ns);
    }
    if (listener)
        listener_input(listener, segment, isn_floor, now_ns);
    else if (conn)
        conn_input(conn, segment, now_ns);
    else
        tcp_refuse(stack, segment, now_ns);
}

static bool speaks_for_one_host(const struct ip_input *in)
{
    return !in->broadcast && !address_is_unspecified(&in->source) &&
           !address_is_broadcast(&in->source) && !address_is_multicast(&in->source);
}

static void parse_and_deliver(struct stack *stack, struct tcp_conn *conn, const struct ip_input *in,
                              uint64_t now_ns)
{
    struct tcp_segment segment;
    stack->counters.tcp_in_segs++;
    if (!speaks_for_one_host(in))
        return;
    if (tcp_segment_parse(in, &segment))
        stack->counters.tcp_in_errs++;
    else
        segment_deliver(stack, conn, &segment, now_ns);
}

/* The segment's ends are conn's. */
static bool is_between(const struct tcp_conn *conn, const struct ip_input *in)
{
    return in->length >= TCP_HEADER_BYTES && get16(in->payload) == conn->remote.port &&
           get16(in->payload + 2) == conn->local.port &&
           address_equal(&in->source, &conn->remote.address) &&
           address_equal(&in->destination, &conn->local.address);
}

/* A run is for the board's sums, and for headers of one length (run.h). */
static bool run_may_follow(const struct tcp *tcp, const struct ip_input *in)
{
    return tcp->batching && in->checksum_verified &&
           in->header_length == ip_header_bytes(&in->source);
}

void tcp_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    struct tcp *tcp = stack->tcp;
    struct tcp_conn *last = tcp->found; /* segments come in runs */
    if (last && !is_between(last, in))
        last = NULL;
    if (!last || !tcp_predict_packet(last, in, now_ns))
        parse_and_deliver(stack, last, in, now_ns);
    else if (run_may_follow(tcp, in))
        stack->run.conn = last;
    if (!tcp->batching)
        tcp_tell_owners(tcp);
}

bool tcp_run_input(struct stack *stack, const uint8_t *segment, size_t length, uint64_t now_ns)
{
    return tcp_predict(stack->run.conn, segment, length, NULL, now_ns);
}
