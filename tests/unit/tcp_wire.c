/* The wire between two stacks, and what their boards do in front of it: sums and segments. See tcp_wire.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/tcp_wire.h"

enum { ETHERNET = 14, IPV4 = 20 };

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

static bool happens(struct tcp_net *net, unsigned in_1000)
{
    return in_1000 && tcp_net_random(net) % 1000 < in_1000;
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

/* The length of each option is taken from its kind, by code that knows no others. */
static void options_read(struct wire_segment *segment, const uint8_t *at, const uint8_t *end)
{
    struct wire_options *options = &segment->options;
    while (at < end && *at) {
        switch (*at) {
        case 1: at += 1; break;
        case 2:
            assert_int_equal(at[1], 4);
            segment->mss = (uint16_t)get(at + 2, 2);
            at += 4;
            break;
        case 3:
            assert_int_equal(at[1], 3);
            options->has_scale = true;
            options->scale = at[2];
            at += 3;
            break;
        case 4:
            assert_int_equal(at[1], 2);
            options->sack_permitted = true;
            at += 2;
            break;
        case 5:
            options->sack_count = (uint8_t)((at[1] - 2) / 8);
            assert_int_equal(at[1], 2 + 8 * options->sack_count);
            for (int i = 0; i < 2 * options->sack_count; i++)
                options->sacks[i / 2][i % 2] = get(at + 2 + 4 * i, 4);
            at += at[1];
            break;
        case 8:
            assert_int_equal(at[1], 10);
            options->has_timestamps = true;
            options->ts_value = get(at + 2, 4);
            options->ts_echo = get(at + 6, 4);
            at += 10;
            break;
        default: fail_msg("option %u is nobody's", *at);
        }
    }
    assert_true(at <= end);
}

/* Returns the bytes written, a multiple of 4. */
static uint32_t options_write(const struct wire_segment *segment, uint8_t *begin)
{
    const struct wire_options *options = &segment->options;
    uint8_t *at = begin;
    if (segment->mss) {
        put(at, 4, 0x02040000u | segment->mss);
        at += 4;
    }
    if (options->has_scale) {
        put(at, 4, 0x03030001u | (uint32_t)options->scale << 8);
        at += 4;
    }
    if (options->sack_permitted) {
        put(at, 4, 0x04020101u);
        at += 4;
    }
    if (options->has_timestamps) {
        put(at, 4, 0x0101080au);
        put(at + 4, 4, options->ts_value);
        put(at + 8, 4, options->ts_echo);
        at += 12;
    }
    if (options->sack_count) {
        put(at, 4, 0x01010502u + 8u * options->sack_count);
        for (int i = 0; i < 2 * options->sack_count; i++)
            put(at + 4 + 4 * i, 4, options->sacks[i / 2][i % 2]);
        at += 4 + 8 * options->sack_count;
    }
    return (uint32_t)(at - begin);
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
        .ecn = ip[1] & 3,
        .window = get(tcp + 14, 2),
        .length = get(ip + 2, 2) - IPV4 - header,
    };
    options_read(&segment, tcp + 20, tcp + header);
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
    if (net->unlisted && net->count)
        net->count--;
    if (net->count == net->room) {
        net->room = net->room ? 2 * net->room : 256;
        net->segments = realloc(net->segments, net->room * sizeof *net->segments);
    }
    segment.number = (uint32_t)net->count;
    net->segments[net->count] = segment;
    return &net->segments[net->count++];
}

/* How long a frame waits for the line, with its own time on it: preamble, FCS and gap are 24 bytes. */
static uint64_t line_ns(struct tcp_net *net, int from, size_t len)
{
    if (!net->rate_bps || from)
        return 0;
    if (net->line_free_ns < net->now_ns)
        net->line_free_ns = net->now_ns;
    net->line_free_ns += (len + 24) * 8 * TCP_S / net->rate_bps;
    return net->line_free_ns - net->now_ns;
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
    uint64_t more_ns = happens(net, net->reorder) ? tcp_net_random(net) % net->reorder_ns : 0;
    fly(net, !from, frame, len, line_ns(net, from, len) + net->delay_ns + more_ns);
    if (happens(net, net->repeat))
        fly(net, !from, frame, len, net->delay_ns + tcp_net_random(net) % (5 * TCP_MS));
}

static uint16_t sum_of(const uint8_t *bytes, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Bytes of the TCP header in frame. */
static size_t tcp_header(const uint8_t *frame)
{
    return (size_t)(frame[ETHERNET + IPV4 + 12] >> 4) * 4;
}

/* One segment out of a super-frame, or the frame itself, with its sums as the wire has them. */
static void cut(struct tcp_net *net, int from, const uint8_t *frame, size_t at, size_t len,
                size_t left, uint16_t number)
{
    uint8_t out[2048], *ip = out + ETHERNET, *tcp = ip + IPV4;
    size_t header = tcp_header(frame), headers = ETHERNET + IPV4 + header;
    memcpy(out, frame, headers);
    memcpy(out + headers, frame + headers + at, len);
    put(ip + 2, 2, (uint32_t)(IPV4 + header + len));
    put(ip + 4, 2, (uint16_t)(get(frame + ETHERNET + 4, 2) + number));
    put(ip + 10, 2, 0);
    put(ip + 10, 2, sum_of(ip, IPV4, 0));
    put(tcp + 4, 4, (uint32_t)(get(frame + ETHERNET + IPV4 + 4, 4) + at));
    if (left > len)
        tcp[13] &= (uint8_t) ~(FLAG_FIN | FLAG_PSH);
    put(tcp + 16, 2, 0);
    put(tcp + 16, 2,
        sum_of(tcp, header + len,
               get(ip + 12, 2) + get(ip + 14, 2) + get(ip + 16, 2) + get(ip + 18, 2) + 6 +
                   (uint32_t)(header + len)));
    wire_take(net, from, out, headers + len);
}

static void super_take(struct tcp_station *station, int from, const struct vnet_header *vnet,
                       size_t len)
{
    const uint8_t *frame = station->reserved;
    size_t headers = ETHERNET + IPV4 + tcp_header(frame), data = len - headers;
    uint16_t number = 0;
    assert_int_equal(vnet->flags, VNET_NEEDS_CSUM);
    assert_int_equal(vnet->csum_start, ETHERNET + IPV4);
    assert_int_equal(vnet->csum_offset, 16);
    assert_int_equal(get(frame + ETHERNET + 2, 2), len - ETHERNET);
    assert_int_equal(vnet->hdr_len, headers);
    assert_true(data > vnet->gso_size);
    station->supers++;
    station->longest = data > station->longest ? data : station->longest;
    for (size_t at = 0; at < data; at += vnet->gso_size)
        cut(station->net, from, frame, at, data - at < vnet->gso_size ? data - at : vnet->gso_size,
            data - at, number++);
}

void tcp_wire_send(struct tcp_station *station, int from, const struct vnet_header *vnet,
                   size_t len)
{
    uint8_t *frame = station->reserved;
    if (vnet->gso_type == VNET_GSO_TCPV4) {
        super_take(station, from, vnet, len);
        return;
    }
    if (vnet->flags & VNET_NEEDS_CSUM)
        put(frame + vnet->csum_start + vnet->csum_offset, 2,
            sum_of(frame + vnet->csum_start, len - vnet->csum_start, 0));
    wire_take(station->net, from, frame, len);
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
    uint8_t options[64];
    uint32_t header = 20 + options_write(segment, options);
    size_t len = ETHERNET + IPV4 + header + segment->length;
    uint8_t *frame = calloc(1, len < 60 ? 60 : len), *ip = frame + ETHERNET, *tcp = ip + IPV4;
    struct vnet_header vnet = {.num_buffers = 1};
    frame[0] = frame[6] = 2;
    frame[5] = (uint8_t)(!from + 1);
    frame[11] = (uint8_t)(from + 1);
    put(frame + 12, 2, 0x0800);
    put(ip, 4, 0x45000000u | (uint32_t)segment->ecn << 16 | (uint32_t)(len - ETHERNET));
    put(ip + 8, 2, 64 << 8 | 6);
    put(ip + 12, 4, 0x0a000001u + (uint32_t)from);
    put(ip + 16, 4, 0x0a000001u + (uint32_t)!from);
    put(tcp, 2, segment->source_port);
    put(tcp + 2, 2, segment->destination_port);
    put(tcp + 4, 4, segment->seq);
    put(tcp + 8, 4, segment->ack);
    put(tcp + 12, 2, header / 4 << 12 | segment->flags);
    put(tcp + 14, 2, segment->window);
    memcpy(tcp + 20, options, header - 20);
    if (segment->length)
        memcpy(tcp + header, data, segment->length);
    sum_fill(ip, len - ETHERNET);
    stack_input(net->stations[!from].stack, &vnet, frame, len < 60 ? 60 : len, net->now_ns);
    free(frame);
}
