/* TCP options as they come: read, written again and read again; told for a reader of the journal.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: what is read agrees with a reading by code of this file's own; what is written fits the header, has the length
 * that was announced, and reads as what it was.
 */
#include "host/stack/dissect_internal.h"
#include "host/stack/tcp_options.h"
#include "tests/fuzz/fuzz.h"

/* The option of this kind and size that counts: the last before the list ends or lies. NULL: none. */
static const uint8_t *option_find(const uint8_t *bytes, size_t len, uint8_t kind, uint8_t size)
{
    const uint8_t *found = NULL;

    for (size_t at = 0; at < len && bytes[at] != 0;) {
        size_t step = bytes[at] == 1 ? 1 : at + 1 < len ? bytes[at + 1] : 0;
        if (step == 0 || (bytes[at] != 1 && step < 2) || step > len - at)
            return found;
        if (bytes[at] == kind && step == size)
            found = bytes + at;
        at += step;
    }
    return found;
}

static void reading_must_be_right(const uint8_t *bytes, size_t len, const struct tcp_options *read)
{
    const uint8_t *mss = option_find(bytes, len, 2, 4), *scale = option_find(bytes, len, 3, 3);
    const uint8_t *times = option_find(bytes, len, 8, 10);

    must(read->mss == (mss ? number_get(mss + 2, 2) : 0));
    must(read->has_scale == (scale != NULL));
    must(!scale || read->scale == (scale[2] < 14 ? scale[2] : 14));
    must(read->sack_permitted == (option_find(bytes, len, 4, 2) != NULL));
    must(read->has_timestamps == (times != NULL));
    must(!times ||
         (read->ts_value == number_get(times + 2, 4) && read->ts_echo == number_get(times + 6, 4)));
    must(read->sack_count <= TCP_MAX_SACK_BLOCKS);
}

static void must_be_equal(const struct tcp_options *a, const struct tcp_options *b)
{
    must(a->mss == b->mss && a->has_scale == b->has_scale);
    must(!a->has_scale || a->scale == b->scale);
    must(a->sack_permitted == b->sack_permitted && a->has_timestamps == b->has_timestamps);
    must(!a->has_timestamps || (a->ts_value == b->ts_value && a->ts_echo == b->ts_echo));
    must(a->sack_count == b->sack_count);
    for (int i = 0; i < a->sack_count; i++)
        must(a->sacks[i].start == b->sacks[i].start && a->sacks[i].end == b->sacks[i].end);
}

static void writing_must_be_right(const struct tcp_options *options)
{
    size_t announced = tcp_options_length(options);
    struct tcp_options again;

    if (announced > TCP_OPTIONS_MAX_BYTES) /* no segment of ours has all of them */
        return;
    uint8_t *bytes = malloc(announced ? announced : 1);
    must(bytes);
    must(tcp_options_write(options, bytes) == announced && announced % 4 == 0);
    tcp_options_parse(bytes, announced, &again);
    must_be_equal(options, &again);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data,
                          data + (size < TCP_OPTIONS_MAX_BYTES ? size : TCP_OPTIONS_MAX_BYTES)};
    struct tcp_options options;
    struct line line = {.at = 0};
    size_t len;
    uint8_t *bytes = input_rest(&input, &len);

    tcp_options_parse(bytes, len, &options);
    reading_must_be_right(bytes, len, &options);
    writing_must_be_right(&options);
    dissect_tcp_options(&line, bytes, len);
    dissect_ip_options(&line, bytes, len);
    must(line.at < sizeof line.text && strlen(line.text) == line.at);
    free(bytes);
    return 0;
}
