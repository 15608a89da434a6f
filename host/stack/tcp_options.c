/* TCP options. See tcp_options.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_options.h"

#include "host/stack/bytes.h"

enum {
    OPTION_END,
    OPTION_NOP,
    OPTION_MSS,
    OPTION_SCALE,
    OPTION_SACK_PERMITTED,
    OPTION_SACK,
    OPTION_TIMESTAMPS = 8,
    MSS_BYTES = 4,
    SCALE_BYTES = 3,
    SACK_PERMITTED_BYTES = 2,
    TIMESTAMPS_BYTES = 10,
    SACK_HEAD_BYTES = 2,
    SACK_BLOCK_BYTES = 8,
};

static void timestamps_read(const uint8_t *at, struct tcp_options *out)
{
    out->has_timestamps = true;
    out->ts_value = get32(at);
    out->ts_echo = get32(at + 4);
}

static void sack_read(const uint8_t *option, size_t len, struct tcp_options *out)
{
    size_t count = (len - SACK_HEAD_BYTES) / SACK_BLOCK_BYTES;
    if (len != SACK_HEAD_BYTES + count * SACK_BLOCK_BYTES || count > TCP_MAX_SACK_BLOCKS)
        return;
    out->sack_count = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *block = option + SACK_HEAD_BYTES + i * SACK_BLOCK_BYTES;
        out->sacks[i] = (struct tcp_range){get32(block), get32(block + 4)};
    }
}

static void option_read(const uint8_t *option, size_t len, struct tcp_options *out)
{
    if (option[0] == OPTION_MSS && len == MSS_BYTES) {
        out->mss = get16(option + 2);
    } else if (option[0] == OPTION_SCALE && len == SCALE_BYTES) {
        out->has_scale = true;
        out->scale = option[2] < TCP_MAX_SCALE ? option[2] : TCP_MAX_SCALE;
    } else if (option[0] == OPTION_SACK_PERMITTED && len == SACK_PERMITTED_BYTES) {
        out->sack_permitted = true;
    } else if (option[0] == OPTION_SACK) {
        sack_read(option, len, out);
    } else if (option[0] == OPTION_TIMESTAMPS && len == TIMESTAMPS_BYTES) {
        timestamps_read(option + 2, out);
    }
}

static void options_read(const uint8_t *bytes, size_t len, struct tcp_options *out)
{
    for (size_t at = 0; at < len && bytes[at] != OPTION_END;) {
        if (bytes[at] == OPTION_NOP) {
            at++;
            continue;
        }
        if (len - at < 2 || bytes[at + 1] < 2 || bytes[at + 1] > len - at)
            return;
        option_read(bytes + at, bytes[at + 1], out);
        at += bytes[at + 1];
    }
}

void tcp_options_parse(const uint8_t *bytes, size_t len, struct tcp_options *out)
{
    tcp_options_clear(out);
    if (len >= TCP_TIMESTAMPS_BYTES && get32(bytes) == TCP_NOP_NOP_TIMESTAMPS) {
        timestamps_read(bytes + 4, out);
        bytes += TCP_TIMESTAMPS_BYTES;
        len -= TCP_TIMESTAMPS_BYTES;
    }
    if (len)
        options_read(bytes, len, out);
}

size_t tcp_options_length(const struct tcp_options *options)
{
    size_t length = options->mss ? MSS_BYTES : 0;
    length += options->has_timestamps ? TCP_TIMESTAMPS_BYTES : options->sack_permitted ? 4 : 0;
    length += options->has_scale ? 4 : 0;
    return options->sack_count ? length + 4u + SACK_BLOCK_BYTES * options->sack_count : length;
}

/* Four bytes that begin an option: two NOPs, or SACK-permitted in their place. */
static uint8_t *head_write(uint8_t *out, uint8_t first, uint8_t second, uint8_t kind, size_t len)
{
    out[0] = first;
    out[1] = second;
    out[2] = kind;
    out[3] = (uint8_t)len;
    return out + 4;
}

static uint8_t *pair_write(uint8_t *out, uint32_t first, uint32_t second)
{
    put32(out, first);
    put32(out + 4, second);
    return out + 8;
}

static uint8_t *sacks_write(const struct tcp_options *options, uint8_t *out)
{
    size_t length = SACK_HEAD_BYTES + SACK_BLOCK_BYTES * (size_t)options->sack_count;
    out = head_write(out, OPTION_NOP, OPTION_NOP, OPTION_SACK, length);
    for (int i = 0; i < options->sack_count; i++)
        out = pair_write(out, options->sacks[i].start, options->sacks[i].end);
    return out;
}

size_t tcp_options_write(const struct tcp_options *options, uint8_t *out)
{
    uint8_t *begin = out;
    if (options->mss) {
        out = head_write(out, OPTION_MSS, MSS_BYTES, 0, 0);
        put16(out - 2, options->mss);
    }
    if (options->has_timestamps) {
        out = options->sack_permitted
                  ? head_write(out, OPTION_SACK_PERMITTED, SACK_PERMITTED_BYTES, OPTION_TIMESTAMPS,
                               TIMESTAMPS_BYTES)
                  : head_write(out, OPTION_NOP, OPTION_NOP, OPTION_TIMESTAMPS, TIMESTAMPS_BYTES);
        out = pair_write(out, options->ts_value, options->ts_echo);
    } else if (options->sack_permitted) {
        out = head_write(out, OPTION_NOP, OPTION_NOP, OPTION_SACK_PERMITTED, SACK_PERMITTED_BYTES);
    }
    if (options->has_scale)
        out = head_write(out, OPTION_NOP, OPTION_SCALE, SCALE_BYTES, options->scale);
    if (options->sack_count)
        out = sacks_write(options, out);
    return (size_t)(out - begin);
}
