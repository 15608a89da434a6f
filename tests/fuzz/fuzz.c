/* What every fuzz target uses.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

void fuzz_broken(const char *file, int line, const char *promise)
{
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
    abort();
}

uint8_t input_8(struct input *input)
{
    return input_left(input) ? *input->at++ : 0;
}

uint16_t input_16(struct input *input)
{
    uint16_t high = input_8(input);

    return (uint16_t)(high << 8 | input_8(input));
}

uint32_t input_32(struct input *input)
{
    uint32_t high = input_16(input);

    return high << 16 | input_16(input);
}

static uint8_t *block_of(struct input *input, size_t len)
{
    uint8_t *block = malloc(len ? len : 1);

    must(block);
    if (len)
        memcpy(block, input->at, len);
    input->at += len;
    return block;
}

uint8_t *input_block(struct input *input, size_t most, size_t *len)
{
    size_t wish = input_16(input) % (most + 1), left = (size_t)(input->end - input->at);

    *len = wish < left ? wish : left;
    return block_of(input, *len);
}

uint8_t *input_rest(struct input *input, size_t *len)
{
    *len = (size_t)(input->end - input->at);
    return block_of(input, *len);
}

uint64_t fuzz_random(void *user)
{
    uint64_t *seed = user, z = *seed += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t number_get(const uint8_t *at, size_t bytes)
{
    uint32_t value = 0;

    while (bytes--)
        value = value << 8 | *at++;
    return value;
}

void number_put(uint8_t *at, size_t bytes, uint32_t value)
{
    while (bytes--) {
        at[bytes] = (uint8_t)value;
        value >>= 8;
    }
}
