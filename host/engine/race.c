/* Races connections to a name's addresses. RFC 8305.
 *
 * SPDX-License-Identifier: MIT
 *
 * Both families are looked up at once, IPv6 first; whichever answers begins, but IPv4 gives IPv6 50 ms. Then the addresses
 * are tried in turn, one family after the other, the next as soon as one fails or after 250 ms. Who is connected first wins;
 * the others are given up.
 */
#include "host/engine/race.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t RESOLUTION_DELAY_NS = 50000000; /* 3 */
static const uint64_t ATTEMPT_DELAY_NS = 250000000;   /* 5 */
enum { FAMILIES = 2, ATTEMPTS_MOST = 2 * FE_ADDRESSES };

/* What is known of one family. */
struct runner {
    struct race *race;
    uint32_t family;
    struct lookup *lookup; /* NULL: answered, or not asked */
    struct lookup_result found;
    unsigned tried; /* of found.addresses */
};

struct race {
    struct engine *engine;
    struct race *next, **link;
    struct race_goal goal;
    struct runner runners[FAMILIES]; /* IPv6, IPv4 */
    uint64_t next_ns;                /* of the next attempt; 0: at once */
    bool held;                       /* IPv4 has answered and waits for IPv6 until next_ns */
    struct runner *last;             /* whose address was tried last; NULL: none yet */
    struct descriptor *attempts[ATTEMPTS_MOST];
    unsigned attempt_count;
    int error; /* of what failed last; 0: nothing yet */
    char text[FE_TEXT_BYTES];
};

static struct race *race_make(struct engine *engine, const struct race_goal *goal)
{
    struct race *race = calloc(1, sizeof *race);

    if (!race)
        return NULL;
    race->engine = engine;
    race->goal = *goal;
    race->next = engine->races;
    race->link = &engine->races;
    if (race->next)
        race->next->link = &race->next;
    engine->races = race;
    for (int i = 0; i < FAMILIES; i++)
        race->runners[i] =
            (struct runner){.race = race, .family = i ? FE_FAMILY_IPV4 : FE_FAMILY_IPV6};
    return race;
}

/* The attempts but winner are given up. */
static void attempts_end(struct race *race, const struct descriptor *winner)
{
    for (unsigned i = 0; i < race->attempt_count; i++) {
        struct descriptor *d = race->attempts[i];

        if (d == winner)
            continue;
        d->connected = NULL;
        stream_bury(d, true, false);
    }
    race->attempt_count = 0;
}

void race_cancel(struct race *race)
{
    attempts_end(race, NULL);
    for (int i = 0; i < FAMILIES; i++)
        if (race->runners[i].lookup)
            lookup_cancel(race->runners[i].lookup);
    *race->link = race->next;
    if (race->next)
        race->next->link = race->link;
    free(race);
}

/* d NULL: lost. */
static void race_end(struct race *race, struct descriptor *d)
{
    struct engine *engine = race->engine;
    struct race_goal goal = race->goal;
    char text[FE_TEXT_BYTES];
    int error = d ? 0 : race->error ? race->error : -EHOSTUNREACH;

    snprintf(text, sizeof text, "%s", d ? "" : race->text);
    attempts_end(race, d);
    race_cancel(race);
    goal.done(engine, goal.user, d, error, text);
}

static void race_note(struct race *race, int error, const char *text)
{
    race->error = error;
    snprintf(race->text, sizeof race->text, "%s", text);
}

static void attempt_forget(struct race *race, const struct descriptor *d)
{
    unsigned at = 0;

    while (race->attempts[at] != d)
        at++;
    race->attempts[at] = race->attempts[--race->attempt_count];
}

static void attempt_ended(struct engine *engine, void *user, int error)
{
    struct race *race = user;
    struct descriptor *d = NULL;

    (void)engine;
    for (unsigned i = 0; i < race->attempt_count; i++)
        if (error ? race->attempts[i]->over : race->attempts[i]->established)
            d = race->attempts[i];
    if (!error) {
        race_end(race, d);
        return;
    }
    race_note(race, error, d->text);
    race->next_ns = 0; /* nobody waits behind one that has failed */
    attempt_forget(race, d);
    stream_bury(d, false, false);
}

/* Begins a connection to remote. Returns 0 or a negative errno. */
static int attempt(struct race *race, const struct endpoint *remote)
{
    struct engine *engine = race->engine;
    struct descriptor *d = descriptor_create(engine, KIND_STREAM, &race->goal.owner);
    int error;

    if (!d)
        return -ENFILE;
    d->family = address_is_v4(&remote->address) ? FE_FAMILY_IPV4 : FE_FAMILY_IPV6;
    memcpy(d->socks_name, race->goal.socks_name, sizeof d->socks_name);
    journal_write(engine->journal, engine->now_ns, JOURNAL_EVENT, "socket",
                  "socket %u: made for %s (pid %d), TCP, through SOCKS to %s", d->number,
                  d->owner.program, (int)d->owner.pid, race->goal.host);
    error = stream_open(d);
    if (!error)
        error = stream_connect(d, remote);
    if (error && d->conn)
        stream_bury(d, false, false);
    else if (error)
        descriptor_free(d);
    if (error)
        return error;
    d->connected = attempt_ended;
    d->connected_user = race;
    race->attempts[race->attempt_count++] = d;
    return 0;
}

static bool has_more(const struct runner *runner)
{
    return runner->tried < runner->found.count;
}

/* Whose address comes next: the families take turns (4), and RFC 6724 says which begins. */
static struct runner *runner_next(const struct race *race)
{
    struct runner *v6 = (struct runner *)&race->runners[0], *v4 = v6 + 1;
    struct address heads[FAMILIES];

    if (!has_more(v6) || !has_more(v4))
        return has_more(v6) ? v6 : has_more(v4) ? v4 : NULL;
    if (race->last)
        return race->last == v6 ? v4 : v6;
    heads[0] = v6->found.addresses[0];
    heads[1] = v4->found.addresses[0];
    stack_prefer(race->engine->stack, heads, FAMILIES);
    return address_is_v4(&heads[0]) ? v4 : v6;
}

/* Tries the next address that can be tried. */
static void race_try(struct race *race)
{
    struct runner *runner;
    char address[ADDRESS_TEXT_BYTES], text[FE_TEXT_BYTES];

    race->held = false;
    while ((runner = runner_next(race)) && !race->engine->gone) {
        const struct endpoint remote = {runner->found.addresses[runner->tried++], race->goal.port};
        int error = attempt(race, &remote);

        race->last = runner;
        race->next_ns = race->engine->now_ns + ATTEMPT_DELAY_NS;
        if (!error)
            return;
        snprintf(text, sizeof text, "connect to %s: %s", endpoint_format(&remote, address),
                 strerror(-error));
        race_note(race, error, text);
    }
}

static bool is_asking(const struct race *race)
{
    return race->runners[0].lookup || race->runners[1].lookup;
}

static bool is_lost(const struct race *race)
{
    return !race->attempt_count && !is_asking(race) && (!runner_next(race) || race->engine->gone);
}

static void race_turn(struct race *race)
{
    if (runner_next(race) && race->engine->now_ns >= race->next_ns)
        race_try(race);
    if (is_lost(race))
        race_end(race, NULL);
}

static void runner_answered(struct engine *engine, void *user, const struct lookup_result *result)
{
    struct runner *runner = user;
    struct race *race = runner->race;
    bool first = !race->last && !race->held;

    runner->lookup = NULL;
    runner->found = *result;
    /* That a name has no address of one family is told only if the other has nothing worse to tell. */
    if (result->error && !race->last && (!race->error || result->error != -ENODATA))
        race_note(race, result->error, result->text);
    if (runner->family == FE_FAMILY_IPV6 && race->held)
        race->next_ns = 0;
    race->held =
        first && has_more(runner) && runner->family == FE_FAMILY_IPV4 && race->runners[0].lookup;
    if (race->held)
        race->next_ns = engine->now_ns + RESOLUTION_DELAY_NS;
}

static int runner_ask(struct runner *runner)
{
    return lookup_start(runner->race->engine, runner->race->goal.host, runner->family,
                        runner_answered, runner, &runner->lookup);
}

int race_start(struct engine *engine, const struct race_goal *goal, struct race **out)
{
    struct race *race = race_make(engine, goal);
    struct address written;
    uint32_t family = goal->family;
    int error = race ? 0 : -ENOMEM;

    if (error)
        return error;
    if (family == FE_FAMILY_ANY && !address_parse(goal->host, &written))
        family = address_is_v4(&written) ? FE_FAMILY_IPV4 : FE_FAMILY_IPV6;
    if (family == FE_FAMILY_ANY && !engine_speaks(engine, FE_FAMILY_IPV6))
        family = FE_FAMILY_IPV4;
    if (family == FE_FAMILY_ANY && !engine_speaks(engine, FE_FAMILY_IPV4))
        family = FE_FAMILY_IPV6;
    if (family != FE_FAMILY_IPV4)
        error = runner_ask(&race->runners[0]);
    if (!error && family != FE_FAMILY_IPV6)
        error = runner_ask(&race->runners[1]);
    if (error)
        race_cancel(race);
    else
        *out = race;
    return error;
}

void races_turn(struct engine *engine)
{
    for (struct race *race = engine->races, *next; race; race = next) {
        next = race->next;
        race_turn(race);
    }
}

uint64_t races_deadline(const struct engine *engine)
{
    uint64_t first = TIME_NEVER;

    for (const struct race *race = engine->races; race; race = race->next)
        if (is_lost(race))
            return 0;
        else if (runner_next(race) && race->next_ns < first)
            first = race->next_ns;
    return first;
}
