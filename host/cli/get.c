/* ferrite get: fetches URLs through the board.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/account.h"
#include "host/cli/commands.h"
#include "host/cli/get_lane.h"
#include "host/cli/session.h"

static const char *output_of(const struct get_options *get, int index)
{
    return index < get->output_count ? get->outputs[index] : NULL;
}

/* One handle for all URLs in turn, so that connections are kept alive. The last failure is the result, as curl's. */
static int fetch_in_turn(const struct get_options *get, struct session *session, uint64_t *bytes)
{
    struct lane lane;
    int result = 0;

    if (lane_init(&lane, get, session->socks))
        return CURLE_OUT_OF_MEMORY;
    for (int i = 0; i < get->url_count; i++) {
        int code = lane_aim(&lane, get->urls[i], output_of(get, i));

        if (!code)
            code = lane_result(&lane, curl_easy_perform(lane.easy));
        if (code)
            result = code;
    }
    if (session->account)
        account_note(session->account);
    *bytes = lane.body_bytes;
    lane_free(&lane);
    return result;
}

static int reap(CURLM *multi)
{
    CURLMsg *message;
    int left, result = 0;

    while ((message = curl_multi_info_read(multi, &left))) {
        struct lane *lane;
        int code;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&lane);
        code = lane_result(lane, message->data.result);
        if (code)
            result = code;
    }
    return result;
}

/* A handle for each URL, all at once. */
static int fetch_together(const struct get_options *get, struct session *session, uint64_t *bytes)
{
    struct lane *lanes = calloc((size_t)get->url_count, sizeof *lanes);
    CURLM *multi = curl_multi_init();
    int result = 0, running = 0, made = 0;

    for (; lanes && multi && made < get->url_count; made++) {
        int code;

        if (lane_init(&lanes[made], get, session->socks))
            break;
        code = lane_aim(&lanes[made], get->urls[made], output_of(get, made));
        if (code)
            result = code;
        else
            curl_multi_add_handle(multi, lanes[made].easy);
    }
    do {
        int code;

        curl_multi_perform(multi, &running);
        code = reap(multi);
        if (code)
            result = code;
        if (running)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    } while (running);
    if (session->account)
        account_note(session->account);
    for (int i = 0; i < made; i++) {
        *bytes += lanes[i].body_bytes;
        curl_multi_remove_handle(multi, lanes[i].easy);
        lane_free(&lanes[i]);
    }
    curl_multi_cleanup(multi);
    free(lanes);
    return made < get->url_count ? CURLE_OUT_OF_MEMORY : result;
}

/* Bad URLs end the command before a board is asked for. */
static int check_urls(const struct get_options *get)
{
    struct lane lane;
    int code = lane_init(&lane, get, "/") ? CURLE_OUT_OF_MEMORY : 0;

    for (int i = 0; !code && i < get->url_count; i++)
        code = lane_aim(&lane, get->urls[i], output_of(get, i));
    lane_free(&lane);
    return code;
}

static int write_account(const struct account *account, const struct session *session,
                         uint64_t bytes, const char *name)
{
    FILE *out = strcmp(name, "-") ? fopen(name, "w") : stderr;

    if (out)
        account_print(account, session, bytes, out);
    if (out && (out == stderr || !fclose(out)))
        return 0;
    fprintf(stderr, "ferrite: cannot write the account to '%s': %s\n", name, strerror(errno));
    return CURLE_WRITE_ERROR;
}

static int fetch(const struct get_options *get)
{
    struct account account = {0};
    struct session session;
    uint64_t bytes = 0;
    int code, written = 0;

    if (session_start(&session, &get->common))
        return EXIT_USAGE;
    if (get->account)
        session.account = &account;
    code = get->parallel ? fetch_together(get, &session, &bytes)
                         : fetch_in_turn(get, &session, &bytes);
    session_end(&session);
    if (get->account)
        written = write_account(&account, &session, bytes, get->account);
    return code ? code : written;
}

int command_get(int argc, char **argv)
{
    struct get_options get;
    int code = get_options_parse(argc, argv, &get);

    if (code) {
        get_options_free(&get);
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    code = check_urls(&get);
    if (!code)
        code = fetch(&get);
    get_options_free(&get);
    curl_global_cleanup();
    return code;
}
