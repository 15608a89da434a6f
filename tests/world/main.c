/* Runs worlds, each in a process of its own: lwIP keeps state, and a world that crashes does not take the others along.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/world/fault.h"
#include "tests/world/options.h"

enum { MOST_JOBS = 64 };

/* What a child leaves for its parent. */
struct result {
    pid_t child; /* 0: the place is free */
    uint64_t seed;
    bool complete;
    uint64_t hash, frames, steps;
    struct tally tally;
    bool lwip; /* a host of it runs lwIP */
    char failure[sizeof((struct world *)NULL)->failure];
};

struct runner {
    const struct options *options;
    const char *program;
    struct result *results; /* shared with the children */
    struct tally tally;     /* of all */
    uint64_t failed, worlds, frames, with_lwip;
};

/* The sanitizer's count of what is allocated. Without it leaks are not looked for. */
__attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes(void);

static size_t heap_bytes(void)
{
    return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes() : 0;
}

/* ---- in the child ---- */

static void run_once(struct world *world, struct result *result, const struct options *options)
{
    size_t before = heap_bytes();

    world_run(world, result->seed, &options->world);
    if (!options->world.gates && heap_bytes() != before)
        world_fail(world, "%zu bytes of memory have leaked", heap_bytes() - before);
    result->hash = world->capture.hash;
    result->frames = world->capture.frames;
    result->steps = world->steps;
    result->tally = world->tally;
    for (int i = 0; i < world->scenario.hosts; i++)
        result->lwip |= world->scenario.host[i].kind == HOST_LWIP;
    memcpy(result->failure, world->failure, sizeof result->failure);
    result->complete = true;
}

/* In a process of its own first, then here: both must be the same to the last packet. */
static void run_twice(struct world *world, struct result *result, const struct options *options)
{
    uint64_t hash;
    pid_t child = fork();

    if (child == 0) {
        run_once(world, result, options);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    hash = result->hash;
    result->complete = false;
    run_once(world, result, options);
    if (result->hash != hash && !result->failure[0])
        snprintf(result->failure, sizeof result->failure, "a second run has other packets");
}

static void begin(struct runner *runner, struct result *place, uint64_t seed)
{
    static struct world world;

    pid_t child;

    *place = (struct result){.seed = seed};
    fflush(stdout);
    child = fork();
    if (child == 0) {
        (runner->options->twice ? run_twice : run_once)(&world, place, runner->options);
        fflush(stdout);
        _exit(0);
    }
    if (child < 0) {
        perror("world: fork");
        exit(2);
    }
    place->child = child;
}

/* ---- in the parent ---- */

static void report(struct runner *runner, const struct result *result, const char *failure)
{
    const struct world_options *world = &runner->options->world;
    const char *gates = world->gates ? " --gates" : "";
    unsigned long long seed = result->seed;

    runner->failed++;
    printf("seed %llu: %s\n  replay: %s%s%s%s%s%s%s --seed %llu --verbose --pcap world-%llu.pcapng",
           seed, failure, runner->program, gates, world->usb ? " --usb" : "",
           world->ipv6 ? " --ipv6" : "", world->lwip ? "" : " --no-lwip",
           world->fault ? " --fault " : "", world->fault ? world->fault->name : "", seed, seed);
    if (*gates)
        printf(" --trace world-%llu.fst", seed);
    printf("\n");
}

static struct result *wait_for_one(struct runner *runner)
{
    int status;
    pid_t child = wait(&status);

    for (int i = 0; i < runner->options->jobs; i++) {
        struct result *result = &runner->results[i];

        if (result->child != child)
            continue;
        if (!result->complete)
            snprintf(result->failure, sizeof result->failure, "the program ended with %s %d",
                     WIFSIGNALED(status) ? "signal" : "code",
                     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        return result;
    }
    perror("world: wait");
    exit(2);
}

static void conclude(struct runner *runner, struct result *result)
{
    runner->worlds++;
    runner->frames += result->frames;
    tally_add(&runner->tally, &result->tally);
    runner->with_lwip += result->lwip;
    if (result->failure[0])
        report(runner, result, result->failure);
    if (runner->options->list)
        printf("%llu %016llx %llu frames %llu events\n", (unsigned long long)result->seed,
               (unsigned long long)result->hash, (unsigned long long)result->frames,
               (unsigned long long)result->steps);
    result->child = 0;
}

static bool stops(const struct runner *runner)
{
    return runner->options->first_only && runner->failed;
}

static void run_all(struct runner *runner)
{
    const struct options *options = runner->options;
    uint64_t seed = options->first, running = 0;

    while ((seed <= options->last && !stops(runner)) || running) {
        struct result *place = NULL;

        for (int i = 0; i < options->jobs && seed <= options->last && !stops(runner); i++)
            if (!runner->results[i].child)
                place = &runner->results[i];
        if (place) {
            begin(runner, place, seed++);
            running++;
        } else {
            conclude(runner, wait_for_one(runner));
            running--;
        }
    }
}

int main(int count, char **arguments)
{
    struct options options;
    struct runner runner = {.options = &options, .program = arguments[0]};

    options_read(&options, count, arguments);
    runner.results = mmap(NULL, MOST_JOBS * sizeof *runner.results, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (runner.results == MAP_FAILED) {
        perror("world: mmap");
        return 2;
    }
    run_all(&runner);
    if (options.tally)
        tally_print(&runner.tally);
    printf("%llu worlds (%llu with lwIP), %llu frames, %llu failed\n",
           (unsigned long long)runner.worlds, (unsigned long long)runner.with_lwip,
           (unsigned long long)runner.frames, (unsigned long long)runner.failed);
    return runner.failed != 0;
}
