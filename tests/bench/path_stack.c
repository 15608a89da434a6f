/* See path_stack.h. The device may insert and verify checksums, and cuts nothing: each segment is a frame of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/bench/path_stack.h"

#include <string.h>

#include "tests/bench/stack_meter.h"

/* ---- the device ---- */

static uint64_t draw(void *user)
{
    return chance_draw(&((struct path_stack *)user)->chance);
}

static uint8_t *device_reserve(void *user, size_t len)
{
    struct path_stack *stack = user;

    return len <= sizeof stack->frame ? stack->frame : NULL;
}

static uint64_t device_commit(void *user, const struct vnet_header *vnet, size_t len)
{
    struct path_stack *stack = user;

    (void)vnet; /* the receiver's device has verified the checksum that ours has inserted */
    path_send(&stack->host, stack->frame, len);
    return 0;
}

static void host_take(struct path_host *host, const uint8_t *frame, size_t len, uint64_t now_ns)
{
    const struct vnet_header vnet = {.flags = VNET_DATA_VALID, .num_buffers = 1};

    stack_input(((struct path_stack *)host)->stack, &vnet, frame, len, now_ns);
}

static void host_poll(struct path_host *host, uint64_t now_ns)
{
    stack_poll(((struct path_stack *)host)->stack, now_ns);
}

static uint64_t host_deadline(const struct path_host *host)
{
    return stack_deadline(((const struct path_stack *)host)->stack);
}

void path_stack_open(struct path_stack *stack, struct path *path, int index,
                     const struct path_stack_config *wish)
{
    struct stack_config config = {
        .device = {.mtu = 1500,
                   .features = wish->sums ? 0 : DEVICE_CSUM_SEND | DEVICE_CSUM_RECEIVE,
                   .reserve = device_reserve,
                   .commit = device_commit,
                   .user = stack},
        .random = draw,
        .random_user = stack,
        .source = ADDRESS_STATIC,
        .address = address_v4(path_address(index)),
        .prefix_len = 24,
        .skip_probing = true,
        .tcp_send_bytes = wish->buffer_bytes,
        .tcp_receive_bytes = wish->buffer_bytes,
        .tcp_timestamps = wish->timestamps,
        .tcp_pacing = wish->pacing,
    };

    *stack = (struct path_stack){
        .host = {host_take, host_poll, host_deadline, path, index},
        .chance = chance_split(wish->seed, (uint64_t)index),
    };
    path->hosts[index] = &stack->host;
    path_mac(index, config.device.mac);
    if (stack_create(&stack->stack, &config, path->now_ns))
        stream_die("no stack");
    stack_link(stack->stack, true, path->now_ns);
    stack_poll(stack->stack, path->now_ns);
}

/* ---- programs ---- */

static void write_all(struct path_flow *flow)
{
    struct iovec pieces[2];
    int count = tcp_writable(flow->conn, pieces);
    size_t written = 0;

    for (int i = 0; i < count; i++)
        for (size_t done = 0; done < pieces[i].iov_len;) {
            size_t left = pieces[i].iov_len - done;
            size_t some = left < STREAM_PERIOD ? left : STREAM_PERIOD;

            memcpy((uint8_t *)pieces[i].iov_base + done, stream_data(flow->moved + written), some);
            done += some;
            written += some;
        }
    flow->moved += written;
    tcp_produce(flow->conn, written, flow->owner->host.path->now_ns);
}

static void read_all(struct path_flow *flow)
{
    struct iovec pieces[2];
    int count = tcp_readable(flow->conn, pieces);
    size_t read = 0;

    for (int i = 0; i < count; i++)
        for (size_t done = 0; done < pieces[i].iov_len;) {
            size_t left = pieces[i].iov_len - done;
            size_t some = left < STREAM_PERIOD ? left : STREAM_PERIOD;

            if (memcmp((uint8_t *)pieces[i].iov_base + done, stream_data(flow->moved + read), some))
                stream_die("the data is wrong behind byte %llu", (unsigned long long)flow->moved);
            done += some;
            read += some;
        }
    flow->moved += read;
    tcp_consume(flow->conn, read, flow->owner->host.path->now_ns);
}

static void flow_event(void *user, struct tcp_conn *conn, unsigned events)
{
    struct path_flow *flow = user;

    if (events & TCP_EVENT_ERROR)
        stream_die("a connection ended: %s", strerror(-tcp_error(conn)));
    if (events & TCP_EVENT_READABLE)
        read_all(flow);
    if (flow->owner->host.index == PATH_SENDER &&
        (events & (TCP_EVENT_CONNECTED | TCP_EVENT_WRITABLE)))
        write_all(flow);
}

static struct path_flow *flow_new(struct path_stack *stack)
{
    struct path_flow *flow = &stack->flows[stack->count++];

    if (stack->count > PATH_FLOWS)
        stream_die("too many flows");
    flow->owner = stack;
    return flow;
}

static void listener_event(void *user, struct tcp_conn *listener, unsigned events)
{
    struct tcp_conn *conn;

    (void)events;
    while (tcp_accept(listener, &conn) == 0) {
        struct path_flow *flow = flow_new(user);

        flow->conn = conn;
        tcp_set_owner(conn, flow_event, flow);
    }
}

void path_stack_listen(struct path_stack *stack)
{
    const struct endpoint local = {address_v4(path_address(stack->host.index)), PATH_PORT};

    if (tcp_open(stack->stack, &stack->listener, listener_event, stack) ||
        tcp_bind(stack->listener, &local) || tcp_listen(stack->listener, PATH_FLOWS))
        stream_die("nobody can listen");
}

void path_stack_send(struct path_stack *stack, const char *congestion)
{
    const struct endpoint remote = {address_v4(path_address(PATH_RECEIVER)), PATH_PORT};
    struct path_flow *flow = flow_new(stack);

    if (tcp_open(stack->stack, &flow->conn, flow_event, flow))
        stream_die("no socket");
    if (tcp_set_congestion(flow->conn, congestion))
        stream_die("\"%s\" is no congestion control of ours", congestion);
    if (tcp_connect(flow->conn, &remote, stack->host.path->now_ns))
        stream_die("no connection");
}

void path_stack_close(struct path_stack *stack)
{
    uint64_t now_ns = stack->host.path->now_ns;

    for (int i = 0; i < stack->count; i++)
        tcp_abort(stack->flows[i].conn, now_ns);
    if (stack->listener)
        tcp_close(stack->listener, now_ns);
    stack_destroy(stack->stack);
}
