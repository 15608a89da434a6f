/* The fifth step: what the ACK field and the window of a segment tell. RFC 9293, 3.10.7.4; RFC
 * 5681; RFC 5961, 5.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "host/stack/tcp_input.h"
#include "host/stack/tcp_loss.h"
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_timer.h"

/* Behind the check of the ACK number, which who does not see our segments must guess too: a clock taken from a forged
 * segment makes every true one old. A RST never comes here (RFC 7323, 5.2). */
static void timestamp_taken(struct tcp_conn *conn, const struct tcp_segment *segment,
                            uint64_t now_ns)
{
    if (conn->timestamps && segment->options.has_timestamps)
        tcp_timestamp_take(conn, segment->seq, segment->options.ts_value, now_ns);
}

/* An acknowledgement of our SYN. Its window is the first that counts. */
static enum tcp_verdict ack_of_syn(struct tcp_conn *conn, struct tcp_segment *segment,
                                   uint64_t now_ns)
{
    const struct tcp_listener *listener = conn->listener;
    if (!seq_gt(segment->ack, conn->snd_una) || seq_gt(segment->ack, conn->snd_max)) {
        tcp_refuse(conn->stack, segment, now_ns);
        return SEGMENT_DONE;
    }
    if (listener && listener->ready_count >= listener->backlog) {
        conn->stack->counters.tcp_listen_overflows++; /* our SYN,ACK will ask for this ACK again */
        return SEGMENT_DONE;
    }
    timestamp_taken(conn, segment, now_ns);
    conn->snd_una = segment->ack;
    conn->snd_wnd = conn->max_snd_wnd = segment->window;
    conn->snd_wl1 = segment->seq;
    conn->snd_wl2 = segment->ack;
    tcp_conn_establish(conn, segment, now_ns);
    if (listener)
        tcp_listener_ready(conn);
    return SEGMENT_GOES_ON;
}

/* Karn: what was sent more than once gives no sample, unless the peer returns its timestamp. */
static uint64_t round_trip_of(const struct tcp_conn *conn, const struct tcp_news *news)
{
    const struct tcp_arrival *arrival = &news->arrival;
    uint64_t rtt_ns = 0;
    if (arrival->any && !arrival->again)
        rtt_ns = (uint64_t)(tcp_us(news->now_ns) - arrival->once_us) * 1000;
    else if (arrival->any && conn->timestamps)
        rtt_ns = tcp_timestamp_age_ns(conn, news->segment->options.ts_echo, news->now_ns);
    else
        return 0;
    return rtt_ns ? rtt_ns : 1;
}

/* RFC 7323, appendix G: an ACK for every second segment is to be expected. */
static void round_trip_measured(struct tcp_conn *conn, struct tcp_news *news)
{
    news->rtt_ns = round_trip_of(conn, news);
    if (news->rtt_ns)
        tcp_rtt_sample(&conn->rtt, news->rtt_ns,
                       (news->flight + 2 * conn->mss - 1) / (2 * conn->mss));
}

static void tell_ack(const struct tcp_conn *conn, uint32_t acked, uint64_t round_trip_ns,
                     uint32_t cwnd_before, uint64_t now_ns)
{
    char bytes[48] = "", measured[120] = "", cwnd[24] = "";
    bool fin = conn->fin_acked && acked;
    if (acked > fin)
        snprintf(bytes, sizeof bytes, "%u bytes up to %u%s", acked - fin,
                 conn->snd_una - conn->iss - 1 - fin, fin ? " and " : "");
    if (round_trip_ns)
        snprintf(measured, sizeof measured,
                 "; round trip %.3f ms (smoothed %.3f +- %.3f), timeout %.0f ms",
                 (double)round_trip_ns / 1e6, (double)tcp_rtt_smoothed_ns(&conn->rtt) / 1e6,
                 (double)tcp_rtt_variation_ns(&conn->rtt) / 1e6,
                 (double)tcp_rtt_timeout(&conn->rtt) / 1e6);
    if (conn->congestion.cwnd != cwnd_before)
        snprintf(cwnd, sizeof cwnd, "; cwnd %u", conn->congestion.cwnd);
    tcp_tell(conn, now_ns, '<', "ACK: %s%s%s%s", bytes, fin ? "the FIN" : "", measured, cwnd);
}

/* Takes acknowledged bytes out of the send buffer; a FIN behind them may be among them. */
static void send_buffer_acked(struct tcp_conn *conn, uint32_t acked)
{
    uint32_t data = acked < conn->send.used ? acked : conn->send.used;
    uint32_t low = conn->send.size / 4;
    bool was_low = tcp_buffer_room(&conn->send) < low;
    tcp_buffer_drop(&conn->send, data);
    if (!conn->send.used)
        tcp_buffer_release(&conn->send, &conn_tcp(conn)->pool);
    else if (was_low)
        tcp_tune_acked(conn);
    if (acked > data) {
        conn->fin_acked = true;
        tcp_conn_note(conn, TCP_EVENT_FIN_ACKED);
    }
    if (was_low && tcp_buffer_room(&conn->send) >= low && !conn->fin_queued)
        tcp_conn_note(conn, TCP_EVENT_WRITABLE);
}

static void new_ack(struct tcp_conn *conn, struct tcp_news *news)
{
    uint32_t ack = news->segment->ack;
    conn->stack->counters.tcp_in_acks++;
    conn->acks_received++;
    news->acked = ack - conn->snd_una;
    tcp_flight_acked(&conn->sending->flight, ack, &news->arrival);
    round_trip_measured(conn, news);
    send_buffer_acked(conn, news->acked);
    conn->snd_una = ack;
    conn->retries = 0;
    conn->soft_error = 0;
    conn->resend = false;
}

/* RFC 5681, 2: what makes an ACK a duplicate. */
static bool is_duplicate(const struct tcp_conn *conn, const struct tcp_segment *segment)
{
    return segment->ack == conn->snd_una && conn->snd_max != conn->snd_una &&
           !tcp_segment_space(segment) && segment->window == conn->snd_wnd;
}

static void losses_and_gains(struct tcp_conn *conn, const struct tcp_segment *segment, bool is_new,
                             uint64_t now_ns)
{
    uint32_t cwnd_before = conn->congestion.cwnd, flight = conn->snd_max - conn->snd_una;
    if (!flight && !segment->options.sack_count)
        return; /* nothing to be told about */
    struct tcp_news news = {
        .segment = segment,
        .flight = flight,
        .duplicate = is_duplicate(conn, segment),
        .now_ns = now_ns,
    };
    if (conn->sack && segment->options.sack_count)
        tcp_sack_read(conn, &news);
    if (is_new)
        new_ack(conn, &news);
    tcp_recovery_ack(conn, &news);
    if (is_new && tcp_telling(conn))
        tell_ack(conn, news.acked, news.rtt_ns, cwnd_before, now_ns);
    if (conn->snd_una == conn->snd_max)
        tcp_sending_settle(conn);
}

/* SND.WL1 and SND.WL2 keep an old segment from setting an old window. One that acknowledges more than all before is the
 * newest, also if it carries old data again: with the window of another it would move the right edge. */
static void window_taken(struct tcp_conn *conn, const struct tcp_segment *segment, bool is_newest,
                         uint64_t now_ns)
{
    if (!is_newest && !seq_lt(conn->snd_wl1, segment->seq) &&
        !(conn->snd_wl1 == segment->seq && seq_leq(conn->snd_wl2, segment->ack)))
        return;
    if (segment->window != conn->snd_wnd)
        tcp_tell(conn, now_ns, '<', "peer's window %u to %u", conn->snd_wnd, segment->window);
    conn->snd_wnd = segment->window;
    conn->snd_wl1 = segment->seq;
    conn->snd_wl2 = segment->ack;
    if (segment->window > conn->max_snd_wnd)
        conn->max_snd_wnd = segment->window;
}

static void fin_acknowledged(struct tcp_conn *conn, uint64_t now_ns)
{
    if (conn->state == TCP_FIN_WAIT_1) {
        tcp_conn_enter(conn, TCP_FIN_WAIT_2, now_ns);
        tcp_conn_limit_fin_wait(conn, now_ns);
    } else if (conn->state == TCP_CLOSING) {
        tcp_conn_time_wait(conn, now_ns);
    } else if (conn->state == TCP_LAST_ACK) {
        tcp_tell(conn, now_ns, '-', "CLOSED");
        tcp_conn_end(conn, 0, now_ns);
    }
}

enum tcp_verdict tcp_step_5_ack(struct tcp_conn *conn, struct tcp_segment *segment, uint64_t now_ns)
{
    if (!(segment->flags & TCP_ACK))
        return SEGMENT_DONE;
    if (conn->state == TCP_SYN_RECEIVED)
        return ack_of_syn(conn, segment, now_ns);
    if (seq_gt(segment->ack, conn->snd_max) ||
        seq_lt(segment->ack, conn->snd_una - conn->max_snd_wnd)) {
        tcp_challenge(conn, now_ns);
        return SEGMENT_DONE;
    }
    timestamp_taken(conn, segment, now_ns);
    if (tcp_timer_running(conn, TIMER_PERSIST))
        conn->retries = 0; /* the peer is there */
    bool is_new = seq_gt(segment->ack, conn->snd_una);
    if (seq_geq(segment->ack, conn->snd_una)) {
        losses_and_gains(conn, segment, is_new, now_ns);
        window_taken(conn, segment, is_new, now_ns);
    }
    if (is_new && conn->fin_acked)
        fin_acknowledged(conn, now_ns);
    return conn->state == TCP_CLOSED ? SEGMENT_DONE : SEGMENT_GOES_ON;
}
