/* ferrite selftest: tries a board out by itself, with its Ethernet side turned round (CONTROL.LOOPBACK).
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "driver/registers.h"
#include "host/cli/commands.h"
#include "host/cli/selftest.h"
#include "host/cli/session.h"

static void tell(struct selftest *t, const char *name, const char *result)
{
    json_object *row;

    if (!t->json) {
        printf("%-8s %-24s %s\n", result, name, t->note);
        fflush(stdout);
        return;
    }
    row = json_object_new_object();
    json_object_object_add(row, "step", json_object_new_string(name));
    json_object_object_add(row, "result", json_object_new_string(result));
    json_object_object_add(row, "note", json_object_new_string(t->note));
    json_object_array_add(t->rows, row);
}

static void run_steps(struct selftest *t)
{
    for (size_t i = 0; i < selftest_step_count && !t->gone; i++) {
        bool bad;

        t->count = 0;
        snprintf(t->note, sizeof t->note, "this board does not do it, or was told not to");
        if (selftest_steps[i].feature & ~lan_info(t->lan)->features) {
            tell(t, selftest_steps[i].name, "skipped");
            continue;
        }
        snprintf(t->note, sizeof t->note, "the board does not answer");
        bad = selftest_steps[i].run(t);
        t->failed = t->failed || bad;
        tell(t, selftest_steps[i].name, bad ? "failed" : "ok");
    }
    t->failed = t->failed || t->gone;
}

/* Afterwards the board is as after power-on. */
static void run(struct selftest *t, const struct options *options)
{
    struct explain explain;
    struct lan_config config = {
        .features_off = options->features_off, .loopback = true, .journal = &explain.journal};

    explain_init(&explain, stderr,
                 options->verbose > 1 ? JOURNAL_DETAIL
                 : options->explain   ? JOURNAL_EVENT
                                      : 0);
    t->failed = selftest_open(t, &config) != 0;
    if (t->failed) {
        tell(t, "registers", "failed");
        return;
    }
    t->mac = lan_info(t->lan)->mac;
    run_steps(t);
    if (!t->gone && lan_register_write(t->lan, REG_CONTROL, REG_CONTROL_RESET)) {
        t->failed = true;
        snprintf(t->note, sizeof t->note, "the board cannot be reset");
        tell(t, "end", "failed");
    }
    lan_close(t->lan);
}

static void conclude(struct selftest *t)
{
    json_object *all;

    if (!t->json) {
        puts(t->failed ? "The board failed."
                       : "The board is fit; its Ethernet pins and cable were "
                         "not part of this.");
        return;
    }
    all = json_object_new_object();
    json_object_object_add(all, "passed", json_object_new_boolean(!t->failed));
    json_object_object_add(all, "steps", json_object_get(t->rows));
    puts(json_object_to_json_string_ext(all, JSON_C_TO_STRING_PRETTY));
    json_object_put(all);
}

static void help(void)
{
    puts("usage: ferrite selftest [options]\n"
         "Tries a board out without a network: its frames to send come back inside the board as "
         "received ones, in every length,\n"
         "with checksums inserted and verified and super-frames cut into segments. Only the "
         "Ethernet pins are left out. A line for\n"
         "each step; exit 0 if all is well, 1 if not. The board must not be in use.\n");
}

int command_selftest(int argc, char **argv)
{
    struct command_options command = {"", NULL, options_take_none, NULL, help};
    struct options common = {0};
    struct selftest *t;
    int first, code = options_parse(argc, argv, &common, &command, &first);

    if (code)
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    if (first != argc) {
        fprintf(stderr, "ferrite: selftest: '%s' is not expected; try 'ferrite selftest --help'\n",
                argv[first]);
        return EXIT_USAGE;
    }
    if (!common.wire_given)
        snprintf(common.wire_backend, sizeof common.wire_backend, "none");
    t = calloc(1, sizeof *t);
    if (!t || session_open_transport(&t->transport, &common)) {
        free(t);
        return EXIT_USAGE;
    }
    t->json = common.json;
    t->rows = json_object_new_array();
    run(t, &common);
    t->transport->ops->close(t->transport);
    conclude(t);
    code = t->failed ? EXIT_FAILED : EXIT_OK;
    json_object_put(t->rows);
    free(t);
    return code;
}
