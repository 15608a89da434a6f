/* Segments for a listener and for a connection that has sent its SYN. RFC 9293, 3.10.7.2 and
 * 3.10.7.3.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "host/stack/tcp_input.h"
#include "host/stack/tcp_output.h"

static bool half_open_full(const struct tcp_listener *listener)
{
    int most = listener->backlog > TCP_MIN_HALF_OPEN ? listener->backlog : TCP_MIN_HALF_OPEN;
    return listener->half_open >= most;
}

static void peer_syn_taken(struct tcp_conn *conn, const struct tcp_segment *segment,
                           uint64_t now_ns)
{
    uint32_t offered = tcp_window_offered(conn); /* with our SYN, if it went first */
    conn->irs = segment->seq;
    conn->rcv_nxt = segment->seq + 1;
    conn->rcv_adv = conn->rcv_nxt + offered;
    conn->ack_sent = conn->rcv_nxt;
    tcp_options_agree(conn, segment, now_ns);
}

struct tcp_conn *tcp_listener_open(struct tcp_conn *listener, const struct tcp_segment *segment,
                                   uint32_t isn, uint64_t now_ns)
{
    struct tcp_conn *conn = NULL;
    if (tcp_conn_create(listener->stack, &conn) || tcp_sending_begin(conn)) {
        if (conn)
            tcp_conn_erase(conn);
        listener->stack->counters.tcp_listen_overflows++;
        return NULL;
    }
    conn->listener = listener->listener;
    conn->local = segment->destination;
    conn->remote = segment->source;
    conn->settings = listener->settings;
    conn->send.size = listener->send.size;
    conn->receive.size = listener->receive.size;
    conn->send_fixed = listener->send_fixed;
    conn->receive_fixed = listener->receive_fixed;
    conn->rcv_scale = listener->rcv_scale;
    conn->congestion.ops = listener->congestion.ops;
    conn->iss = conn->snd_una = conn->snd_max = isn;
    conn->sending->opened_ns = now_ns;
    conn->state = TCP_SYN_RECEIVED;
    tcp_conn_ends_known(conn);
    peer_syn_taken(conn, segment, now_ns);
    tcp_table_connect(conn);
    listener->listener->half_open++;
    conn->stack->counters.tcp_passive_opens++;
    return conn;
}

static void syn_received(struct tcp_conn *listener, const struct tcp_segment *segment, uint32_t isn,
                         uint64_t now_ns)
{
    struct tcp_conn *conn = tcp_listener_open(listener, segment, isn, now_ns);
    if (!conn)
        return;
    tcp_tell_first_syn(conn, '<', segment, "", now_ns);
    conn->resend = true;
    tcp_output(conn, now_ns);
}

void tcp_input_listen(struct tcp_conn *listener, struct tcp_segment *segment, uint32_t isn_floor,
                      uint64_t now_ns)
{
    if (segment->flags & TCP_RST)
        return;
    if (segment->flags & TCP_ACK) {
        tcp_refuse(listener->stack, segment, now_ns);
        return;
    }
    if (!(segment->flags & TCP_SYN))
        return;
    if (listener->listener->ready_count >=
        listener->listener->backlog) { /* no answer: the peer comes again when there may be room */
        listener->stack->counters.tcp_listen_overflows++;
        tcp_tell(listener, now_ns, '-', "drops a SYN: %d connections wait to be accepted",
                 listener->listener->ready_count);
        return;
    }
    if (half_open_full(listener->listener)) {
        tcp_cookie_send(listener, segment, now_ns);
        return;
    }
    uint32_t isn =
        tcp_isn_choose(conn_tcp(listener), &segment->destination, &segment->source, now_ns);
    if (isn_floor && seq_lt(isn, isn_floor))
        isn = isn_floor;
    syn_received(listener, segment, isn, now_ns);
}

void tcp_listener_ready(struct tcp_conn *conn)
{
    struct tcp_listener *listener = conn->listener;
    listener->half_open--;
    listener->ready_count++;
    conn->next = NULL;
    *listener->ready_end = conn;
    listener->ready_end = &conn->next;
    tcp_conn_note(listener->conn, TCP_EVENT_ACCEPT);
}

static void ready_remove(struct tcp_listener *listener, struct tcp_conn *conn)
{
    struct tcp_conn **link = &listener->ready;
    while (*link != conn)
        link = &(*link)->next;
    *link = conn->next;
    if (!*link)
        listener->ready_end = link;
    listener->ready_count--;
}

void tcp_listener_forget(struct tcp_conn *conn)
{
    struct tcp_listener *listener = conn->listener;
    if (!tcp_awaits_accept(conn))
        return;
    if (conn->state == TCP_SYN_RECEIVED)
        listener->half_open--;
    else
        ready_remove(listener, conn);
    conn->listener = NULL;
}

/* The peer's SYN,ACK. */
static void connected(struct tcp_conn *conn, const struct tcp_segment *segment, uint64_t now_ns)
{
    char options[TCP_OPTIONS_TEXT_BYTES];
    if (tcp_telling(conn))
        tcp_tell(conn, now_ns, '<',
                 "SYN,ACK, sequence number %u (0), acknowledges %u (1), window %u, %s",
                 segment->seq, segment->ack, segment->window,
                 tcp_tell_options(&segment->options, options));
    conn->snd_una = segment->ack;
    conn->snd_wnd = conn->max_snd_wnd = segment->window;
    conn->snd_wl1 = segment->seq;
    conn->snd_wl2 = segment->ack;
    tcp_conn_establish(conn, segment, now_ns);
    conn->ack_now = true;
}

/* The peer opens at the same time (RFC 9293, 3.5, figure 7). */
static void simultaneous_open(struct tcp_conn *conn, const struct tcp_segment *segment,
                              uint64_t now_ns)
{
    char options[TCP_OPTIONS_TEXT_BYTES];
    tcp_tell(conn, now_ns, '<', "SYN, sequence number %u (0), at the same time as ours, %s",
             segment->seq, tcp_tell_options(&segment->options, options));
    tcp_conn_enter(conn, TCP_SYN_RECEIVED, now_ns);
    conn->resend = true;
}

static enum tcp_verdict reset_in_syn_sent(struct tcp_conn *conn, bool ack, uint64_t now_ns)
{
    if (ack) {
        tcp_tell(conn, now_ns, '<', "RST: refused");
        tcp_conn_end(conn, -ECONNREFUSED, now_ns);
    }
    return SEGMENT_DONE; /* without an ACK anybody may have sent it */
}

/* Goes on if the connection is established: the segment may carry data. */
enum tcp_verdict tcp_input_syn_sent(struct tcp_conn *conn, struct tcp_segment *segment,
                                    uint64_t now_ns)
{
    bool ack = segment->flags & TCP_ACK;
    if (ack && (seq_leq(segment->ack, conn->iss) || seq_gt(segment->ack, conn->snd_max))) {
        tcp_refuse(conn->stack, segment, now_ns);
        return SEGMENT_DONE;
    }
    if (segment->flags & TCP_RST)
        return reset_in_syn_sent(conn, ack, now_ns);
    if (!(segment->flags & TCP_SYN))
        return SEGMENT_DONE;
    peer_syn_taken(conn, segment, now_ns);
    if (!ack) {
        simultaneous_open(conn, segment, now_ns);
        return SEGMENT_DONE;
    }
    connected(conn, segment, now_ns);
    segment->seq++;
    segment->flags &= (uint8_t)~TCP_SYN;
    return conn->state == TCP_CLOSED ? SEGMENT_DONE : SEGMENT_GOES_ON;
}
