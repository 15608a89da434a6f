/* Reads what the engine tells about itself (fe_query), for the commands that print it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_REPORT_H
#define HOST_CLI_REPORT_H

#include <json-c/json.h>

#include "host/cli/options.h"

/* A command that starts a session, asks the engine about one thing and shows it: parses argv, lets `complete` (may be NULL)
 * add to the answer, prints it as it is with --json, else calls show with command->user. Both return an exit code. Returns the exit code. */
int report_command(int argc, char **argv, const struct command_options *command,
                   struct options *common, const char *what, int (*complete)(json_object *report),
                   int (*show)(json_object *report, void *user));

/* Members of an object: the text (another if absent or null), the number (0 if absent), whether it is there and not null. */
const char *report_text(json_object *object, const char *key, const char *otherwise);
double report_number(json_object *object, const char *key);
bool report_has(json_object *object, const char *key);
json_object *report_member(json_object *object, const char *key);

#endif
