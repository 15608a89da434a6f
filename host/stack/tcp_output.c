/* What may be sent now: windows, Nagle, silly windows, and the ACK that is owed. RFC 9293, 3.8; RFC
 * 5681.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "host/stack/tcp_loss.h"
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_pace.h"
#include "host/stack/tcp_timer.h"

enum {
    SEND_NOTHING = 1,
    SEND_LATER, /* enough waits for the board */
    SEND_PACED, /* enough has been sent for now */
};

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static bool sends_data(const struct tcp_conn *conn)
{
    return conn->state >= TCP_ESTABLISHED && conn->state != TCP_FIN_WAIT_2 &&
           conn->state != TCP_TIME_WAIT;
}

static bool fin_waits(const struct tcp_conn *conn)
{
    return conn->fin_queued && !conn->fin_acked;
}

/* cwnd; without SACK the first two duplicate ACKs let one new segment out each (limited transmit,
 * RFC 3042), which with SACK the pipe does by itself. */
static uint32_t congestion_limit(const struct tcp_conn *conn)
{
    bool counts = !conn->sack && conn->recovery == TCP_OPEN;
    return conn->congestion.cwnd +
           (counts ? least(conn->sending->duplicate_acks, 2) * conn->mss : 0);
}

/* The sender's side against silly windows, with Nagle's rule (RFC 9293, 3.8.6.2.1). len > 0
 * bytes of unsent may go; idle: nothing is under way. */
static bool worth_sending(const struct tcp_conn *conn, uint32_t len, uint32_t unsent, bool idle)
{
    if (len >= conn->mss)
        return true;
    if (len == unsent)
        return conn->settings.nodelay || conn->fin_queued || idle;
    return len >= conn->max_snd_wnd / 2;
}

/* space sequence numbers from seq on have been given to the device. */
static void sent(struct tcp_conn *conn, uint32_t seq, uint32_t space, uint64_t now_ns)
{
    uint32_t end = seq + space, again = seq_lt(seq, conn->snd_max) ? conn->snd_max - seq : 0;
    uint32_t ticket = tcp_all_has_left(conn) ? 0 : (uint32_t)conn->sending->ticket,
             now_us = tcp_us(now_ns);
    if (again > space)
        again = space;
    if (again) {
        tcp_flight_again(&conn->sending->flight, seq, seq + again, now_us, ticket);
        if (conn->recovery != TCP_OPEN)
            tcp_undo_sent_again(conn, again, now_ns);
    }
    if (again < space) {
        tcp_flight_sent(&conn->sending->flight, end, now_us, ticket);
        conn->snd_max = end;
    }
    conn->sending->prr.out += space;
    tcp_timer_stop(conn, TIMER_PERSIST);
    conn->probes = 0;
    if (!tcp_timer_running(conn, TIMER_RETRANSMIT))
        tcp_retransmit_timer_follow(conn, now_ns);
}

/* After a pause the old cwnd says nothing any more (RFC 5681, 4.1). */
static void restart_after_idle(struct tcp_conn *conn, uint64_t now_ns)
{
    if (conn->snd_una == conn->snd_max && conn->last_send_ns &&
        now_ns - conn->last_send_ns > tcp_rtt_timeout(&conn->rtt))
        conn->congestion.ops->idle(&conn->congestion, now_ns);
}

/* How many of len bytes, of which more than a segment may go, make the next super-segment: whole
 * segments, and a short one behind them only if it would go by itself. */
static uint32_t super_length(const struct tcp_conn *conn, uint32_t len, uint32_t unsent,
                             size_t payload_room)
{
    uint32_t room = (uint32_t)payload_room - TCP_HEADER_BYTES - tcp_options_steady(conn);
    uint32_t tail;
    len = least(len, room < conn->mss ? conn->mss : room - room % conn->mss);
    tail = len > conn->mss ? len % conn->mss : 0;
    return tail && !worth_sending(conn, tail, unsent - (len - tail), false) ? len - tail : len;
}

int tcp_send_range(struct tcp_conn *conn, uint32_t seq, uint32_t len, bool fin, uint64_t now_ns)
{
    bool last = len && seq + len == conn->snd_una + conn->send.used;
    uint8_t flags = (uint8_t)(TCP_ACK | (fin ? TCP_FIN : 0) | (last ? TCP_PSH : 0));
    int result = tcp_sending_begin(conn);
    if (result == 0)
        result = tcp_transmit(conn, flags, seq, len, now_ns);
    if (result)
        return result;
    conn->fin_sent |= fin;
    sent(conn, seq, len + fin, now_ns);
    if (tcp_pace_applies(conn))
        tcp_pace_sent(conn, len, now_ns);
    return 0;
}

static uint32_t paced(const struct tcp_conn *conn, uint32_t len, uint64_t now_ns)
{
    return tcp_pace_applies(conn) ? tcp_pace_most(conn, len, now_ns) : len;
}

/* How many of len bytes go out next: a segment, or as many as the board cuts for us. 0: enough
 * waits for it. */
static uint32_t length_for_device(struct tcp_conn *conn, uint32_t len, uint32_t unsent)
{
    bool cuts = false;
    size_t room = ip_bulk_room(conn->stack, &conn->remote.address, &cuts);
    if (!room)
        return 0;
    return cuts ? super_length(conn, len, unsent, room) : least(len, conn->mss);
}

/* What cwnd leaves. The first segment that a recovery sends again goes in any case. */
static uint32_t congestion_room(const struct tcp_conn *conn)
{
    uint32_t limit = congestion_limit(conn), pipe = tcp_pipe(conn);
    return limit > pipe ? limit - pipe : 0;
}

/* Sends the first of what is marked as lost; if nothing follows it that has not been sent again, with
 * new data behind. Returns 0, SEND_NOTHING, SEND_LATER, SEND_PACED or what tcp_transmit said. */
static int send_lost(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t start, end, data_end = conn->snd_una + conn->send.used;
    if (conn->sending->frto == TCP_FRTO_SECOND_ACK ||
        !tcp_flight_first_lost(&conn->sending->flight, &start, &end))
        return SEND_NOTHING;
    bool fin = seq_gt(end, data_end), to_end = end == conn->snd_max && !fin;
    uint32_t waits = (to_end || fin ? data_end : end) - start, ahead = start - conn->snd_una;
    uint32_t window = conn->snd_wnd > ahead ? conn->snd_wnd - ahead : 0;
    uint32_t room = congestion_room(conn), one = least(waits, conn->mss);
    if (conn->resend && room < one)
        room = one;
    uint32_t len = least(least(waits, window), room);
    if (room < one || (waits && !len))
        return SEND_NOTHING;
    if (len && !conn->resend && !(len = paced(conn, len, now_ns)))
        return SEND_PACED;
    if (len && !(len = length_for_device(conn, len, waits)))
        return SEND_LATER;
    int result = tcp_send_range(conn, start, len, fin && len == waits, now_ns);
    if (result == 0)
        conn->resend = false;
    return result == -EMSGSIZE ? 0 : result; /* once more, with the smaller mss */
}

/* Sends the next segment or super-segment of new data. Returns as send_lost does. */
static int send_new(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t ahead = conn->snd_max - conn->snd_una;
    if (ahead > conn->send.used)
        return SEND_NOTHING; /* the FIN is out */
    uint32_t unsent = conn->send.used - ahead;
    if (!unsent && !fin_waits(conn))
        return SEND_NOTHING;
    uint32_t window = conn->snd_wnd > ahead ? conn->snd_wnd - ahead : 0;
    uint32_t len = least(unsent, least(window, congestion_room(conn)));
    bool fin = fin_waits(conn) && len == unsent && window > len;
    if (!fin && (!len || !worth_sending(conn, len, unsent, !ahead)))
        return SEND_NOTHING;
    if (len && !(len = paced(conn, len, now_ns)))
        return SEND_PACED;
    if (len && !(len = length_for_device(conn, tcp_ecn_most(conn, len), unsent)))
        return SEND_LATER;
    fin = fin && len == unsent;
    int result = tcp_send_range(conn, conn->snd_max, len, fin, now_ns);
    return result == -EMSGSIZE ? 0 : result;
}

/* What is lost comes before what is new. */
static int send_next(struct tcp_conn *conn, uint64_t now_ns)
{
    int result = conn->sending->flight.lost ? send_lost(conn, now_ns) : SEND_NOTHING;
    return result == SEND_NOTHING ? send_new(conn, now_ns) : result;
}

static int resend_syn(struct tcp_conn *conn, uint64_t now_ns)
{
    uint8_t flags = conn->state == TCP_SYN_SENT ? TCP_SYN : TCP_SYN | TCP_ACK;
    int result = tcp_transmit(conn, flags, conn->iss, 0, now_ns);
    if (result)
        return result;
    conn->snd_max = conn->iss + 1;
    if (!tcp_timer_running(conn, TIMER_RETRANSMIT))
        tcp_retransmit_timer_restart(conn, now_ns);
    return 0;
}

/* A pure ACK's sequence number must lie in the peer's window, also behind a probe that it did
 * not take. */
static int send_ack(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t edge = conn->state < TCP_ESTABLISHED ? conn->snd_max : conn->snd_una + conn->snd_wnd;
    return tcp_transmit(conn, TCP_ACK, seq_min(conn->snd_max, edge), 0, now_ns);
}

/* Something waits, nothing is under way that an ACK would come for: the peer's window is too
 * small. */
static void watch_window(struct tcp_conn *conn, uint64_t now_ns)
{
    if (!conn->send.used && !fin_waits(conn)) {
        tcp_timer_stop(conn, TIMER_PERSIST);
        conn->probes = 0;
    } else if (!tcp_timer_running(conn, TIMER_RETRANSMIT) &&
               !tcp_timer_running(conn, TIMER_PERSIST)) {
        tcp_persist_timer_start(conn, now_ns);
    }
}

/* SACK blocks have no place behind data: they go first, by themselves. */
static int send_owed_sack(struct tcp_conn *conn, uint64_t now_ns)
{
    return conn->ack_now && conn->sack && conn->reassembly ? send_ack(conn, now_ns) : 0;
}

static int send_handshake(struct tcp_conn *conn, uint64_t now_ns)
{
    int result = conn->resend ? resend_syn(conn, now_ns) : 0;
    conn->resend = result != 0;
    return result;
}

static int send_all(struct tcp_conn *conn, uint64_t now_ns)
{
    int result = send_owed_sack(conn, now_ns);
    uint32_t before = conn->snd_max;
    restart_after_idle(conn, now_ns);
    while (result == 0)
        result = send_next(conn, now_ns);
    bool alone = before == conn->snd_una && conn->snd_max - before <= conn->mss;
    if (conn->snd_max != before && !alone && conn->timer_for == TIMER_FOR_TAIL &&
        tcp_timer_running(conn, TIMER_RETRANSMIT))
        tcp_retransmit_timer_follow(conn, now_ns); /* RFC 8985, 7.2: from the last of it on */
    return result;
}

/* All has been sent, and none of it lost; no ACK is owed. */
static bool has_nothing_to_say(const struct tcp_conn *conn)
{
    uint32_t fin = conn->fin_queued && !conn->fin_acked;
    return conn->state >= TCP_ESTABLISHED && !conn->ack_now && fin <= conn->fin_sent &&
           conn->snd_max - conn->snd_una == conn->send.used + fin && !conn->sending->flight.lost &&
           !conn->probes && !tcp_timer_running(conn, TIMER_PERSIST);
}

void tcp_output(struct tcp_conn *conn, uint64_t now_ns)
{
    int result = 0;
    if (conn->state == TCP_CLOSED || conn->state == TCP_LISTEN || has_nothing_to_say(conn))
        return;
    if (conn->state < TCP_ESTABLISHED)
        result = send_handshake(conn, now_ns);
    else if (sends_data(conn))
        result = send_all(conn, now_ns);
    bool later = result == SEND_LATER, early = result == SEND_PACED;
    if (result != -EAGAIN && conn->ack_now && conn->state != TCP_SYN_SENT)
        result = send_ack(conn, now_ns);
    if (result == -EAGAIN || later)
        tcp_wait_for_room(conn);
    else if (early)
        tcp_pace_wait(conn);
    else if (sends_data(conn))
        watch_window(conn, now_ns);
}

/* A probe of a closed window counts as lost as soon as it is out: nobody waits for its ACK. */
static void probed(struct tcp_conn *conn, uint32_t space, uint64_t now_ns)
{
    uint32_t end = conn->snd_una + space;
    if (seq_gt(end, conn->snd_max)) {
        tcp_flight_sent(&conn->sending->flight, end, tcp_us(now_ns), 0);
        conn->snd_max = end;
    }
    tcp_flight_lose(&conn->sending->flight, conn->snd_una, end);
}

/* One byte, or the FIN, against a closed window (RFC 9293, 3.8.6.1); or what fits into one that
 * was too small to be used. */
void tcp_probe(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t fits = conn->snd_wnd ? conn->snd_wnd : 1;
    uint32_t len = least(least(conn->send.used, fits), conn->mss);
    bool fin = !len && fin_waits(conn);
    if (!len && !fin)
        return;
    conn->stack->counters.tcp_zero_window_probes += !conn->snd_wnd;
    if (conn->snd_wnd) {
        tcp_send_range(conn, conn->snd_una, len, fin, now_ns);
        return;
    }
    if (tcp_sending_begin(conn) ||
        tcp_transmit(conn, TCP_ACK | (fin ? TCP_FIN : TCP_PSH), conn->snd_una, len, now_ns))
        return; /* the next expiry tries again */
    conn->fin_sent |= fin;
    probed(conn, len + fin, now_ns);
}
