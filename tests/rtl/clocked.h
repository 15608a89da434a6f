// A Verilated module with one clock `clk`, for tests: a clock at a time, with waves if TRACE is set. A build for coverage
// (VM_COVERAGE) writes what a run has reached to $COVERAGE-0.dat, $COVERAGE-1.dat and so on (tests/coverage).
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_CLOCKED_H
#define TESTS_RTL_CLOCKED_H

#include <memory>
#include <verilated.h>
#include <verilated_cov.h>
#include <verilated_fst_c.h>

#include "tests/rtl/bench.h"

namespace bench
{

// Set inputs of `top`, call settle() to see what they lead to, then edge(). A module that was built to take it
// (--x-initial unique) starts with inputs, registers and memories full of `rubbish`, a seed, if that is not 0.
template <class Top> struct Clocked {
    VerilatedContext context;
    Top top;
    uint64_t clocks = 0;
    std::unique_ptr<VerilatedFstC> trace;

    static VerilatedContext *filled(VerilatedContext *context, int rubbish)
    {
        context->randReset(rubbish ? 2 : 0);
        context->randSeed(rubbish);
        if (const char *mutant = getenv("MUTANT")) {
            std::string choice = std::string("+mutant=") + mutant;
            const char *argument = choice.c_str();
            context->commandArgsAdd(1, &argument);
        }
        return context;
    }

    explicit Clocked(const char *name, int rubbish = 0) : top(filled(&context, rubbish))
    {
        if (getenv("TRACE")) {
            context.traceEverOn(true);
            trace.reset(new VerilatedFstC);
            top.trace(trace.get(), 99);
            trace->open(
                (std::string("build/") + name + "_" + std::to_string(tests_run + 1) + ".fst")
                    .c_str());
        }
    }

    ~Clocked()
    {
        static int number;
        const char *path = getenv("COVERAGE");
        if constexpr (VM_COVERAGE)
            if (path)
                context.coveragep()->write(
                    (std::string(path) + "-" + std::to_string(number++) + ".dat").c_str());
    }

    void settle()
    {
        top.clk = 0;
        top.eval();
        if (trace)
            trace->dump(clocks * 2);
    }

    void edge()
    {
        top.clk = 1;
        top.eval();
        if (trace)
            trace->dump(clocks * 2 + 1);
        ++clocks;
    }
};

using Bytes = std::vector<uint8_t>;

inline Bytes random_bytes(Random &random, size_t count)
{
    Bytes bytes(count);
    for (auto &byte : bytes)
        byte = (uint8_t)random.next();
    return bytes;
}

} // namespace bench
#endif
