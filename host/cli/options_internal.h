/* What options.c has from the files that take one option each, by subject: each returns 0, or -EINVAL after a message.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_OPTIONS_INTERNAL_H
#define HOST_CLI_OPTIONS_INTERNAL_H

#include "host/cli/options.h"

/* options_value.c: says that an option's value is bad, and what to give in its place. Returns -EINVAL. */
int options_bad(const char *name, const char *value, const char *advice);

/* options_wire.c */
int options_take_wire(struct options *options, const char *value);
int options_take_link(struct options *options, const char *value);
int options_take_shape(struct options *options, const char *value);

/* options_stack.c */
int options_take_address(struct options *options, const char *value);
int options_take_gateway(struct options *options, const char *value);
/* After all have been read. */
int options_check_addresses(const struct options *options);
int options_take_dns(struct options *options, const char *value);
int options_take_patience(struct options *options, const char *value);
int options_take_mac(struct options *options, const char *value);
int options_take_congestion(struct options *options, const char *value);

#endif
