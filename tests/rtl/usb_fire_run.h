// Short runs of the device under fire, each from its seed; one that finds a promise broken replays by it.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_USB_FIRE_RUN_H
#define TESTS_RTL_USB_FIRE_RUN_H

#include "tests/rtl/usb_fire_deeds.h"

struct Tally {
    uint64_t runs = 0, broken = 0, deeds = 0, clocks = 0;
};

inline void deeds(Fire &fire, Tally &tally, const char *&last)
{
    for (int i = 30 + fire.pick(50); i > 0 && bench::failure.empty(); i--) {
        const Choice &choice = choose(fire);
        last = choice.name;
        if (getenv("VERBOSE"))
            printf("# %9llu %s\n", (unsigned long long)fire.phy.clocks, last);
        choice.deed(fire);
        ++tally.deeds;
    }
}

// Ends with a device that is as good as new.
inline void run(uint64_t seed, Tally &tally)
{
    const char *last = "the beginning";
    bench::failure.clear();
    Fire fire(seed);
    try {
        deeds(fire, tally, last);
        fire.settle();
        fire.phy.packets.clear();
        if (bench::failure.empty()) {
            last = "the end";
            fire.expect_streams();
            fire.expect_alive("when all is over");
            fire.reset();
            fire.enumerate();
            fire.good_out(5);
            fire.offer(5);
            fire.phy.run(20);
            fire.good_in(true);
            fire.expect_streams();
            check(fire.offered.empty(), "bulk IN gives nothing after a reset");
        }
    } catch (const Hang &) {
        check(false, "it hangs");
    }
    ++tally.runs;
    tally.clocks += fire.phy.clocks;
    if (bench::failure.empty())
        return;
    ++tally.broken;
    printf("# seed %llu, in %s: %s\n#   replay: VERBOSE=1 TRACE=1 build/rtl/%s %llu %llu\n",
           (unsigned long long)seed, last, bench::failure.c_str(), PROGRAM,
           (unsigned long long)seed, (unsigned long long)seed);
}

inline Tally run_all(uint64_t first, uint64_t last)
{
    Tally tally;
    for (uint64_t seed = first; seed <= last; seed++)
        run(seed, tally);
    return tally;
}

// The program: with two seeds it prints a line for each broken promise and one that counts.
inline int fire(int count, char **arguments, uint64_t groups, uint64_t seeds)
{
    if (count == 3) {
        Tally tally =
            run_all(strtoull(arguments[1], nullptr, 10), strtoull(arguments[2], nullptr, 10));
        printf("%llu runs, %llu broken promises, %llu deeds, %llu clocks\n",
               (unsigned long long)tally.runs, (unsigned long long)tally.broken,
               (unsigned long long)tally.deeds, (unsigned long long)tally.clocks);
        return tally.broken != 0;
    }
    for (uint64_t group = 0; group < groups; group++) {
        std::string name =
            "keeps_its_promises_under_fire_with_seeds_from_" + std::to_string(group * seeds);
        bench::test(name.c_str(), [=] {
            uint64_t first = group * seeds;
            Tally tally = run_all(first, first + seeds - 1);
            bench::failure.clear();
            check(tally.broken == 0, "%llu of %llu runs", (unsigned long long)tally.broken,
                  (unsigned long long)tally.runs);
        });
    }
    return bench::done();
}

#endif
