/* TCP's lines in the journal: who speaks to whom, and what.
 *
 * SPDX-License-Identifier: MIT
 *
 * Bytes are counted from 1 in each direction: sequence number less the initial one. A connection's
 * first SYN names both ends in full, every later line only their ports.
 */
#include <stdarg.h>
#include <stdio.h>

#include "host/stack/tcp_conn.h"

enum { LINE_BYTES = 400 };

void tcp_tell_line(const struct tcp_conn *conn, uint64_t now_ns, char way, const char *format, ...)
{
    char line[LINE_BYTES], local[ADDRESS_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (conn->state == TCP_LISTEN)
        journal_write(conn->stack->config.journal, now_ns, JOURNAL_EVENT, "tcp", "%s %s",
                      endpoint_format(&conn->local, local), line);
    else
        journal_write(conn->stack->config.journal, now_ns, JOURNAL_EVENT, "tcp", ":%u %c :%u %s",
                      conn->local.port, way, conn->remote.port, line);
}

const char *tcp_tell_options(const struct tcp_options *options, char *text)
{
    char scale[16] = "";
    if (options->has_scale)
        snprintf(scale, sizeof scale, ", scale %u", options->scale);
    snprintf(text, TCP_OPTIONS_TEXT_BYTES, "MSS %u%s%s%s", options->mss, scale,
             options->sack_permitted ? ", SACK" : "",
             options->has_timestamps ? ", timestamps" : "");
    return text;
}

void tcp_tell_first_syn(const struct tcp_conn *conn, char way, const struct tcp_segment *segment,
                        const char *prefix, uint64_t now_ns)
{
    char local[ADDRESS_TEXT_BYTES], remote[ADDRESS_TEXT_BYTES];
    char options[TCP_OPTIONS_TEXT_BYTES];
    if (tcp_telling(conn))
        journal_write(conn->stack->config.journal, now_ns, JOURNAL_EVENT, "tcp",
                      "%s %c %s %sSYN, sequence number %u (0), window %u, %s",
                      endpoint_format(&conn->local, local), way,
                      endpoint_format(&conn->remote, remote), prefix, segment->seq, segment->window,
                      tcp_tell_options(&segment->options, options));
}

static void tell_syn(const struct tcp_conn *conn, const struct tcp_segment *segment,
                     const char *prefix, uint64_t now_ns)
{
    char options[TCP_OPTIONS_TEXT_BYTES];
    if (segment->flags & TCP_ACK)
        tcp_tell(conn, now_ns, '>',
                 "%sSYN,ACK, sequence number %u (0), acknowledges %u (1), window %u, %s", prefix,
                 segment->seq, segment->ack, segment->window,
                 tcp_tell_options(&segment->options, options));
    else
        tcp_tell_first_syn(conn, '>', segment, prefix, now_ns);
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
        tcp_tell(conn, now_ns, '>', "%sbytes %u..%u (%u), %s; wants byte %u, window %u", prefix,
                 first, first + segment->length - 1, segment->length, flags,
                 segment->ack - conn->irs, segment->window);
    else if (segment->flags & (TCP_FIN | TCP_RST))
        tcp_tell(conn, now_ns, '>', "%s%s at %u; wants byte %u", prefix, flags, first,
                 segment->ack - conn->irs);
    else
        tcp_tell(conn, now_ns, '>', "%s: wants byte %u, window %u", flags, segment->ack - conn->irs,
                 segment->window);
}
