/* Chance from a seed: SplitMix64 (Steele, Lea, Flood 2014), so that every run repeats.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_CHANCE_H
#define TESTS_WORLD_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

static inline uint64_t chance_draw(struct chance *chance)
{
    uint64_t z = chance->state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* A generator of its own for one part of a run: what one part draws changes nothing in another. */
static inline struct chance chance_split(uint64_t seed, uint64_t part)
{
    struct chance chance = {seed * 0xd1342543de82ef95u + part};

    chance_draw(&chance);
    return chance;
}

/* A number from least to most, both included. */
static inline uint64_t chance_between(struct chance *chance, uint64_t least, uint64_t most)
{
    return least + chance_draw(chance) % (most - least + 1);
}

/* The same, but small ones as often as large ones: from 1 to 10 as often as from 100 to 1,000. */
static inline uint64_t chance_scale(struct chance *chance, uint64_t least, uint64_t most)
{
    uint64_t top = least;

    for (uint64_t left = chance_draw(chance) % 64; left && top < most; left--)
        top = top * 5 / 4 + 1;
    return chance_between(chance, least, top < most ? top : most);
}

static inline bool chance_of(struct chance *chance, unsigned per_mille)
{
    return chance_draw(chance) % 1000 < per_mille;
}

#endif
