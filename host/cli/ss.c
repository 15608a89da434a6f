/* ferrite ss: a row for each socket of every program.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "host/cli/commands.h"
#include "host/cli/report.h"

static void help(void)
{
    puts("usage: ferrite ss [options]\n"
         "Shows every socket of the service's programs, from its making on:\n"
         "  Recv-Q   bytes received that the program has not read\n"
         "  Send-Q   bytes that the peer has not acknowledged, sent or not\n"
         "  Unacked  of them, bytes sent\n"
         "  Since    ms since the last segment was sent\n"
         "  Timeout  ms that the retransmission timer starts with\n"
         "  Timer    the timer that runs, and the ms it has left\n");
}

/* A number of ms, or "-" where none applies. */
static const char *ms(json_object *row, const char *key, char text[24])
{
    if (report_has(row, key))
        snprintf(text, 24, "%.0f", report_number(row, key));
    else
        strcpy(text, "-");
    return text;
}

static void show_row(json_object *row)
{
    char since[24], timeout[24], left[24], timer[64], user[80];

    snprintf(timer, sizeof timer, "-");
    if (report_has(row, "timer") && *report_text(row, "timer", ""))
        snprintf(timer, sizeof timer, "%s %s", report_text(row, "timer", ""),
                 ms(row, "timer_ms", left));
    snprintf(user, sizeof user, "%s/%.0f", report_text(row, "program", "-"),
             report_number(row, "pid"));
    printf("%-5s %-12s %6.0f %6.0f %7.0f %-21s %-21s %7s %7s %-16s %s\n",
           report_text(row, "protocol", "?"), report_text(row, "state", "-"),
           report_number(row, "receive_queue"), report_number(row, "send_queue"),
           report_number(row, "unacked"), report_text(row, "local", "-"),
           report_text(row, "remote", "-"), ms(row, "since_send_ms", since),
           ms(row, "timeout_ms", timeout), timer, user);
}

static int show(json_object *report)
{
    json_object *rows = report_member(report, "sockets");
    size_t count = rows ? json_object_array_length(rows) : 0;

    printf("%-5s %-12s %6s %6s %7s %-21s %-21s %7s %7s %-16s %s\n", "Proto", "State", "Recv-Q",
           "Send-Q", "Unacked", "Local", "Remote", "Since", "Timeout", "Timer", "Program/PID");
    for (size_t i = 0; i < count; i++)
        show_row(json_object_array_get_idx(rows, i));
    return EXIT_OK;
}

int command_ss(int argc, char **argv)
{
    struct command_options command = {"", NULL, options_take_none, NULL, help};
    struct options common = {0};

    return report_command(argc, argv, &command, &common, "sockets", NULL, show);
}
