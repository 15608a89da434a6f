/* Runs a script against a stack of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_CONFORMANCE_RUN_H
#define TESTS_CONFORMANCE_RUN_H

#include "tests/conformance/script.h"

struct run_wish {
    bool v6; /* run over IPv6, unless the script says itself what it runs over */
    bool
        strict; /* what the stack sends behind the last event, but before its time is over, is an error */
    bool verbose; /* every packet is printed to stderr */
};

enum { TITLE_BYTES = 240, MESSAGE_BYTES = 4096 };
struct run_result {
    bool good;               /* all was as the script says; else message tells */
    bool version_told;       /* the script says what it runs over */
    char title[TITLE_BYTES]; /* what it shows */
    char message[MESSAGE_BYTES];
};

void script_run(const char *path, const struct run_wish *wish, struct run_result *result);

#endif
