/* TCP's lines in the journal: who speaks to whom, and what.
 *
 * SPDX-License-Identifier: MIT
 *
 * Bytes are counted from 1 in each direction: sequence number less the initial one.
 */
#include <stdarg.h>
#include <stdio.h>

#include "host/stack/tcp_conn.h"

enum { LINE_BYTES = 400 };

void tcp_tell(const struct tcp_conn *conn, uint64_t now_ns, char way, const char *format, ...)
{
    if (!tcp_telling(conn))
        return;
    char line[LINE_BYTES], local[ADDRESS_TEXT_BYTES], remote[ADDRESS_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    endpoint_format(&conn->local, local);
    if (conn->state == TCP_LISTEN || way == ' ')
        journal_write(conn->stack->config.journal, now_ns, JOURNAL_EVENT, "tcp", "%s %s", local,
                      line);
    else
        journal_write(conn->stack->config.journal, now_ns, JOURNAL_EVENT, "tcp", "%s %c %s %s",
                      local, way, endpoint_format(&conn->remote, remote), line);
}

static void tell_syn(const struct tcp_conn *conn, const struct tcp_segment *segment,
                     const char *prefix, uint64_t now_ns)
{
    char flags[TCP_FLAGS_TEXT_BYTES], ack[48] = "";
    if (segment->flags & TCP_ACK)
        snprintf(ack, sizeof ack, ", acknowledges %u (%u)", segment->ack, segment->ack - conn->irs);
    tcp_tell(conn, now_ns, '>', "%s%s, sequence number %u (0)%s, window %u, MSS %u", prefix,
             tcp_flags_format(segment->flags, flags), segment->seq, ack, segment->window,
             segment->options.mss);
}

void tcp_tell_sent(const struct tcp_conn *conn, const struct tcp_segment *segment, bool again,
                   uint64_t now_ns)
{
    if (!tcp_telling(conn))
        return;
    char flags[TCP_FLAGS_TEXT_BYTES];
    const char *prefix = again ? "again: " : "";
    uint32_t first = segment->seq - conn->iss;
    tcp_flags_format(segment->flags, flags);
    if (segment->flags & TCP_SYN)
        tell_syn(conn, segment, prefix, now_ns);
    else if (segment->length)
        tcp_tell(conn, now_ns, '>', "%sbytes %u..%u (%u), %s; acknowledges %u, window %u", prefix,
                 first, first + segment->length - 1, segment->length, flags,
                 segment->ack - conn->irs, segment->window);
    else if (segment->flags & (TCP_FIN | TCP_RST))
        tcp_tell(conn, now_ns, '>', "%s%s at %u; acknowledges %u", prefix, flags, first,
                 segment->ack - conn->irs);
    else
        tcp_tell(conn, now_ns, '>', "%s: acknowledges %u, window %u", flags,
                 segment->ack - conn->irs, segment->window);
}
