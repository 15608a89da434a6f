/* Two stacks on one wire. See tcp_net.h; what programs do is in tcp_app.c.
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

#include "tests/unit/tcp_net.h"

enum { ETHERNET = 14, IPV4 = 20 };

/* A frame on its way, in the order of arrival. */
struct wire_frame {
    uint64_t arrives_ns;
    int to;
    size_t len;
    uint8_t *bytes;
    struct wire_frame *next;
    bool held; /* by its station's device */
};

static uint32_t get(const uint8_t *at, int bytes)
{
    uint32_t value = 0;
    while (bytes--)
        value = value << 8 | *at++;
    return value;
}

static void put(uint8_t *at, int bytes, uint32_t value)
{
    while (bytes--) {
        at[bytes] = (uint8_t)value;
        value >>= 8;
    }
}

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

static bool happens(struct tcp_net *net, unsigned in_1000)
{
    return in_1000 && splitmix(&net->seed) % 1000 < in_1000;
}

static void fly(struct tcp_net *net, int to, const uint8_t *bytes, size_t len, uint64_t delay_ns)
{
    struct wire_frame *frame = malloc(sizeof *frame);
    struct wire_frame **link = &net->flying;
    *frame = (struct wire_frame){net->now_ns + delay_ns, to, len, malloc(len), NULL, false};
    memcpy(frame->bytes, bytes, len);
    while (*link && (*link)->arrives_ns <= frame->arrives_ns)
        link = &(*link)->next;
    frame->next = *link;
    *link = frame;
}

static struct wire_segment segment_read(const uint8_t *ip, int from, uint64_t now_ns)
{
    const uint8_t *tcp = ip + IPV4;
    uint32_t header = (uint32_t)(tcp[12] >> 4) * 4;
    struct wire_segment segment = {
        .sent_ns = now_ns,
        .from = from,
        .source_port = (uint16_t)get(tcp, 2),
        .destination_port = (uint16_t)get(tcp + 2, 2),
        .seq = get(tcp + 4, 4),
        .ack = get(tcp + 8, 4),
        .flags = tcp[13],
        .window = get(tcp + 14, 2),
        .mss = (uint16_t)(header == 24 && tcp[20] == 2 ? get(tcp + 22, 2) : 0),
        .length = get(ip + 2, 2) - IPV4 - header,
    };
    return segment;
}

/* Every segment must be well made before it may fly. */
static void segment_check(const uint8_t *ip, size_t len)
{
    uint32_t sum = 6 + (uint32_t)len - IPV4;
    assert_int_equal(get(ip + 2, 2), len);
    assert_int_equal(ip[6] & 0x40, 0x40); /* don't fragment */
    for (size_t i = 12; i < len; i += 2)
        sum += i + 1 < len ? get(ip + i, 2) : (uint32_t)ip[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    assert_int_equal(sum, 0xffff);
}

static struct wire_segment *segment_list(struct tcp_net *net, struct wire_segment segment)
{
    if (net->count == net->room) {
        net->room = net->room ? 2 * net->room : 256;
        net->segments = realloc(net->segments, net->room * sizeof *net->segments);
    }
    segment.number = (uint32_t)net->count;
    net->segments[net->count] = segment;
    return &net->segments[net->count++];
}

static void wire_take(struct tcp_net *net, int from, const uint8_t *frame, size_t len)
{
    const uint8_t *ip = frame + ETHERNET;
    if (get(frame + 12, 2) != 0x0800 || ip[9] != 6) {
        fly(net, !from, frame, len, 0);
        return;
    }
    segment_check(ip, len - ETHERNET);
    struct wire_segment *segment = segment_list(net, segment_read(ip, from, net->now_ns));
    segment->lost = happens(net, net->loss) || (net->loses && net->loses(net->user, segment));
    if (segment->lost)
        return;
    uint64_t more_ns = happens(net, net->reorder) ? splitmix(&net->seed) % net->reorder_ns : 0;
    fly(net, !from, frame, len, net->delay_ns + more_ns);
    if (happens(net, net->repeat))
        fly(net, !from, frame, len, net->delay_ns + splitmix(&net->seed) % (5 * TCP_MS));
}

static uint16_t sum_of(const uint8_t *bytes, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* One segment out of a super-frame, or the frame itself, with its sums as the wire has them. */
static void cut(struct tcp_net *net, int from, const uint8_t *frame, size_t at, size_t len,
                size_t left, uint16_t number)
{
    enum { HEADERS = ETHERNET + IPV4 + 20 };
    uint8_t out[2048], *ip = out + ETHERNET, *tcp = ip + IPV4;
    memcpy(out, frame, HEADERS);
    memcpy(out + HEADERS, frame + HEADERS + at, len);
    put(ip + 2, 2, (uint32_t)(IPV4 + 20 + len));
    put(ip + 4, 2, (uint16_t)(get(frame + ETHERNET + 4, 2) + number));
    put(ip + 10, 2, 0);
    put(ip + 10, 2, sum_of(ip, IPV4, 0));
    put(tcp + 4, 4, (uint32_t)(get(frame + ETHERNET + IPV4 + 4, 4) + at));
    if (left > len)
        tcp[13] &= (uint8_t) ~(FLAG_FIN | FLAG_PSH);
    put(tcp + 16, 2, 0);
    put(tcp + 16, 2,
        sum_of(tcp, 20 + len,
               get(ip + 12, 2) + get(ip + 14, 2) + get(ip + 16, 2) + get(ip + 18, 2) + 6 + 20 +
                   (uint32_t)len));
    wire_take(net, from, out, HEADERS + len);
}

static void super_take(struct tcp_station *station, int from, const struct vnet_header *vnet,
                       size_t len)
{
    const uint8_t *frame = station->reserved;
    size_t headers = ETHERNET + IPV4 + 20, data = len - headers;
    uint16_t number = 0;
    assert_int_equal(vnet->flags, VNET_NEEDS_CSUM);
    assert_int_equal(vnet->csum_start, ETHERNET + IPV4);
    assert_int_equal(vnet->csum_offset, 16);
    assert_int_equal(get(frame + ETHERNET + 2, 2), len - ETHERNET);
    assert_int_equal(frame[ETHERNET + IPV4 + 12], 0x50);
    assert_true(data > vnet->gso_size);
    station->supers++;
    station->longest = data > station->longest ? data : station->longest;
    for (size_t at = 0; at < data; at += vnet->gso_size)
        cut(station->net, from, frame, at, data - at < vnet->gso_size ? data - at : vnet->gso_size,
            data - at, number++);
}

static uint64_t station_commit(void *user, const struct vnet_header *vnet, size_t len)
{
    struct tcp_station *station = user;
    int from = station == &station->net->stations[1];
    uint8_t *frame = station->reserved;
    assert_non_null(frame);
    assert_true(len <= station->reserved_len);
    if (vnet->gso_type == VNET_GSO_TCPV4) {
        super_take(station, from, vnet, len);
    } else {
        if (vnet->flags & VNET_NEEDS_CSUM)
            put(frame + vnet->csum_start + vnet->csum_offset, 2,
                sum_of(frame + vnet->csum_start, len - vnet->csum_start, 0));
        wire_take(station->net, from, frame, len);
    }
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

static void sum_fill(uint8_t *ip, size_t len)
{
    uint32_t sum = 6 + (uint32_t)len - IPV4, header = 0;
    for (size_t i = 12; i < len; i += 2)
        sum += i + 1 < len ? get(ip + i, 2) : (uint32_t)ip[i] << 8;
    for (size_t i = 0; i < IPV4; i += 2)
        header += get(ip + i, 2);
    sum = (sum & 0xffff) + (sum >> 16);
    header = (header & 0xffff) + (header >> 16);
    put(ip + IPV4 + 16, 2, ~(sum + (sum >> 16)));
    put(ip + 10, 2, ~(header + (header >> 16)));
}

void tcp_net_inject(struct tcp_net *net, int from, const struct wire_segment *segment,
                    const uint8_t *data)
{
    uint32_t header = segment->mss ? 24 : 20;
    size_t len = ETHERNET + IPV4 + header + segment->length;
    uint8_t *frame = calloc(1, len < 60 ? 60 : len), *ip = frame + ETHERNET, *tcp = ip + IPV4;
    struct vnet_header vnet = {.num_buffers = 1};
    frame[0] = frame[6] = 2;
    frame[5] = (uint8_t)(!from + 1);
    frame[11] = (uint8_t)(from + 1);
    put(frame + 12, 2, 0x0800);
    put(ip, 4, 0x45000000u | (uint32_t)(len - ETHERNET));
    put(ip + 8, 2, 64 << 8 | 6);
    put(ip + 12, 4, 0x0a000001u + (uint32_t)from);
    put(ip + 16, 4, 0x0a000001u + (uint32_t)!from);
    put(tcp, 2, segment->source_port);
    put(tcp + 2, 2, segment->destination_port);
    put(tcp + 4, 4, segment->seq);
    put(tcp + 8, 4, segment->ack);
    put(tcp + 12, 2, header / 4 << 12 | segment->flags);
    put(tcp + 14, 2, segment->window);
    if (segment->mss)
        put(tcp + 20, 4, 0x02040000u | segment->mss);
    if (segment->length)
        memcpy(tcp + header, data, segment->length);
    sum_fill(ip, len - ETHERNET);
    stack_input(net->stations[!from].stack, &vnet, frame, len < 60 ? 60 : len, net->now_ns);
    free(frame);
}
