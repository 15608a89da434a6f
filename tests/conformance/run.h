/* Runs a script against a stack of its own.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_CONFORMANCE_RUN_H
#define TESTS_CONFORMANCE_RUN_H

#include "tests/conformance/script.h"

/* strict: what the stack sends behind the last event's time is left, but until then every packet must
 * be in the script. Returns whether all was as the script says; else script->message tells. The title
 * is copied; every packet is printed to stderr if verbose. */
struct run_wish {
    bool strict, verbose;
};
bool script_run(const char *path, const struct run_wish *wish, char *title, size_t title_size,
                char *message, size_t message_size);

#endif
