/* Asks the engine and reads its JSON.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/commands.h"
#include "host/cli/report.h"
#include "host/cli/session.h"
#include "host/socket/ferrite.h"

json_object *report_member(json_object *object, const char *key)
{
    json_object *member = NULL;

    json_object_object_get_ex(object, key, &member);
    return member;
}

bool report_has(json_object *object, const char *key)
{
    return report_member(object, key) != NULL;
}

const char *report_text(json_object *object, const char *key, const char *otherwise)
{
    json_object *member = report_member(object, key);

    return member ? json_object_get_string(member) : otherwise;
}

double report_number(json_object *object, const char *key)
{
    json_object *member = report_member(object, key);

    return member ? json_object_get_double(member) : 0;
}

static int ask(const struct options *common, const char *what, int (*complete)(json_object *report),
               int (*show)(json_object *report, void *user), void *user)
{
    json_object *report;
    char *json = NULL;
    int error = fe_query(what, &json), code = EXIT_OK;

    if (error) {
        fprintf(stderr, "ferrite: the engine does not answer: %s\n", strerror(-error));
        return EXIT_FAILED;
    }
    report = json_tokener_parse(json);
    if (!report) {
        fprintf(stderr, "ferrite: the engine's answer is not JSON: '%.80s'\n", json);
        code = EXIT_FAILED;
    } else if (complete && (code = complete(report))) {
        /* it has said why */
    } else if (common->json) {
        puts(json_object_to_json_string_ext(report, JSON_C_TO_STRING_PRETTY |
                                                        JSON_C_TO_STRING_NOSLASHESCAPE));
    } else {
        code = show(report, user);
    }
    json_object_put(report);
    free(json);
    return code;
}

int report_command(int argc, char **argv, const struct command_options *command,
                   struct options *common, const char *what, int (*complete)(json_object *report),
                   int (*show)(json_object *report, void *user))
{
    struct session session;
    int first, code = options_parse(argc, argv, common, command, &first);

    if (code)
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    if (first != argc) {
        fprintf(stderr, "ferrite: %s: '%s' is not expected; try 'ferrite %s --help'\n", argv[0],
                argv[first], argv[0]);
        return EXIT_USAGE;
    }
    if (session_start(&session, common))
        return EXIT_USAGE;
    code = ask(common, what, complete, show, command->user);
    return session_end(&session) ? EXIT_USAGE : code;
}
