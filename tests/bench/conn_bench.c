/* Measures what established connections cost, one end each in this process: `conn_bench COUNT [counted]`.
 *
 * SPDX-License-Identifier: MIT
 *
 * A scripted client, which keeps nothing but a few numbers for each connection, opens COUNT connections to a server on our
 * stack; on each it asks and is answered once, so that there are round-trip times and congestion windows; then all are idle.
 * Prints how many bytes of heap the stack has for each (its tables, and whatever else it allocates, divided among them), and
 * the most memory that the process ever had. Then come questions on connections chosen by chance: a packet with one, our
 * answer, its acknowledgement. With `counted`, under callgrind (--instr-atstart=no --collect-atstart=no), only these count, the client excluded;
 * the last line says how many packets they were.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#include "host/stack/tcp.h"
#include "tests/bench/conn_client.h"
#include "tests/bench/stack_meter.h"
#include "tests/world/chance.h"

enum { ANSWER_BYTES = 100, QUESTIONS = 2000, FRAME_BYTES = 2048, PORT = 9000 };

static const uint64_t STEP_NS = 1000, REST_NS = 2000000000, START_NS = 1000000000;

static struct stack *stack;
static struct conn_client client;
static struct chance chance;
static uint8_t frame[FRAME_BYTES];
static uint64_t now_ns;
static uint32_t accepted;
static bool counted;

/* Begins and ends what counts. */
static void count_toggle(void)
{
    if (counted)
        CALLGRIND_TOGGLE_COLLECT;
}

/* ---- the device: frames end in the client ---- */

static uint64_t draw(void *user)
{
    return chance_draw(user);
}

static uint8_t *device_reserve(void *user, size_t len)
{
    (void)user;
    return len <= sizeof frame ? frame : NULL;
}

static uint64_t device_commit(void *user, const struct vnet_header *vnet, size_t len)
{
    (void)user, (void)vnet;
    conn_client_take(&client, frame, len);
    return 0;
}

/* Gives the stack what the client has to say, and so on until both are silent. */
static void talk(void)
{
    const struct vnet_header vnet = {.flags = VNET_DATA_VALID, .num_buffers = 1};
    uint8_t packet[CONN_FRAME_BYTES];
    size_t len;

    while ((len = conn_client_frame(&client, packet))) {
        now_ns += STEP_NS;
        count_toggle();
        stack_input(stack, &vnet, packet, len, now_ns);
        if (stack_deadline(stack) <= now_ns)
            stack_poll(stack, now_ns);
        count_toggle();
    }
}

/* ---- the server ---- */

static void answer(struct tcp_conn *conn)
{
    struct iovec pieces[2];
    size_t count = 0;

    for (int i = tcp_readable(conn, pieces); i > 0; i--)
        count += pieces[i - 1].iov_len;
    tcp_consume(conn, count, now_ns);
    if (tcp_writable(conn, pieces) < 1 || pieces[0].iov_len < ANSWER_BYTES)
        stream_die("no room for an answer");
    memset(pieces[0].iov_base, 'a', ANSWER_BYTES);
    tcp_produce(conn, ANSWER_BYTES, now_ns);
}

static void conn_event(void *user, struct tcp_conn *conn, unsigned events)
{
    (void)user;
    if (events & TCP_EVENT_ERROR)
        stream_die("a connection ended: %s", strerror(-tcp_error(conn)));
    if (events & TCP_EVENT_READABLE)
        answer(conn);
}

static void listener_event(void *user, struct tcp_conn *listener, unsigned events)
{
    struct tcp_conn *conn;

    (void)user, (void)events;
    while (tcp_accept(listener, &conn) == 0) {
        tcp_set_owner(conn, conn_event, NULL);
        accepted++;
    }
}

static void open_stack(uint32_t count)
{
    const struct endpoint local = {address_v4(CONN_SERVER), PORT};
    struct stack_config config = {
        .device = {.mac = {2, 0, 0, 0, 0, 1},
                   .mtu = 1500,
                   .features = DEVICE_CSUM_SEND | DEVICE_CSUM_RECEIVE,
                   .reserve = device_reserve,
                   .commit = device_commit},
        .random = draw,
        .random_user = &chance,
        .source = ADDRESS_STATIC,
        .address = local.address,
        .gateway = address_v4(CONN_GATEWAY),
        .prefix_len = 24,
        .skip_probing = true,
        .max_connections = count + 1,
    };
    struct tcp_conn *listener;

    if (stack_create(&stack, &config, now_ns))
        stream_die("no stack");
    stack_link(stack, true, now_ns);
    stack_poll(stack, now_ns);
    if (tcp_open(stack, &listener, listener_event, NULL) || tcp_bind(listener, &local) ||
        tcp_listen(listener, 16))
        stream_die("nobody can listen");
}

/* ---- figures ---- */

static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static double most_memory_mb(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[200];
    double kb = 0;

    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %lf", &kb) == 1)
            break;
    if (file)
        fclose(file);
    return kb * 1024 / 1e6;
}

static void open_all(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        conn_client_open(&client, i);
        talk();
        conn_client_ask(&client, i);
        talk();
    }
    now_ns += REST_NS;
    stack_poll(stack, now_ns);
    talk();
    if (accepted != count || stack_counters(stack)->tcp_retrans_segs)
        stream_die("%u connections of %u, and %llu retransmissions", accepted, count,
                   (unsigned long long)stack_counters(stack)->tcp_retrans_segs);
}

int main(int arguments_count, char **arguments)
{
    uint32_t count = arguments_count > 1 ? (uint32_t)atoi(arguments[1]) : 0;
    bool wanted = arguments_count > 2 && !strcmp(arguments[2], "counted");
    uint64_t packets;
    size_t before;

    if (!count)
        stream_die("say COUNT, and perhaps `counted`");
    now_ns = START_NS;
    conn_client_init(&client, count, PORT);
    before = heap_bytes();
    open_stack(count);
    open_all(count);
    printf("idle_bytes %.1f\n", (double)(heap_bytes() - before) / count);
    printf("process_mb %.1f\n", most_memory_mb());
    counted = wanted;
    if (counted)
        CALLGRIND_START_INSTRUMENTATION;
    packets = client.packets;
    for (int i = 0; i < QUESTIONS; i++) {
        conn_client_ask(&client, (uint32_t)chance_between(&chance, 0, count - 1));
        talk();
    }
    if (client.answered != (uint64_t)(count + QUESTIONS) * ANSWER_BYTES)
        stream_die("%llu bytes of answers", (unsigned long long)client.answered);
    printf("packets %llu\n", (unsigned long long)(client.packets - packets));
    return 0;
}
