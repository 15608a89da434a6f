/* See setup.h: two of our stacks.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "host/stack/tcp.h"
#include "tests/bench/setup.h"
#include "tests/bench/stack_meter.h"
#include "tests/world/chance.h"

enum { CLIENT, SERVER, ENDS, FRAME_BYTES = 2048 };

struct setup_end {
    struct stack *stack;
    struct {
        uint8_t bytes[FRAME_BYTES];
        size_t len;
    } frames[SETUP_FRAMES]; /* that it has sent */
    unsigned first, last;
};

static struct setup_end ends[ENDS];
static struct chance chance;
static uint64_t now_ns;
static unsigned established, ended;

static uint64_t draw(void *user)
{
    return chance_draw(user);
}

static uint8_t *device_reserve(void *user, size_t len)
{
    struct setup_end *end = user;

    return len <= FRAME_BYTES && end->last - end->first < SETUP_FRAMES
               ? end->frames[end->last % SETUP_FRAMES].bytes
               : NULL;
}

static uint64_t device_commit(void *user, const struct vnet_header *vnet, size_t len)
{
    struct setup_end *end = user;

    (void)vnet;
    end->frames[end->last++ % SETUP_FRAMES].len = len;
    return 0;
}

static void conn_event(void *user, struct tcp_conn *conn, unsigned events)
{
    (void)user;
    if (events & TCP_EVENT_ERROR)
        stream_die("a connection ended: %s", strerror(-tcp_error(conn)));
    if (events & TCP_EVENT_CONNECTED)
        established++;
    if (events & TCP_EVENT_END) {
        ended++;
        tcp_set_owner(conn, NULL, NULL);
        tcp_close(conn, now_ns);
    }
}

static void listener_event(void *user, struct tcp_conn *listener, unsigned events)
{
    struct tcp_conn *conn;

    (void)user, (void)events;
    while (tcp_accept(listener, &conn) == 0)
        tcp_set_owner(conn, conn_event, NULL);
}

/* As drivers do: what has come together is a batch. */
static void serve(int from)
{
    const struct vnet_header vnet = {.flags = VNET_DATA_VALID, .num_buffers = 1};
    struct setup_end *end = &ends[from];
    struct stack *to = ends[!from].stack;

    if (end->first == end->last)
        return;
    stack_batch_begin(to);
    while (end->first != end->last) {
        unsigned place = end->first % SETUP_FRAMES;

        stack_input(to, &vnet, end->frames[place].bytes, end->frames[place].len, now_ns);
        end->first++;
    }
    stack_batch_end(to, now_ns);
}

/* What is due, then frames until nobody has any: as setup_lwip.c's. */
static void talk(void)
{
    stack_poll(ends[CLIENT].stack, now_ns);
    stack_poll(ends[SERVER].stack, now_ns);
    do {
        serve(CLIENT);
        serve(SERVER);
    } while (ends[CLIENT].first != ends[CLIENT].last);
}

static struct address end_address(int index)
{
    return address_v4(0x0a000001u + (uint32_t)index);
}

static void open_end(int index)
{
    struct stack_config config = {
        .device = {.mac = {2, 0, 0, 0, 0, (uint8_t)(index + 1)},
                   .mtu = 1500,
                   .features = DEVICE_CSUM_SEND | DEVICE_CSUM_RECEIVE,
                   .reserve = device_reserve,
                   .commit = device_commit,
                   .user = &ends[index]},
        .random = draw,
        .random_user = &chance,
        .source = ADDRESS_STATIC,
        .address = end_address(index),
        .prefix_len = 24,
        .skip_probing = true,
        .time_wait_ns = SETUP_TIME_WAIT_MS * UINT64_C(1000000),
    };

    if (stack_create(&ends[index].stack, &config, now_ns))
        stream_die("no stack");
    stack_link(ends[index].stack, true, now_ns);
    stack_poll(ends[index].stack, now_ns);
}

void setup_ours_open(void)
{
    const struct endpoint local = {end_address(SERVER), SETUP_PORT};
    struct tcp_conn *listener;

    now_ns = 1000000000;
    open_end(CLIENT);
    open_end(SERVER);
    if (tcp_open(ends[SERVER].stack, &listener, listener_event, NULL) ||
        tcp_bind(listener, &local) || tcp_listen(listener, 16))
        stream_die("nobody can listen");
    talk();
}

void setup_ours_cycle(void)
{
    const struct endpoint remote = {end_address(SERVER), SETUP_PORT};
    struct tcp_conn *conn;

    established = ended = 0;
    now_ns += SETUP_CYCLE_MS * UINT64_C(1000000);
    if (tcp_open(ends[CLIENT].stack, &conn, conn_event, NULL) || tcp_connect(conn, &remote, now_ns))
        stream_die("no connection");
    talk();
    if (established != ENDS)
        stream_die("%u ends of a connection are established", established);
    tcp_set_owner(conn, NULL, NULL);
    tcp_close(conn, now_ns);
    talk();
    if (ended != 1)
        stream_die("the server does not see the end");
}
