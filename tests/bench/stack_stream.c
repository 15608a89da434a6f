/* Measures what the stack and the driver cost for one TCP stream from end to end: `stack_stream KIND` and how
 * (stack_meter.h); KIND is `offload`, `plain` or one offload that is off (kinds[]).
 *
 * SPDX-License-Identifier: MIT
 *
 * Both ends are in this process: program - stack - driver - board - board - driver - stack - program. The programs fill and
 * read the connection's buffers in place; what they do to the data (writing it, and comparing every byte) does not count,
 * nor does what the boards do. Every copy of the stack's and the driver's does. Time is simulated: 100 us a round.
 */
#include <stdio.h>
#include <string.h>

#include "driver/lan.h"
#include "driver/registers.h"
#include "host/stack/tcp.h"
#include "tests/bench/stack_board.h"

enum { PORT = 9000, MTU = 1500, ROUNDS_WITHOUT_DATA = 100000, BUFFER_BYTES = 65535 };

static const uint64_t ROUND_NS = 100000;

struct station {
    struct stack_board board;
    struct lan *lan;
    struct stack *stack;
    struct tcp_conn *conn;
    uint64_t seed, moved; /* bytes written or read */
};

static struct station stations[END_COUNT];
static uint64_t now_ns;
static bool v6; /* the stream's addresses */

static uint64_t present(void)
{
    return now_ns;
}

/* ---- a station's parts ---- */

static uint64_t station_random(void *user)
{
    struct station *station = user;
    uint64_t z = station->seed += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint8_t *device_reserve(void *user, size_t len)
{
    return lan_reserve(((struct station *)user)->lan, len);
}

static size_t device_room(void *user)
{
    return lan_room(((struct station *)user)->lan);
}

static uint64_t device_commit(void *user, const struct vnet_header *vnet, size_t len)
{
    return lan_commit(((struct station *)user)->lan, vnet, len);
}

static void lan_frame(void *user, const struct vnet_header *vnet, const uint8_t *frame, size_t len,
                      uint64_t at_ns)
{
    stack_input(((struct station *)user)->stack, vnet, frame, len, at_ns);
}

static void lan_batch(void *user, bool begin, uint64_t at_ns)
{
    struct station *station = user;

    if (begin)
        stack_batch_begin(station->stack);
    else
        stack_batch_end(station->stack, at_ns);
}

static void lan_sent(void *user, uint64_t ticket, uint64_t at_ns)
{
    stack_sent(((struct station *)user)->stack, ticket, at_ns);
}

static void lan_has_room(void *user, uint64_t at_ns)
{
    stack_room(((struct station *)user)->stack, at_ns);
}

static void lan_gone(void *user, int error, uint64_t at_ns)
{
    (void)user;
    (void)at_ns;
    stream_die("the driver gave up: %s", strerror(-error));
}

static struct address station_address(enum stream_end end)
{
    const struct address of_v6 = {{0xfd, 0, 0, 1, [15] = (uint8_t)(end + 1)}};

    return v6 ? of_v6 : address_v4(0x0a000001 + (uint32_t)end);
}

static void open_stack(struct station *station, enum stream_end end)
{
    const struct lan_info *info = lan_info(station->lan);
    struct stack_config config = {
        .device = {.mtu = MTU,
                   .features = info->features,
                   .max_frame = info->max_frame,
                   .reserve = device_reserve,
                   .room = device_room,
                   .commit = device_commit,
                   .user = station},
        .random = station_random,
        .random_user = station,
        .source = ADDRESS_STATIC,
        .address = address_v4(0x0a000001 + (uint32_t)end),
        .prefix_len = 24,
        .ipv6 = v6,
        .static6[0].prefix_len = 64,
        .skip_probing = true,
        .tcp_send_bytes = BUFFER_BYTES, /* boards without a rate would make them grow without end */
        .tcp_receive_bytes = BUFFER_BYTES,
    };

    if (v6)
        config.static6[0].address = station_address(end);
    memcpy(config.device.mac, info->mac, 6);
    if (stack_create(&station->stack, &config, now_ns))
        stream_die("no stack");
    stack_link(station->stack, true, now_ns);
}

static void open_station(enum stream_end end, uint32_t features, bool unbatched)
{
    struct station *station = &stations[end];
    const struct lan_handler handler = {
        .frame = lan_frame,
        .batch = lan_batch,
        .sent = lan_sent,
        .room = lan_has_room,
        .gone = lan_gone,
        .user = station,
    };
    const struct lan_config config = {0};
    char error[400];

    station->seed = (uint64_t)end;
    stack_board_init(&station->board, end, features, &stations[!end].board);
    station->board.unbatched = unbatched;
    if (lan_open(&station->lan, &station->board.transport, &config, &handler, present, error,
                 sizeof error))
        stream_die("%s", error);
    open_stack(station, end);
}

/* ---- the programs at the two ends ---- */

static void write_data(struct station *station, uint64_t until)
{
    struct iovec pieces[2];
    size_t count = 0;
    int some;

    meter_on(END_SENDER);
    some = tcp_writable(station->conn, pieces);
    meter_off();
    for (int i = 0; i < some && station->moved + count < until; i++) {
        uint64_t left = until - station->moved - count;
        size_t part = pieces[i].iov_len < left ? pieces[i].iov_len : (size_t)left;

        memcpy(pieces[i].iov_base, stream_data(station->moved + count), part);
        count += part;
    }
    if (!count)
        return;
    station->moved += count;
    meter_on(END_SENDER);
    tcp_produce(station->conn, count, now_ns);
    meter_off();
}

static void read_data(struct station *station)
{
    struct iovec pieces[2];
    size_t count = 0;
    int some;

    meter_on(END_RECEIVER);
    some = tcp_readable(station->conn, pieces);
    meter_off();
    for (int i = 0; i < some; i++) {
        if (memcmp(pieces[i].iov_base, stream_data(station->moved + count), pieces[i].iov_len))
            stream_die("the data is wrong behind byte %llu", (unsigned long long)station->moved);
        count += pieces[i].iov_len;
    }
    if (!count)
        return;
    station->moved += count;
    meter_on(END_RECEIVER);
    tcp_consume(station->conn, count, now_ns);
    meter_off();
}

/* One turn of an engine's loop. */
static void serve(struct station *station)
{
    lan_poll(station->lan, now_ns, now_ns);
    meter_on(station->board.end);
    stack_poll(station->stack, now_ns);
    lan_flush(station->lan, now_ns);
    meter_off();
}

static void carry(uint64_t bytes)
{
    struct station *sender = &stations[END_SENDER], *receiver = &stations[END_RECEIVER];
    uint64_t until = receiver->moved + bytes;

    for (int idle = 0; receiver->moved < until; idle++) {
        uint64_t before = receiver->moved;

        if (idle == ROUNDS_WITHOUT_DATA)
            stream_die("the stream stands still at byte %llu", (unsigned long long)before);
        now_ns += ROUND_NS;
        write_data(sender, until);
        serve(sender);
        serve(receiver);
        read_data(receiver);
        if (receiver->moved > before)
            idle = 0;
    }
}

static void ignore_event(void *user, struct tcp_conn *conn, unsigned events)
{
    (void)user;
    (void)conn;
    if (events & TCP_EVENT_ERROR)
        stream_die("a connection ended");
}

static void connect_them(void)
{
    struct station *sender = &stations[END_SENDER], *receiver = &stations[END_RECEIVER];
    const struct endpoint to = {.address = station_address(END_RECEIVER), .port = PORT};
    struct tcp_conn *listener;
    int error = tcp_open(receiver->stack, &listener, ignore_event, NULL);

    serve(sender);
    serve(receiver);
    if (!error)
        error = tcp_bind(listener, &to);
    if (!error)
        error = tcp_listen(listener, 1);
    if (!error)
        error = tcp_open(sender->stack, &sender->conn, ignore_event, NULL);
    if (!error)
        error = tcp_connect(sender->conn, &to, now_ns);
    for (int i = 0; !error && i < ROUNDS_WITHOUT_DATA && !receiver->conn; i++) {
        now_ns += ROUND_NS;
        serve(sender);
        serve(receiver);
        if (tcp_accept(listener, &receiver->conn))
            receiver->conn = NULL;
    }
    if (error || !receiver->conn)
        stream_die("no connection: %s", strerror(-error));
    tcp_set_owner(receiver->conn, ignore_event, NULL);
}

enum {
    SEND_SUMS = REG_FEATURES_CSUM_SEND,
    RECEIVE_SUMS = REG_FEATURES_CSUM_RECEIVE,
    ALL = SEND_SUMS | REG_FEATURES_TSO4 | REG_FEATURES_TSO6 | RECEIVE_SUMS,
};

/* What the boards do in each kind of stream; segmentation needs checksums inserted. */
static const struct kind {
    const char *name, *prefix;
    uint32_t features;
    bool unbatched, v6;
} kinds[] = {
    {"offload", "stack.", ALL, false, false},
    {"offload6", "stack6.", ALL, false, true},
    {"plain", "stack.plain_", 0, false, false},
    {"no_tso", "stack.no_tso_", SEND_SUMS | RECEIVE_SUMS, false, false},
    {"no_tx_csum", "stack.no_tx_csum_", RECEIVE_SUMS, false, false},
    {"no_rx_csum", "stack.no_rx_csum_", SEND_SUMS | REG_FEATURES_TSO4, false, false},
    {"no_batch", "stack.no_batch_", ALL, true, false},
};

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(name, kinds[i].name))
            return &kinds[i];
    stream_die("\"%s\" is no kind of stream; say `offload`, `plain` or another of kinds[]", name);
}

int main(int count, char **arguments)
{
    const struct kind *kind = find_kind(count > 1 ? arguments[1] : "");

    meter_setup(count - 2, arguments + 2);
    now_ns = 1000000000;
    v6 = kind->v6;
    for (int end = 0; end < END_COUNT; end++)
        open_station((enum stream_end)end, kind->features, kind->unbatched);
    connect_them();
    meter_run(kind->prefix, carry);
    return 0;
}
