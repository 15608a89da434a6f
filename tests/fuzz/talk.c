/* Conversations by TCP that a fuzzed station has.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/talk.h"

enum { HEADER = 20, OPTIONS_MOST = 40, DATA_MOST = 3000, CHECKSUM = 16 };

uint8_t talk_byte_of_peer(uint32_t seq)
{
    return (uint8_t)(seq * 2654435761u >> 24);
}

uint8_t talk_byte_of_program(uint32_t place)
{
    return (uint8_t)((place * 2246822519u >> 23) + 1);
}

/* ---- what the wire sees ---- */

static struct talk *talk_find(struct talk *talks, uint16_t remote_port)
{
    for (int i = 0; i < TALKS; i++)
        if (talks[i].remote_port == remote_port)
            return &talks[i];
    return NULL;
}

static void timestamp_learn(struct talk *talk, const uint8_t *options, size_t len)
{
    talk->timestamps = false;
    for (size_t at = 0; at < len && options[at]; at += options[at] == 1 ? 1 : options[at + 1])
        if (options[at] == 8) {
            talk->timestamps = true;
            talk->ts_value = number_get(options + at + 2, 4);
        }
}

/* A window probe or keepalive may repeat what was acknowledged long ago, never what was not written. */
static void data_must_be_the_programs(const struct talk *talk, uint32_t seq, const uint8_t *data,
                                      size_t len)
{
    for (size_t i = 0; i < len; i++)
        must(data[i] == talk_byte_of_program(seq - talk->iss - 1 + (uint32_t)i));
}

void talk_heard(void *user, const uint8_t *frame, size_t len)
{
    const uint8_t *tcp = frame + STATION_HEADERS;
    if (number_get(frame + 12, 2) != 0x0800 || frame[23] != 6 || len < STATION_HEADERS + HEADER)
        return;
    struct talk *talk = talk_find(user, (uint16_t)number_get(tcp + 2, 2));
    size_t header = 4 * (size_t)(tcp[12] >> 4), data = len - STATION_HEADERS - header;
    uint32_t seq = number_get(tcp + 4, 4);
    uint8_t flags = tcp[13];
    if (!talk || flags & FLAG_RST)
        return;
    if (flags & FLAG_SYN && (!talk->opened || seq != talk->iss)) {
        talk->local_port = (uint16_t)number_get(tcp, 2);
        talk->iss = talk->next = seq;
        talk->opened = true;
        talk->answered = false;
        talk->read_known = talk->read_known && talk->conn; /* of the connection before */
    }
    if (!talk->opened || number_get(tcp, 2) != talk->local_port)
        return;
    timestamp_learn(talk, tcp + HEADER, header - HEADER);
    if (!talk->any_data)
        data_must_be_the_programs(talk, seq + !!(flags & FLAG_SYN), tcp + header, data);
    uint32_t end = seq + (uint32_t)data + !!(flags & FLAG_SYN) + !!(flags & FLAG_FIN);
    if ((int32_t)(end - talk->next) > 0)
        talk->next = end;
    if (!(flags & FLAG_ACK))
        return;
    talk->ack = number_get(tcp + 8, 4);
    if (!talk->answered && !talk->read_known && talk->ack == talk->peer_iss + 1) {
        talk->read_seq = talk->ack;
        talk->read_known = true;
    }
    talk->answered = true;
}

/* ---- what the peer says ---- */

struct segment {
    uint32_t seq, ack;
    uint16_t window;
    uint8_t flags;
    uint8_t options[OPTIONS_MOST];
    size_t options_len; /* a multiple of 4 */
    size_t data;
    bool wrong_sum;
};

static void segment_send(struct station *station, const struct talk *talk,
                         const struct segment *segment)
{
    size_t header = HEADER + segment->options_len, len = header + segment->data;
    uint32_t first = segment->seq + !!(segment->flags & FLAG_SYN);
    uint8_t *bytes = calloc(1, len);

    must(bytes);
    number_put(bytes, 2, talk->remote_port);
    number_put(bytes + 2, 2, talk->local_port);
    number_put(bytes + 4, 4, segment->seq);
    number_put(bytes + 8, 4, segment->ack);
    bytes[12] = (uint8_t)(header / 4 << 4);
    bytes[13] = segment->flags;
    number_put(bytes + 14, 2, segment->window);
    memcpy(bytes + HEADER, segment->options, segment->options_len);
    for (size_t i = 0; i < segment->data; i++)
        bytes[header + i] = talk_byte_of_peer(first + (uint32_t)i);
    station_packet(station, 6, bytes, len, segment->wrong_sum ? -1 : CHECKSUM);
    free(bytes);
}

/* A sequence number near one that matters, or any. */
static uint32_t near(struct input *input, uint8_t how, uint32_t number)
{
    switch (how % 8) {
    case 0:
    case 1:
    case 2: return number;
    case 3:
    case 4: return number + (uint32_t)(int8_t)input_8(input);
    case 5: return number + input_16(input);
    case 6: return number - input_16(input);
    default: return input_32(input);
    }
}

static void option_add(struct segment *segment, uint8_t kind, uint8_t size)
{
    while ((segment->options_len + size) % 4)
        segment->options[segment->options_len++] = 1;
    segment->options[segment->options_len] = kind;
    segment->options[segment->options_len + 1] = size;
    segment->options_len += size;
}

static uint8_t *option_value(struct segment *segment, size_t len)
{
    return segment->options + segment->options_len - len;
}

static void timestamps_add(struct segment *segment, const struct talk *talk, uint32_t value)
{
    option_add(segment, 8, 10);
    number_put(option_value(segment, 8), 4, value);
    number_put(option_value(segment, 4), 4, talk->ts_value);
}

static void sacks_add(struct segment *segment, const struct talk *talk, struct input *input)
{
    uint8_t count = input_8(input) % 3 + 1;

    option_add(segment, 5, (uint8_t)(2 + 8 * count));
    for (int i = 0; i < count; i++) {
        uint32_t start = talk->next - input_16(input), end = start + input_16(input);
        number_put(option_value(segment, 8 * (size_t)(count - i)), 4, start);
        number_put(option_value(segment, 8 * (size_t)(count - i) - 4), 4, end);
    }
}

static void offer_add(struct segment *segment, uint8_t kind, uint8_t size, uint32_t value)
{
    option_add(segment, kind, size);
    number_put(option_value(segment, size - 2u), size - 2u, value);
}

/* What a SYN offers. */
static void offers_add(struct segment *segment, const struct talk *talk, struct input *input)
{
    uint8_t which = input_8(input);

    offer_add(segment, 2, 4, which & 1 ? 1460 : input_16(input));
    if (which & 2)
        offer_add(segment, 3, 3, which & 4 ? 7 : input_8(input));
    if (which & 8)
        option_add(segment, 4, 2);
    if (which & 16)
        timestamps_add(segment, talk, 1000);
}

static void any_options_add(struct segment *segment, struct input *input)
{
    segment->options_len = input_8(input) % (OPTIONS_MOST / 4 + 1) * 4u;
    for (size_t i = 0; i < segment->options_len; i++)
        segment->options[i] = input_8(input);
}

static void options_choose(struct segment *segment, const struct talk *talk, struct input *input,
                           uint32_t now_ms)
{
    uint8_t how = input_8(input);

    if (segment->flags & FLAG_SYN && how % 8 < 5) {
        offers_add(segment, talk, input);
        return;
    }
    if (how & 16)
        timestamps_add(segment, talk, how & 32 ? now_ms + input_8(input) : input_32(input));
    switch (how % 8) {
    case 1:
    case 2: sacks_add(segment, talk, input); break;
    case 7: any_options_add(segment, input); break;
    default: break;
    }
    while (segment->options_len % 4)
        segment->options[segment->options_len++] = 0;
}

static size_t data_choose(struct input *input)
{
    uint8_t how = input_8(input);

    if (how < 64)
        return 0;
    if (how < 128)
        return how % 16;
    return how < 224 ? 1460 : input_16(input) % DATA_MOST;
}

void talk_segment(struct station *station, struct talk *talk, struct input *input)
{
    uint8_t flags = input_8(input), how = input_8(input), more = input_8(input);
    struct segment segment = {
        .flags = flags & 63,
        .seq = near(input, how, talk->answered ? talk->ack : talk->peer_iss),
        .ack = near(input, how / 8, talk->next),
        .window = more & 1   ? input_16(input)
                  : more & 2 ? 0
                             : 65535,
        .data = data_choose(input),
        .wrong_sum = more >= 252,
    };

    if (flags >= 128) /* a plain ACK more often than chance would have it */
        segment.flags = FLAG_ACK | (flags & (FLAG_PSH | FLAG_FIN));
    if (more & 4)
        options_choose(&segment, talk, input, (uint32_t)(station->now_ns / MS_NS));
    if (segment.flags & FLAG_SYN)
        talk->peer_iss = segment.seq;
    segment_send(station, talk, &segment);
}

void talk_good_segment(struct station *station, struct talk *talk, struct talk_good good)
{
    bool syn = good.flags & FLAG_SYN;
    struct segment segment = {
        .flags = good.flags,
        .seq = syn ? talk->peer_iss : talk->ack + good.ahead,
        .ack = good.flags & FLAG_ACK ? talk->next : 0,
        .window = 65535,
        .data = good.data,
    };

    if (syn && good.offers) {
        offer_add(&segment, 2, 4, 1460);
        offer_add(&segment, 3, 3, 7);
        option_add(&segment, 4, 2);
    }
    if (syn ? good.offers : talk->timestamps)
        timestamps_add(&segment, talk, (uint32_t)(station->now_ns / MS_NS));
    segment_send(station, talk, &segment);
}
