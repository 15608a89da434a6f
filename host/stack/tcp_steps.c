/* Steps one to four and six of a segment that comes to a connection. RFC 9293, 3.10.7.4; RFC 5961.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>

#include "host/stack/tcp_input.h"
#include "host/stack/tcp_output.h"

/* An ACK that says where we really are; not often, so that two ends, or one and an attacker, do
 * not play at it. */
void tcp_challenge(struct tcp_conn *conn, uint64_t now_ns)
{
    uint32_t now_ms = (uint32_t)(now_ns / 1000000);
    if (conn->challenge_ms && now_ms - conn->challenge_ms < TCP_CHALLENGE_MS)
        return;
    conn->challenge_ms = now_ms ? now_ms : 1;
    conn->ack_now = true;
}

/* RFC 9293, 3.4, table 6: the segment begins or ends in the window. An ACK without data may also stand
 * right behind it, as with Linux: where its sender has used the whole window it can stand nowhere
 * else, and if both ends have lost something then, neither would ever hear the other. */
static bool acceptable(const struct tcp_conn *conn, const struct tcp_segment *segment)
{
    uint32_t window = tcp_window_offered(conn);
    uint32_t space = tcp_segment_space(segment);
    if (segment->seq == conn->rcv_nxt)
        return true; /* with a closed window too: its ACK counts, its data is cut off in step 7 */
    if (!window)
        return false;
    if (segment->seq == conn->rcv_nxt + window && !space)
        return !(segment->flags & TCP_RST); /* see above */
    return seq_within(segment->seq, conn->rcv_nxt, window) ||
           (space && seq_within(segment->seq + space - 1, conn->rcv_nxt, window));
}

/* Both ends have sent a SYN at once: the peer's SYN,ACK repeats the SYN that we have. */
static void repeated_syn_removed(const struct tcp_conn *conn, struct tcp_segment *segment)
{
    uint8_t both = TCP_SYN | TCP_ACK;
    if (conn->state == TCP_SYN_RECEIVED && segment->seq == conn->irs &&
        (segment->flags & both) == both) {
        segment->flags &= (uint8_t)~TCP_SYN;
        segment->seq++;
    }
}

/* What is not acceptable is answered by an ACK; data that was received before is named in it. */
static void say_where_we_are(struct tcp_conn *conn, const struct tcp_segment *segment,
                             uint64_t now_ns)
{
    uint32_t end = segment->seq + segment->length;
    if (segment->length && seq_leq(end, conn->rcv_nxt))
        tcp_sack_came_twice(conn, segment->seq, end);
    if (tcp_segment_space(segment) && !(segment->flags & TCP_SYN))
        conn->ack_now = true;
    else
        tcp_challenge(conn, now_ns); /* RFC 5961, 4.2 of a SYN, wherever it lies */
}

/* RFC 7323, 3.2 and 5.3, R1: once agreed to, timestamps come with every segment and do not go back.
 * Resets are spared both; so is a SYN without, by a peer that has forgotten us (RFC 5961, 4). */
static bool timestamp_passes(struct tcp_conn *conn, const struct tcp_segment *segment,
                             uint64_t now_ns)
{
    bool has = segment->options.has_timestamps;
    if (segment->flags & TCP_RST || (segment->flags & TCP_SYN && !has))
        return true;
    if (has && !tcp_timestamp_is_old(conn, segment->options.ts_value, now_ns))
        return true;
    conn->stack->counters.tcp_old_timestamps++;
    if (has)
        say_where_we_are(conn, segment, now_ns);
    return false;
}

enum tcp_verdict tcp_step_1_sequence(struct tcp_conn *conn, struct tcp_segment *segment,
                                     uint64_t now_ns)
{
    repeated_syn_removed(conn, segment);
    if (conn->timestamps && !timestamp_passes(conn, segment, now_ns))
        return SEGMENT_DONE;
    if (acceptable(conn, segment)) {
        if (conn->ecn)
            tcp_ecn_received(conn, segment);
        return SEGMENT_GOES_ON;
    }
    if (segment->flags & TCP_RST)
        return SEGMENT_DONE;
    if (conn->state == TCP_SYN_RECEIVED && segment->flags & TCP_SYN)
        conn->resend = true; /* the peer repeats its SYN: ours was lost */
    else
        say_where_we_are(conn, segment, now_ns);
    if (conn->state == TCP_TIME_WAIT && segment->flags & TCP_FIN)
        tcp_conn_time_wait(conn, now_ns);
    return SEGMENT_DONE;
}

static int reset_error(const struct tcp_conn *conn)
{
    switch (conn->state) {
    case TCP_SYN_RECEIVED: return -ECONNREFUSED;
    case TCP_CLOSING:
    case TCP_LAST_ACK:
    case TCP_TIME_WAIT: return 0; /* both have said all they had to say */
    default: return -ECONNRESET;
    }
}

/* RFC 5961, 3.2: only the very next sequence number is believed. */
enum tcp_verdict tcp_reset_came(struct tcp_conn *conn, struct tcp_segment *segment, uint64_t now_ns)
{
    if (segment->seq != conn->rcv_nxt) {
        tcp_challenge(conn, now_ns);
        return SEGMENT_DONE;
    }
    tcp_tell(conn, now_ns, '<', "RST");
    tcp_conn_end(conn, reset_error(conn), now_ns);
    return SEGMENT_DONE;
}

/* RFC 5961, 4.2: a SYN in a connection is answered by an ACK, and a peer that has really
 * forgotten us resets then. */
enum tcp_verdict tcp_syn_came(struct tcp_conn *conn, struct tcp_segment *segment, uint64_t now_ns)
{
    (void)segment;
    if (conn->state == TCP_SYN_RECEIVED && conn->listener)
        tcp_conn_end(conn, -ECONNRESET, now_ns);
    else
        tcp_challenge(conn, now_ns);
    return SEGMENT_DONE;
}

/* Urgent data is data: it is delivered in line, always (RFC 6093, 4 to 6). The pointer is told, not kept. */
enum tcp_verdict tcp_urgent_came(struct tcp_conn *conn, struct tcp_segment *segment,
                                 uint64_t now_ns)
{
    conn->stack->counters.tcp_in_urgent++;
    tcp_tell(conn, now_ns, '<', "urgent data before byte %u: delivered in line",
             segment->seq + segment->urgent - conn->irs);
    return SEGMENT_GOES_ON;
}
