/* The seventh and the eighth step: a segment's data and its FIN. RFC 9293, 3.10.7.4 and 3.8.6.3.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "host/stack/tcp_input.h"
#include "host/stack/tcp_predict.h"
#include "host/stack/tcp_timer.h"

static bool takes_data(const struct tcp_conn *conn)
{
    return conn->state == TCP_ESTABLISHED || conn->state == TCP_FIN_WAIT_1 ||
           conn->state == TCP_FIN_WAIT_2;
}

/* Cuts off what was received before and what lies beyond the window or the peer's FIN. */
static void segment_trim(struct tcp_conn *conn, struct tcp_segment *segment)
{
    uint32_t before = seq_lt(segment->seq, conn->rcv_nxt) ? conn->rcv_nxt - segment->seq : 0;
    if (before > segment->length)
        before = segment->length;
    tcp_sack_came_twice(conn, segment->seq, segment->seq + before);
    segment->seq += before;
    segment->data += before;
    segment->length -= before;

    uint32_t edge = conn->rcv_nxt + tcp_window_offered(conn);
    if (conn->peer_fin_known)
        edge = seq_min(edge, conn->peer_fin_seq);
    uint32_t room = seq_gt(edge, segment->seq) ? edge - segment->seq : 0;
    if (segment->length > room) {
        segment->length = room;
        segment->flags &= (uint8_t)~TCP_FIN;
    }
}

/* Every second full segment is acknowledged at once, anything else within 40 ms (RFC 5681, 4.2). */
static void acknowledge_in_order(struct tcp_conn *conn, uint32_t length, uint64_t now_ns)
{
    if (length > conn->rcv_mss)
        conn->rcv_mss = (uint16_t)length; /* of an IP packet */
    if (conn->rcv_nxt - conn->ack_sent >= 2u * conn->rcv_mss)
        conn->ack_now = true;
    else if (!tcp_timer_running(conn, TIMER_DELACK))
        tcp_timer_start(conn, TIMER_DELACK, now_ns + TCP_DELAYED_ACK_NS);
}

void tcp_data_in_order(struct tcp_conn *conn, const uint8_t *data, uint32_t length, uint64_t now_ns)
{
    bool had_gap = tcp_has_gap(conn);
    uint32_t before = conn->rcv_nxt;
    if (tcp_buffer_allocate(&conn->receive, &conn_tcp(conn)->pool))
        return; /* as if it had been lost */
    tcp_buffer_put(&conn->receive, conn->receive.used, data, length);
    conn->rcv_nxt = before + length;
    if (had_gap) {
        conn->rcv_nxt = tcp_reassembly_take(conn->reassembly, conn->rcv_nxt);
        tcp_reassembly_settle(conn);
    }
    tcp_buffer_append(&conn->receive, conn->rcv_nxt - before);
    conn->bytes_received += conn->rcv_nxt - before;
    if (seq_geq(conn->rcv_nxt, conn->tune.round_end))
        tcp_tune_round_ended(conn, now_ns);
    if (had_gap)
        conn->ack_now = true; /* RFC 5681, 4.2: at once if it fills a gap */
    else
        acknowledge_in_order(conn, length, now_ns);
    if (tcp_telling(conn))
        tcp_tell(conn, now_ns, '<', "bytes %u..%u (%u)%s; window left %u", before - conn->irs,
                 conn->rcv_nxt - conn->irs - 1, conn->rcv_nxt - before,
                 had_gap ? " close a gap" : "", tcp_window_offered(conn));
    tcp_conn_note(conn, TCP_EVENT_READABLE);
}

static void data_out_of_order(struct tcp_conn *conn, const struct tcp_segment *segment,
                              uint64_t now_ns)
{
    uint32_t gap = segment->seq - conn->rcv_nxt;
    conn->stack->counters.tcp_out_of_order++;
    conn->ack_now = true;
    if (!tcp_reassembly_of(conn) || tcp_buffer_allocate(&conn->receive, &conn_tcp(conn)->pool) ||
        tcp_reassembly_add(conn->reassembly, segment->seq, segment->seq + segment->length))
        return;
    tcp_buffer_put(&conn->receive, conn->receive.used + gap, segment->data, segment->length);
    tcp_tell(conn, now_ns, '<', "bytes %u..%u (%u) out of order: %u are missing before them",
             segment->seq - conn->irs, segment->seq - conn->irs + segment->length - 1,
             segment->length, gap);
}

enum tcp_verdict tcp_step_7_text(struct tcp_conn *conn, struct tcp_segment *segment,
                                 uint64_t now_ns)
{
    uint32_t came = segment->length;
    if (!came || !takes_data(conn))
        return SEGMENT_GOES_ON;
    conn->stack->counters.tcp_in_data_segs++;
    segment_trim(conn, segment);
    if (!segment->length) {
        conn->ack_now = true; /* nothing new, or no room: say where we are */
        return SEGMENT_GOES_ON;
    }
    if (!conn->owned) { /* RFC 9293, 3.6.1 and RFC 2525, 2.17: nobody will ever read it */
        tcp_conn_reset(conn, -ECONNRESET, now_ns);
        return SEGMENT_DONE;
    }
    if (conn->timestamps)
        tcp_tune_echoed(conn, segment->options.ts_echo, now_ns);
    if (segment->seq == conn->rcv_nxt)
        tcp_data_in_order(conn, segment->data, segment->length, now_ns);
    else
        data_out_of_order(conn, segment, now_ns);
    if (segment->length < came)
        conn->ack_now = true;
    return SEGMENT_GOES_ON;
}

static void fin_state(struct tcp_conn *conn, uint64_t now_ns)
{
    if (conn->state == TCP_ESTABLISHED)
        tcp_conn_enter(conn, TCP_CLOSE_WAIT, now_ns);
    else if (conn->state == TCP_FIN_WAIT_1)
        tcp_conn_enter(conn, TCP_CLOSING, now_ns);
    else if (conn->state == TCP_FIN_WAIT_2)
        tcp_conn_time_wait(conn, now_ns);
}

/* A FIN in the middle of what has come already is a lie. */
static bool fin_believed(const struct tcp_conn *conn, uint32_t fin_seq)
{
    const struct tcp_reassembly *reassembly = conn->reassembly;
    if (conn->peer_fin_known || seq_lt(fin_seq, conn->rcv_nxt))
        return false;
    return !tcp_has_gap(conn) || seq_geq(fin_seq, reassembly->ranges[reassembly->count - 1].end);
}

/* The FIN's place is remembered, for it may come before data that was lost. */
enum tcp_verdict tcp_step_8_fin(struct tcp_conn *conn, struct tcp_segment *segment, uint64_t now_ns)
{
    uint32_t fin_seq = segment->seq + segment->length;
    if (segment->flags & TCP_FIN && fin_believed(conn, fin_seq)) {
        conn->peer_fin_known = true;
        conn->peer_fin_seq = fin_seq;
        conn->ack_now = true;
    }
    if (!conn->peer_fin_known || conn->peer_fin_taken || conn->rcv_nxt != conn->peer_fin_seq)
        return SEGMENT_GOES_ON;
    conn->peer_fin_taken = true;
    conn->rcv_nxt++;
    conn->ack_now = true;
    tcp_tell(conn, now_ns, '<', "FIN at %u: the peer sends no more",
             conn->peer_fin_seq - conn->irs);
    tcp_conn_note(conn, TCP_EVENT_END);
    fin_state(conn, now_ns);
    return SEGMENT_GOES_ON;
}
