/* Measures how many connections a second can be opened and closed (setup.h): `setup_bench time` says how many ours and
 * lwIP's are, by turns, the best of several rounds; `setup_bench ours` and `setup_bench lwip` run COUNTED of them between
 * toggles of callgrind (--collect-atstart=no).
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <valgrind/callgrind.h>

#include "tests/bench/setup.h"
#include "tests/bench/stack_meter.h"

enum { WARM = 300, ROUND = 1000, ROUNDS = 1000, COUNTED = 1000 };

/* Of the processor: what else runs here does not count. */
static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void repeat(void (*cycle)(void), int times)
{
    while (times--)
        cycle();
}

static double rate(void (*cycle)(void))
{
    double start = seconds_now();

    repeat(cycle, ROUND);
    return ROUND / (seconds_now() - start);
}

static void measure(bool lwip)
{
    double ours_best = 0, lwip_best = 0;

    for (int i = 0; i < ROUNDS; i++) {
        double now = rate(setup_ours_cycle);

        ours_best = now > ours_best ? now : ours_best;
        if (!lwip)
            continue;
        now = rate(setup_lwip_cycle);
        lwip_best = now > lwip_best ? now : lwip_best;
    }
    printf("ours_per_s %.0f\n", ours_best);
    if (lwip)
        printf("lwip_per_s %.0f\n", lwip_best);
}

static void count(void (*cycle)(void))
{
    CALLGRIND_TOGGLE_COLLECT;
    repeat(cycle, COUNTED);
    CALLGRIND_TOGGLE_COLLECT;
    printf("cycles %d\n", COUNTED);
}

int main(int arguments_count, char **arguments)
{
    const char *what = arguments_count > 1 ? arguments[1] : "";
    bool ours = !strcmp(what, "ours"), lwip = !strcmp(what, "lwip"), alone = !strcmp(what, "alone");

    if (!ours && !lwip && !alone && strcmp(what, "time"))
        stream_die("say `time`, `alone` (without lwIP), `ours` or `lwip`, not \"%s\"", what);
    if (!lwip) {
        setup_ours_open();
        repeat(setup_ours_cycle, WARM);
    }
    if (!ours && !alone) {
        setup_lwip_open();
        repeat(setup_lwip_cycle, WARM);
    }
    if (ours || lwip)
        count(ours ? setup_ours_cycle : setup_lwip_cycle);
    else
        measure(!alone);
    return 0;
}
