// What every RTL test uses: TAP output, a seeded generator, clocks and an optional FST trace.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_BENCH_H
#define TESTS_RTL_BENCH_H

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <regex>
#include <string>
#include <vector>

namespace bench
{

inline int tests_run = 0, tests_failed = 0;
inline std::string failure; // of the test that runs; empty while it holds

// States a fact that must hold; the first one that does not fails the test that runs.
__attribute__((format(printf, 2, 3))) inline bool check(bool holds, const char *format, ...)
{
    if (holds || !failure.empty())
        return holds;
    char text[500];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    failure = text;
    return false;
}

// Runs one test; its name is a sentence. ONLY, a regular expression, leaves out those whose name does not match.
template <typename F> void test(const char *name, F body)
{
    const char *only = getenv("ONLY");
    if (only && !std::regex_search(name, std::regex(only)))
        return;
    failure.clear();
    body();
    ++tests_run;
    if (!failure.empty())
        ++tests_failed;
    printf("%s %d - %s\n", failure.empty() ? "ok" : "not ok", tests_run, name);
    if (!failure.empty())
        printf("# %s\n", failure.c_str());
    fflush(stdout);
    if (!failure.empty() && getenv("MUTANT")) // it is caught
        exit(1);
}

// Prints the plan; main returns it.
inline int done()
{
    printf("1..%d\n", tests_run);
    return tests_failed ? 1 : 0;
}

// xorshift64*: small, seeded, the same everywhere.
struct Random {
    uint64_t state;
    explicit Random(uint64_t seed) : state(seed * 0x9E3779B97F4A7C15ull + 1)
    {
    }
    uint64_t next()
    {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return state * 0x2545F4914F6CDD1Dull;
    }
    uint32_t below(uint32_t n)
    {
        return (uint32_t)((next() >> 33) % n);
    }
    bool chance(double p)
    {
        return (next() >> 11) * 0x1p-53 < p;
    }
};

} // namespace bench
#endif
