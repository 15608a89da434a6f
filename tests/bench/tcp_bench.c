/* Measures TCP over the simulated bus and the Verilated board, in simulated time: goodput each way, what each offload
 * contributes, and a ping's round trip beside a stream. Prints "name value" lines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/tcp.h"
#include "host/stack/udp.h"
#include "tests/bench/station.h"

enum {
    STREAM_BYTES = 3 << 20,
    TABLE_STREAM_BYTES = 1 << 19, /* in the table of the offloads */
    SLOW_STREAM_BYTES = 150000,   /* at full speed */
    STEP_NS = 4000,               /* how late the peer may be */
    STALL_NS = 1000000000,        /* within which a stream must have moved on */
    PING_BYTES = 64,              /* with ICMP header */
    PING_GAP_NS = 300000,
};

struct stream {
    const char *name;
    bool receive, full_speed, ping, unstuffed, ipv6;
    uint32_t batch_us, features_off;
    uint64_t bytes;
};

struct result {
    double mb_s, records_s;
    unsigned pings;
    double ping_ms, ping_worst_ms;
    uint32_t features;
};

struct run {
    struct station station;
    struct tcp_conn *conn;
    struct udp_socket *icmp;
    uint64_t total, moved, began_ns, ended_ns;
    uint64_t pinged_ns; /* 0: no echo request is under way */
    uint64_t next_ping_ns;
    struct result result;
};

/* ---- the stream ---- */

static void produce(struct run *run, uint64_t now_ns)
{
    struct iovec place[2];
    size_t made = 0;
    int pieces = tcp_writable(run->conn, place);

    for (int i = 0; i < pieces; i++)
        for (size_t at = 0; at < place[i].iov_len && run->moved + made < run->total; at++)
            ((uint8_t *)place[i].iov_base)[at] =
                peer_byte(run->station.peer.mask, run->moved + made++);
    run->moved += made;
    if (made)
        tcp_produce(run->conn, made, now_ns);
}

static void consume(struct run *run, uint64_t now_ns)
{
    struct iovec place[2];
    size_t taken = 0;
    int pieces = tcp_readable(run->conn, place);

    for (int i = 0; i < pieces; i++)
        for (size_t at = 0; at < place[i].iov_len; at++, taken++)
            if (((uint8_t *)place[i].iov_base)[at] !=
                peer_byte(run->station.peer.mask, run->moved + taken))
                station_die(&run->station, "a byte came out of the stack wrong");
    run->moved += taken;
    run->ended_ns = now_ns;
    if (taken)
        tcp_consume(run->conn, taken, now_ns);
}

static void tcp_event(void *user, struct tcp_conn *conn, unsigned events)
{
    struct run *run = user;
    uint64_t now_ns = run->station.now_ns;

    if (events & TCP_EVENT_ERROR)
        station_die(&run->station, strerror(-tcp_error(conn)));
    if (events & TCP_EVENT_CONNECTED)
        run->began_ns = now_ns;
    if (events & (TCP_EVENT_WRITABLE | TCP_EVENT_CONNECTED))
        produce(run, now_ns);
    if (events & TCP_EVENT_READABLE)
        consume(run, now_ns);
}

/* ---- the ping beside it ---- */

static void echo_came(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                      uint64_t now_ns)
{
    struct run *run = user;
    double took_ms = (double)(now_ns - run->pinged_ns) / 1e6;

    (void)from, (void)data;
    if (!run->pinged_ns || len != PING_BYTES)
        station_die(&run->station, "an echo reply that nobody waits for");
    run->pinged_ns = 0;
    run->next_ping_ns = now_ns + PING_GAP_NS;
    run->result.pings++;
    run->result.ping_ms += took_ms;
    if (took_ms > run->result.ping_worst_ms)
        run->result.ping_worst_ms = took_ms;
}

static void open_ping(struct run *run)
{
    const struct udp_handler handler = {.receive = echo_came, .user = run};

    if (icmp_open(run->station.stack, &run->icmp, &handler))
        station_die(&run->station, "no ICMP socket");
}

static void ping(struct run *run)
{
    const struct endpoint peer = {address_v4(PEER_IP), 0};
    uint8_t request[PING_BYTES] = {8};

    if (run->pinged_ns || run->station.now_ns < run->next_ping_ns)
        return;
    if (!udp_send(run->icmp, &peer, request, sizeof request, run->station.now_ns))
        run->pinged_ns = run->station.now_ns;
}

/* ---- one measurement ---- */

static void connect_stream(struct run *run)
{
    struct endpoint peer = {address_v4(PEER_IP), PEER_PORT};
    struct station *station = &run->station;

    if (station->peer.ipv6)
        memcpy(peer.address.bytes, PEER_IP6, sizeof peer.address.bytes);
    if (tcp_open(station->stack, &run->conn, tcp_event, run) ||
        tcp_connect(run->conn, &peer, station->now_ns))
        station_die(station, "cannot connect");
}

/* Bytes that have reached the end of their way. */
static uint64_t arrived(const struct run *run, bool receive)
{
    return receive ? run->moved : run->station.peer.in.moved;
}

static void carry(struct run *run, const struct stream *stream, uint64_t bytes)
{
    struct station *station = &run->station;
    uint64_t last = 0, last_ns = station->now_ns;

    while (last < bytes) {
        if (run->icmp && last)
            ping(run);
        station_step(station, STEP_NS);
        if (arrived(run, stream->receive) != last)
            last_ns = station->now_ns;
        last = arrived(run, stream->receive);
        station_expect_by(station, last_ns + STALL_NS, "the stream stands still");
    }
}

static struct result measure(const struct stream *stream)
{
    static struct run run;
    struct station_config config = {
        .name = stream->name,
        .full_speed = stream->full_speed,
        .ipv6 = stream->ipv6,
        .lan = {.batch_us = stream->batch_us, .features_off = stream->features_off}};
    uint64_t bytes = stream->bytes;
    const struct lan_counters *lan;
    double seconds;

    memset(&run, 0, sizeof run);
    station_open(&run.station, &config);
    run.total = stream->receive ? 0 : bytes;
    run.station.peer.to_send = stream->receive ? bytes : 0;
    if (stream->unstuffed)
        run.station.peer.mask = PEER_UNSTUFFED;
    if (stream->ping)
        open_ping(&run);
    connect_stream(&run);
    carry(&run, stream, bytes);
    if (!stream->receive)
        run.ended_ns = run.station.peer.in.last_ns;
    lan = lan_counters(run.station.lan);
    seconds = (double)(run.ended_ns - run.began_ns) / 1e9;
    run.result.mb_s = (double)bytes / seconds / 1e6;
    run.result.records_s = (double)(lan->tx_frames + lan->rx_frames) / seconds;
    run.result.features = lan_info(run.station.lan)->features;
    tcp_abort(run.conn, run.station.now_ns);
    if (run.icmp)
        udp_close(run.icmp);
    station_close(&run.station);
    return run.result;
}

static void measure_goodput(void)
{
    struct result send = measure(&(struct stream){.name = "tcp.send", .bytes = STREAM_BYTES});
    struct result receive =
        measure(&(struct stream){.name = "tcp.receive", .receive = true, .bytes = STREAM_BYTES});
    struct result unstuffed = measure(
        &(struct stream){.name = "tcp.send_unstuffed", .unstuffed = true, .bytes = STREAM_BYTES});
    struct result slow = measure(
        &(struct stream){.name = "tcp.fs_send", .full_speed = true, .bytes = SLOW_STREAM_BYTES});
    struct result send6 =
        measure(&(struct stream){.name = "tcp6.send", .ipv6 = true, .bytes = STREAM_BYTES});
    struct result receive6 = measure(&(struct stream){
        .name = "tcp6.receive", .ipv6 = true, .receive = true, .bytes = STREAM_BYTES});

    printf("tcp.send_mb_s %.3f\n", send.mb_s);
    printf("tcp.send_unstuffed_mb_s %.3f\n", unstuffed.mb_s);
    printf("tcp.receive_mb_s %.3f\n", receive.mb_s);
    printf("tcp.fs_send_mb_s %.3f\n", slow.mb_s);
    printf("tcp6.send_mb_s %.3f\n", send6.mb_s);
    printf("tcp6.receive_mb_s %.3f\n", receive6.mb_s);
    printf("board.features %" PRIu32 "\n", send.features);
}

static void measure_ping(void)
{
    struct result send =
        measure(&(struct stream){.name = "latency.loaded", .ping = true, .bytes = STREAM_BYTES});
    struct result receive = measure(&(struct stream){
        .name = "latency.loaded", .ping = true, .receive = true, .bytes = STREAM_BYTES});

    if (!send.pings || !receive.pings) {
        fprintf(stderr, "tcp_bench: no ping came back\n");
        exit(1);
    }
    printf("latency.loaded_send_ms %.3f\n", send.ping_ms / send.pings);
    printf("latency.loaded_receive_ms %.3f\n", receive.ping_ms / receive.pings);
    printf("latency.loaded_ms %.3f\n",
           send.ping_worst_ms > receive.ping_worst_ms ? send.ping_worst_ms : receive.ping_worst_ms);
}

/* The same short streams with all that the board has, and with each offload off: MB/s, and records a second both ways
 * together. The checksum is inserted for whole frames and super-frames, so without it no segmentation is left. */
static void measure_offloads(void)
{
    static const uint32_t TSO = DEVICE_TSO4 | DEVICE_TSO6 | DEVICE_USO;
    const struct {
        const char *name;
        uint32_t off, batch_us;
    } rows[] = {{"all", 0, 0},
                {"no_tso", TSO, 0},
                {"no_tx_csum", TSO | DEVICE_CSUM_SEND, 0},
                {"no_rx_csum", DEVICE_CSUM_RECEIVE, 0},
                {"no_batch", 0, LAN_BATCH_NEVER}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int receive = 0; receive < 2; receive++) {
            struct result result = measure(&(struct stream){.name = rows[i].name,
                                                            .receive = receive,
                                                            .batch_us = rows[i].batch_us,
                                                            .features_off = rows[i].off,
                                                            .bytes = TABLE_STREAM_BYTES});
            const char *way = receive ? "receive" : "send";
            printf("offload.%s.%s_mb_s %.3f\n", rows[i].name, way, result.mb_s);
            printf("offload.%s.%s_records_per_s %.0f\n", rows[i].name, way, result.records_s);
        }
}

int main(void)
{
    measure_goodput();
    measure_ping();
    measure_offloads();
    return 0;
}
