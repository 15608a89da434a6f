/* Two stacks on one wire. See tcp_net.h; the wire is in tcp_wire.c, what programs do in tcp_app.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tcp_wire.h"

static uint64_t splitmix(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t tcp_net_random(struct tcp_net *net)
{
    return splitmix(&net->seed);
}

static uint64_t station_random(void *user)
{
    struct tcp_station *station = user;
    return splitmix(&station->seed);
}

static uint64_t station_commit(void *user, const struct vnet_header *vnet, size_t len)
{
    struct tcp_station *station = user;
    int from = station == &station->net->stations[1];
    assert_non_null(station->reserved);
    assert_true(len <= station->reserved_len);
    tcp_wire_send(station, from, vnet, len);
    if (!station->holds)
        return 0;
    for (struct wire_frame *at = station->net->flying; at; at = at->next)
        at->held |= at->to == !from;
    return ++station->tickets;
}

static size_t station_bulk_room(void *user)
{
    const struct tcp_station *station = user;
    return station->bulk_room ? station->bulk_room : SIZE_MAX;
}

void tcp_net_release(struct tcp_net *net, int station)
{
    for (struct wire_frame *at = net->flying; at; at = at->next)
        if (at->held && at->to == !station) {
            at->held = false;
            at->arrives_ns = net->now_ns + net->delay_ns;
        }
    stack_sent(net->stations[station].stack, net->stations[station].tickets, net->now_ns);
}

static uint8_t *station_reserve(void *user, size_t len)
{
    struct tcp_station *station = user;
    if (station->no_room)
        return NULL;
    free(station->reserved);
    station->reserved = malloc(len);
    station->reserved_len = len;
    return station->reserved;
}

static void journal_line(void *user, uint64_t now_ns, enum journal_level level, const char *layer,
                         const char *text)
{
    struct tcp_net *net = user;
    size_t need = strlen(text) + 40;
    (void)level;
    if (strcmp(layer, "tcp"))
        return;
    if (net->text_len + need > net->text_room) {
        net->text_room = 2 * net->text_room + need;
        net->text = realloc(net->text, net->text_room);
    }
    net->text_len +=
        (size_t)sprintf(net->text + net->text_len, "%10.3f %s\n", (double)now_ns / 1e6, text);
}

static void station_start(struct tcp_net *net, int i, const struct stack_config *wish)
{
    struct tcp_station *station = &net->stations[i];
    struct stack_config config = *wish;
    config.device = (struct device){.mac = {2, 0, 0, 0, 0, (uint8_t)(i + 1)},
                                    .mtu = wish->device.mtu ? wish->device.mtu : 1500,
                                    .features = wish->device.features,
                                    .max_frame = wish->device.max_frame,
                                    .room = station_bulk_room,
                                    .reserve = station_reserve,
                                    .commit = station_commit,
                                    .user = station};
    config.journal = i == 0 ? &net->journal : NULL;
    config.random = station_random;
    config.random_user = station;
    config.source = ADDRESS_STATIC;
    config.address = address_v4(0x0a000001u + (uint32_t)i);
    config.prefix_len = 24;
    config.skip_probing = true;
    *station = (struct tcp_station){.net = net, .seed = 7 + (uint64_t)i};
    assert_int_equal(stack_create(&station->stack, &config, net->now_ns), 0);
    stack_link(station->stack, true, net->now_ns);
}

void tcp_net_start_with(struct tcp_net *net, const struct stack_config *wish, uint64_t start_ns)
{
    *net = (struct tcp_net){.now_ns = start_ns, .seed = 1, .delay_ns = 10 * TCP_MS};
    net->journal = (struct journal){journal_line, net, JOURNAL_EVENT};
    for (int i = 0; i < 2; i++)
        station_start(net, i, wish);
    tcp_net_run(net, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(stack_state(net->stations[i].stack), STACK_READY);
}

void tcp_net_start(struct tcp_net *net)
{
    struct stack_config wish = {0};
    tcp_net_start_with(net, &wish, TCP_S);
}

void tcp_net_stop(struct tcp_net *net)
{
    for (int i = 0; i < 2; i++) {
        if (net->stations[i].listener)
            tcp_close(net->stations[i].listener, net->now_ns);
        stack_destroy(net->stations[i].stack);
        free(net->stations[i].reserved);
    }
    while (net->flying) {
        struct wire_frame *frame = net->flying;
        net->flying = frame->next;
        free(frame->bytes);
        free(frame);
    }
    free(net->segments);
    free(net->text);
}

/* What arrives first of that which no device holds. */
static struct wire_frame **first_flying(struct tcp_net *net)
{
    struct wire_frame **link = &net->flying;
    while (*link && (*link)->held)
        link = &(*link)->next;
    return link;
}

static void deliver(struct tcp_net *net)
{
    struct wire_frame **link = first_flying(net), *frame = *link;
    struct vnet_header vnet = {.num_buffers = 1};
    *link = frame->next;
    stack_input(net->stations[frame->to].stack, &vnet, frame->bytes, frame->len, net->now_ns);
    free(frame->bytes);
    free(frame);
}

/* The next thing that happens by itself. */
static uint64_t next_ns(struct tcp_net *net)
{
    const struct wire_frame *first = *first_flying(net);
    uint64_t next = first ? first->arrives_ns : UINT64_MAX;
    for (int i = 0; i < 2; i++) {
        uint64_t due = stack_deadline(net->stations[i].stack);
        next = due < next ? due : next;
    }
    return next;
}

static void step(struct tcp_net *net)
{
    uint64_t next = next_ns(net);
    if (next > net->now_ns)
        net->now_ns = next;
    if (*first_flying(net) && (*first_flying(net))->arrives_ns <= net->now_ns)
        deliver(net);
    for (int i = 0; i < 2; i++)
        stack_poll(net->stations[i].stack, net->now_ns);
}

void tcp_net_run(struct tcp_net *net, uint64_t ns)
{
    uint64_t end = net->now_ns + ns;
    while (next_ns(net) <= end)
        step(net);
    net->now_ns = end;
}

void tcp_net_settle(struct tcp_net *net, uint64_t quiet_ns)
{
    for (uint64_t next = next_ns(net); next != UINT64_MAX; next = next_ns(net)) {
        if (next > net->now_ns + quiet_ns)
            return;
        step(net);
    }
}

size_t tcp_net_count(const struct tcp_net *net, int from, uint8_t flags, int data)
{
    uint8_t looked_at = FLAG_SYN | FLAG_FIN | FLAG_RST;
    size_t count = 0;
    for (size_t i = 0; i < net->count; i++) {
        const struct wire_segment *segment = &net->segments[i];
        bool right_data = data > 0 ? segment->length > 0 : data == 0 || segment->length == 0;
        count += segment->from == from && (segment->flags & flags) == flags && right_data &&
                 !((segment->flags & ~flags) & looked_at);
    }
    return count;
}
