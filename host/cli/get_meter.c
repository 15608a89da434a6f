/* Draws the progress bar.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <unistd.h>

#include "host/cli/get_meter.h"

enum { BAR = 40 };

static void size_text(char text[16], curl_off_t bytes)
{
    static const char units[] = " kMGT";
    double value = (double)bytes;
    int unit = 0;

    while (value >= 1000 && unit < 4) {
        value /= 1000;
        unit++;
    }
    snprintf(text, 16, unit ? "%.1f %cB" : "%.0f%cB", value, units[unit]);
}

static int draw(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                curl_off_t up_now)
{
    struct lane *lane = user;
    char now_text[16], total_text[16];
    int done;

    if (up_total > 0 && now == 0) {
        total = up_total;
        now = up_now;
    }
    if (now == lane->meter_shown)
        return 0;
    lane->meter_shown = now;
    size_text(now_text, now);
    size_text(total_text, total);
    done = total > 0 ? (int)(now * BAR / total) : 0;
    if (total > 0)
        fprintf(stderr, "\r[%.*s%*s] %3d%%  %s of %s  ", done,
                "########################################", BAR - done, "",
                (int)(now * 100 / total), now_text, total_text);
    else
        fprintf(stderr, "\r%s  ", now_text);
    return 0;
}

void meter_start(struct lane *lane)
{
    const struct get_options *get = lane->get;

    lane->meter_shown = 0;
    lane->meter = isatty(STDERR_FILENO) && (lane->output || !isatty(STDOUT_FILENO)) &&
                  !get->silent && !get->no_progress && !get->parallel && !get->common.explain &&
                  get->common.verbose < 2;
    curl_easy_setopt(lane->easy, CURLOPT_NOPROGRESS, lane->meter ? 0L : 1L);
    curl_easy_setopt(lane->easy, CURLOPT_XFERINFOFUNCTION, draw);
    curl_easy_setopt(lane->easy, CURLOPT_XFERINFODATA, lane);
}

void meter_end(struct lane *lane)
{
    if (lane->meter && lane->meter_shown)
        fputc('\n', stderr);
}
