/* ferrite ss: a row for each socket of every program.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "host/cli/commands.h"
#include "host/cli/report.h"

static void help(void)
{
    puts("usage: ferrite ss [options]\n"
         "  -i, --info   a second line for each connection, in the words of Linux' ss -ti\n"
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

/* How wide the columns of both ends are: as their longest text. */
struct widths {
    int local, remote;
};

static int wider(json_object *row, const char *key, int width)
{
    int len = (int)strlen(report_text(row, key, "-"));

    return len > width ? len : width;
}

static void show_row(json_object *row, const struct widths *widths)
{
    char since[24], timeout[24], left[24], timer[64], user[80];

    snprintf(timer, sizeof timer, "-");
    if (report_has(row, "timer") && *report_text(row, "timer", ""))
        snprintf(timer, sizeof timer, "%s %s", report_text(row, "timer", ""),
                 ms(row, "timer_ms", left));
    snprintf(user, sizeof user, "%s/%.0f", report_text(row, "program", "-"),
             report_number(row, "pid"));
    printf("%-5s %-12s %6.0f %6.0f %7.0f %-*s %-*s %7s %7s %-16s %s\n",
           report_text(row, "protocol", "?"), report_text(row, "state", "-"),
           report_number(row, "receive_queue"), report_number(row, "send_queue"),
           report_number(row, "unacked"), widths->local, report_text(row, "local", "-"),
           widths->remote, report_text(row, "remote", "-"), ms(row, "since_send_ms", since),
           ms(row, "timeout_ms", timeout), timer, user);
}

/* " name:value" if the engine knows it, and always tells it or it is not 0. */
static void show_number(json_object *row, const char *name, const char *key, bool always)
{
    if (report_has(row, key) && (always || report_number(row, key) != 0))
        printf(" %s:%.0f", name, report_number(row, key));
}

static void show_segments(json_object *row, const char *name, const char *key, double mss)
{
    double bytes = report_number(row, key);

    if (mss && bytes && bytes < UINT32_MAX) /* no threshold yet */
        printf(" %s:%.0f", name, bytes / mss);
}

static void show_info(json_object *row)
{
    double mss = report_number(row, "mss");

    if (strcmp(report_text(row, "protocol", ""), "tcp") || !mss)
        return;
    printf("      %s%s", report_text(row, "options", ""), report_text(row, "congestion", "?"));
    if (*report_text(row, "wscale", ""))
        printf(" wscale:%s", report_text(row, "wscale", ""));
    show_number(row, "rto", "timeout_ms", true);
    if (report_has(row, "srtt_ms"))
        printf(" rtt:%.3f/%.3f", report_number(row, "srtt_ms"), report_number(row, "rttvar_ms"));
    show_number(row, "backoff", "timeouts", false);
    show_number(row, "mss", "mss", true);
    show_number(row, "rcvmss", "rcv_mss", true);
    show_number(row, "advmss", "advertised_mss", true);
    show_segments(row, "cwnd", "cwnd", mss);
    show_segments(row, "ssthresh", "ssthresh", mss);
    show_number(row, "bytes_sent", "bytes_sent", false);
    show_number(row, "bytes_received", "bytes_received", false);
    show_number(row, "segs_out", "segments_sent", true);
    show_number(row, "segs_in", "segments_received", true);
    show_number(row, "lastsnd", "since_send_ms", true);
    show_number(row, "lastrcv", "since_receive_ms", true);
    if (report_number(row, "pacing_rate") != 0)
        printf(" pacing_rate %.0fbps", report_number(row, "pacing_rate") * 8);
    show_number(row, "unacked", "unacked", false);
    show_number(row, "retrans", "retransmissions", false);
    show_segments(row, "lost", "lost", mss);
    show_segments(row, "sacked", "sacked", mss);
    if (report_number(row, "reordering") != 0)
        printf(" reord_seen");
    if (report_has(row, "min_rtt_ms"))
        printf(" minrtt:%.3f", report_number(row, "min_rtt_ms"));
    if (report_has(row, "rcv_rtt_ms"))
        printf(" rcv_rtt:%.3f", report_number(row, "rcv_rtt_ms"));
    show_number(row, "rcv_space", "rcv_space", false);
    show_number(row, "probes", "probes", false);
    show_number(row, "snd_buf", "send_buffer", true);
    show_number(row, "rcv_buf", "receive_buffer", true);
    show_number(row, "snd_wnd", "snd_wnd", true);
    show_number(row, "rcv_wnd", "rcv_wnd", true);
    putchar('\n');
}

static int take_option(void *user, int option, const char *value)
{
    (void)value;
    *(bool *)user |= option == 'i';
    return option == 'i' ? 0 : -EINVAL;
}

static int show(json_object *report, void *user)
{
    json_object *rows = report_member(report, "sockets");
    size_t count = rows ? json_object_array_length(rows) : 0;
    struct widths widths = {21, 21};

    for (size_t i = 0; i < count; i++) {
        widths.local = wider(json_object_array_get_idx(rows, i), "local", widths.local);
        widths.remote = wider(json_object_array_get_idx(rows, i), "remote", widths.remote);
    }
    printf("%-5s %-12s %6s %6s %7s %-*s %-*s %7s %7s %-16s %s\n", "Proto", "State", "Recv-Q",
           "Send-Q", "Unacked", widths.local, "Local", widths.remote, "Remote", "Since", "Timeout",
           "Timer", "Program/PID");
    for (size_t i = 0; i < count; i++) {
        json_object *row = json_object_array_get_idx(rows, i);

        show_row(row, &widths);
        if (*(bool *)user)
            show_info(row);
    }
    return EXIT_OK;
}

int command_ss(int argc, char **argv)
{
    static const struct option longs[] = {{"info", no_argument, NULL, 'i'}, {0}};
    bool with_info = false;
    struct command_options command = {"i", longs, take_option, &with_info, help};
    struct options common = {0};

    return report_command(argc, argv, &command, &common, "sockets", NULL, show);
}
