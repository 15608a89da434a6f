/* What every fuzz target uses: its input taken apart, and promises that must hold.
 *
 * SPDX-License-Identifier: MIT
 *
 * An input is a list of steps, and every input means something: a choice is taken modulo the number of choices, and
 * what is behind the end reads as 0. So libFuzzer's changes of a few bytes change a few steps.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MS_NS UINT64_C(1000000)
#define S_NS  UINT64_C(1000000000)

/* libFuzzer's door. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with the place and the broken promise, if promise is false. */
#define must(promise) ((promise) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #promise))
_Noreturn void fuzz_broken(const char *file, int line, const char *promise);

struct input {
    const uint8_t *at, *end;
};

static inline bool input_left(const struct input *input)
{
    return input->at < input->end;
}
uint8_t input_8(struct input *input);
uint16_t input_16(struct input *input); /* big-endian, as all numbers here */
uint32_t input_32(struct input *input);
/* The next bytes, at most most of them, as a heap block of exactly *len that the caller frees: so AddressSanitizer sees
 * every read past the end. Their number stands in front of them in two bytes. */
uint8_t *input_block(struct input *input, size_t most, size_t *len);
/* A heap block of exactly the bytes that are left. */
uint8_t *input_rest(struct input *input, size_t *len);

/* Numbers from a seed (splitmix64), a uint64_t at user. */
uint64_t fuzz_random(void *user);

/* Big-endian numbers in bytes. */
uint32_t number_get(const uint8_t *at, size_t bytes);
void number_put(uint8_t *at, size_t bytes, uint32_t value);

#endif
