/* %{ assert tcpi_snd_cwnd == 10 }%: claims about the connection under test.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_CONFORMANCE_CLAIM_H
#define TESTS_CONFORMANCE_CLAIM_H

#include "tests/conformance/flow.h"
#include "tests/conformance/host.h"

/* Evaluates the code of an event; the script fails if a claim is wrong. */
void claims_check(struct script *script, struct host *host, const struct flow *flow,
                  const struct event *event);
/* What a name stands for; false if it is not known. */
bool claim_name(struct host *host, const struct flow *flow, const char *name, size_t length,
                int64_t *number);

#endif
