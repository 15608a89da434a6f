/* The table of sockets for `ferrite ss`: a row for each, from its making until the stack has
 * erased it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <json-c/json.h>
#include <stdio.h>

#include "host/engine/engine_internal.h"

static void add(struct json_object *row, const char *name, uint64_t value)
{
    json_object_object_add(row, name, json_object_new_uint64(value));
}

static void add_ms(struct json_object *row, const char *name, bool applies, uint64_t ns)
{
    json_object_object_add(row, name,
                           applies ? json_object_new_double((double)(ns / 1000) / 1000) : NULL);
}

static void add_text(struct json_object *row, const char *name, const char *text)
{
    json_object_object_add(row, name, json_object_new_string(text));
}

/* "10.0.2.15:80", "[fd00::15]:80"; a port not chosen yet is *. */
static void add_endpoint(struct json_object *row, const char *name, const struct endpoint *endpoint,
                         bool any)
{
    bool v6 = !address_is_v4(&endpoint->address);
    char text[ADDRESS_TEXT_BYTES + 4], address[ADDRESS_TEXT_BYTES];

    snprintf(text, sizeof text, v6 && !any ? "[%s]:*" : "%s:*",
             any ? "*" : address_format(&endpoint->address, address));
    add_text(row, name, endpoint->port ? endpoint_format(endpoint, address) : text);
}

/* A peer not known yet is any of our own address' kind. */
static struct endpoint peer_of(const struct tcp_info *info)
{
    struct endpoint peer = info->remote;

    if (!peer.port && address_is_v4(&info->local.address))
        peer.address = address_v4(0);
    return peer;
}

static void add_owner(struct json_object *row, const struct owner *owner)
{
    json_object_object_add(row, "program", owner ? json_object_new_string(owner->program) : NULL);
    json_object_object_add(row, "pid", owner ? json_object_new_int(owner->pid) : NULL);
}

/* What both ends have agreed to, by the names that `ss` gives it. */
static void add_agreed(struct json_object *row, const struct tcp_info *info)
{
    char text[32], scales[16];

    snprintf(text, sizeof text, "%s%s%s", info->timestamps ? "ts " : "", info->sack ? "sack " : "",
             info->ecn ? "ecn " : "");
    snprintf(scales, sizeof scales, "%u,%u", info->snd_scale, info->rcv_scale);
    add_text(row, "options", text);
    add_text(row, "wscale", info->scales ? scales : "");
}

static void add_loss(struct json_object *row, const struct tcp_info *info)
{
    add(row, "lost", info->lost_bytes);
    add(row, "sacked", info->sacked_bytes);
    add(row, "reordering", info->reordering);
    add_text(row, "recovery", info->recovery);
    add_ms(row, "min_rtt_ms", info->min_rtt_ns != 0, info->min_rtt_ns);
}

static void add_flow(struct json_object *row, const struct tcp_info *info, uint64_t now)
{
    bool flows = info->state != TCP_CLOSED && info->state != TCP_LISTEN;

    add_ms(row, "srtt_ms", info->srtt_ns != 0, info->srtt_ns);
    add(row, "cwnd", flows ? info->cwnd : 0);
    add(row, "ssthresh", flows ? info->ssthresh : 0);
    add(row, "mss", flows ? info->mss : 0);
    add(row, "rcv_mss", flows ? info->rcv_mss : 0);
    add(row, "advertised_mss", flows ? info->advertised_mss : 0);
    add_text(row, "congestion", info->congestion);
    add_ms(row, "rttvar_ms", info->srtt_ns != 0, info->rttvar_ns);
    add_ms(row, "since_receive_ms", info->heard_ns != 0, now - info->heard_ns);
    add(row, "pacing_rate", info->pacing_rate);
    add(row, "rcv_space", info->rcv_space);
    add_ms(row, "rcv_rtt_ms", info->rcv_rtt_ns != 0, info->rcv_rtt_ns);
    add(row, "send_buffer", info->send_buffer);
    add(row, "receive_buffer", info->receive_buffer);
    add(row, "segments_sent", info->segments_sent);
    add(row, "segments_received", info->segments_received);
    add(row, "timeouts", info->timeouts);
    add(row, "probes", info->probes);
    add(row, "snd_wnd", info->snd_wnd);
    add(row, "rcv_wnd", info->rcv_wnd);
    add_agreed(row, info);
    add_loss(row, info);
    add(row, "backlog", info->state == TCP_LISTEN ? info->backlog : 0);
    add(row, "bytes_sent", info->bytes_sent);
    add(row, "bytes_received", info->bytes_received);
    add(row, "retransmissions", info->retransmissions);
    add_ms(row, "handshake_ms", info->handshake_ns != 0, info->handshake_ns);
}

static struct json_object *row_tcp(const struct engine *engine, const struct tcp_conn *conn,
                                   const struct owner *owner)
{
    struct json_object *row = json_object_new_object();
    struct tcp_info info;
    struct endpoint peer;
    uint64_t now = engine->now_ns;
    bool timer;

    tcp_info(conn, &info);
    peer = peer_of(&info);
    timer = info.timer_ns != UINT64_MAX;
    add_text(row, "protocol", "tcp");
    add_text(row, "state", tcp_state_name(info.state));
    add_endpoint(row, "local", &info.local, false);
    add_endpoint(row, "remote", &peer, false);
    add(row, "receive_queue", info.receive_queue);
    add(row, "send_queue", info.send_queue);
    add(row, "unacked", info.unacked_bytes);
    add_ms(row, "since_send_ms", info.last_send_ns != 0, now - info.last_send_ns);
    add_ms(row, "timeout_ms", info.state > TCP_LISTEN, info.rto_ns);
    add_text(row, "timer", info.timer ? info.timer : "");
    add_ms(row, "timer_ms", timer, info.timer_ns > now ? info.timer_ns - now : 0);
    add_flow(row, &info, now);
    add_owner(row, owner);
    return row;
}

static struct json_object *row_udp(const struct engine *engine, const struct udp_socket *udp,
                                   const struct owner *owner)
{
    static const char *const absent[] = {
        "receive_queue", "send_queue", "unacked",         "timeout_ms",  "timer_ms",
        "srtt_ms",       "cwnd",       "ssthresh",        "mss",         "snd_wnd",
        "rcv_wnd",       "backlog",    "retransmissions", "handshake_ms"};
    struct json_object *row = json_object_new_object();
    struct udp_info info;

    udp_info(udp, &info);
    add_text(row, "protocol", info.icmp ? "icmp" : "udp");
    add_text(row, "state", info.remote.port ? "CONNECTED" : "UNCONNECTED");
    add_endpoint(row, "local", &info.local, true);
    add_endpoint(row, "remote", &info.remote, true);
    add_ms(row, "since_send_ms", info.last_send_ns != 0, engine->now_ns - info.last_send_ns);
    add_text(row, "timer", "");
    add(row, "datagrams_sent", info.datagrams_sent);
    add(row, "datagrams_received", info.datagrams_received);
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        json_object_object_add(row, absent[i], NULL);
    add_owner(row, owner);
    return row;
}

struct rows {
    const struct engine *engine;
    struct json_object *array;
};

/* Those without a descriptor: closed by their programs, waiting to be accepted, or of the
 * engine's own lookups. */
static void orphan_tcp(void *user, struct tcp_conn *conn)
{
    const struct rows *rows = user;

    for (const struct descriptor *d = rows->engine->descriptors; d; d = d->next)
        if (d->conn == conn)
            return;
    json_object_array_add(rows->array, row_tcp(rows->engine, conn, NULL));
}

static void orphan_udp(void *user, struct udp_socket *udp)
{
    const struct rows *rows = user;

    for (const struct descriptor *d = rows->engine->descriptors; d; d = d->next)
        if (d->udp == udp)
            return;
    json_object_array_add(rows->array, row_udp(rows->engine, udp, NULL));
}

struct json_object *report_sockets(struct engine *engine)
{
    struct json_object *report = json_object_new_object();
    struct rows rows = {engine, json_object_new_array()};

    for (const struct descriptor *d = engine->descriptors; d; d = d->next)
        if (d->udp)
            json_object_array_add(rows.array, row_udp(engine, d->udp, &d->owner));
        else if (d->conn)
            json_object_array_add(rows.array, row_tcp(engine, d->conn, &d->owner));
    tcp_each(engine->stack, orphan_tcp, &rows);
    udp_each(engine->stack, orphan_udp, &rows);
    json_object_object_add(report, "sockets", rows.array);
    return report;
}
