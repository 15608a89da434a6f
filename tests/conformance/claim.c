/* The evaluator of claims: integers, names, + - * / %, comparisons, and, or, not. See claim.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/claim.h"

#include <ctype.h>
#include <string.h>

#include "tests/conformance/reader.h"

struct claim {
    struct reader in;
    const char *code; /* the whole text */
    const struct event *event;
    struct host *host;
    const struct flow *flow;
};

static int64_t expression(struct claim *claim);

_Noreturn static void wrong(struct claim *claim, const char *what)
{
    script_fail(claim->in.script, claim->event->at, "%s at '%.40s'", what, claim->in.at);
}

/* White space without line ends: these separate claims. */
static void blanks(struct claim *claim)
{
    claim->in.at += strspn(claim->in.at, " \t");
}

static bool sign(struct claim *claim, const char *text)
{
    size_t length = strlen(text);
    blanks(claim);
    if (strncmp(claim->in.at, text, length) ||
        (isalpha((unsigned char)*text) && isalnum((unsigned char)claim->in.at[length])))
        return false;
    claim->in.at += length;
    return true;
}

static int64_t primary(struct claim *claim)
{
    int64_t number;
    if (sign(claim, "(")) {
        number = expression(claim);
        if (!sign(claim, ")"))
            wrong(claim, "')' is missing");
        return number;
    }
    if (sign(claim, "-"))
        return -primary(claim);
    blanks(claim);
    if (isdigit((unsigned char)*claim->in.at))
        return read_integer(&claim->in, 0, INT64_MAX);
    size_t length = read_name_length(&claim->in);
    if (!length || !claim_name(claim->host, claim->flow, claim->in.at, length, &number))
        wrong(claim, "no name is known");
    claim->in.at += length;
    return number;
}

static int64_t product(struct claim *claim)
{
    int64_t number = primary(claim);
    for (;;) {
        bool times = sign(claim, "*"), over = !times && (sign(claim, "//") || sign(claim, "/"));
        if (!times && !over && !sign(claim, "%"))
            return number;
        int64_t second = primary(claim);
        if (!times && !second)
            wrong(claim, "division by zero");
        number = times ? number * second : over ? number / second : number % second;
    }
}

static int64_t sum(struct claim *claim)
{
    int64_t number = product(claim);
    for (;;) {
        if (sign(claim, "+"))
            number += product(claim);
        else if (sign(claim, "-"))
            number -= product(claim);
        else
            return number;
    }
}

/* Chains as in Python: 1 <= x <= 3. */
static int64_t comparison(struct claim *claim)
{
    int64_t first = sum(claim), verdict = 1;
    for (bool chained = false;; chained = true) {
        int64_t second;
        if (sign(claim, "=="))
            verdict &= first == (second = sum(claim));
        else if (sign(claim, "!="))
            verdict &= first != (second = sum(claim));
        else if (sign(claim, "<="))
            verdict &= first <= (second = sum(claim));
        else if (sign(claim, ">="))
            verdict &= first >= (second = sum(claim));
        else if (sign(claim, "<"))
            verdict &= first < (second = sum(claim));
        else if (sign(claim, ">"))
            verdict &= first > (second = sum(claim));
        else
            return chained ? verdict : first;
        first = second;
    }
}

static int64_t negation(struct claim *claim)
{
    return sign(claim, "not") ? !negation(claim) : comparison(claim);
}

static int64_t expression(struct claim *claim)
{
    int64_t number = negation(claim);
    for (;;) {
        if (sign(claim, "and")) {
            int64_t second = negation(claim);
            number = number && second;
        } else if (sign(claim, "or")) {
            int64_t second = negation(claim);
            number = number || second;
        } else {
            return number;
        }
    }
}

/* "assert EXPRESSION, message": the message names a number that helps, or is any text. */
static void assertion(struct claim *claim)
{
    int64_t number;
    const char *begin = claim->in.at;
    if (!sign(claim, "assert"))
        wrong(claim, "'assert' is expected");
    bool holds = expression(claim);
    size_t length = (size_t)(claim->in.at - begin);
    if (!holds) {
        const char *name = begin + strcspn(begin, "_");
        while (name > begin && isalnum((unsigned char)name[-1]))
            name--;
        size_t name_length = strspn(name, "abcdefghijklmnopqrstuvwxyz_");
        if (claim_name(claim->host, claim->flow, name, name_length, &number))
            script_fail(claim->in.script, claim->event->at, "not so: %.*s; %.*s is %lld",
                        (int)length, begin, (int)name_length, name, (long long)number);
        script_fail(claim->in.script, claim->event->at, "not so: %.*s", (int)length, begin);
    }
    if (sign(claim, ","))
        claim->in.at += strcspn(claim->in.at, ";\n");
}

void claims_check(struct script *script, struct host *host, const struct flow *flow,
                  const struct event *event)
{
    struct claim claim = {{script, event->text}, event->text, event, host, flow};
    for (;;) {
        claim.in.at += strspn(claim.in.at, " \t\r\n;");
        if (!*claim.in.at)
            return;
        assertion(&claim);
        blanks(&claim);
        if (*claim.in.at && !strchr("\r\n;", *claim.in.at))
            wrong(&claim, "the end of a claim is expected");
    }
}
