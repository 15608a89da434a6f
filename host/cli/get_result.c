/* What became of a fetch: libcurl's result and the engine's word on the connection, as one of curl's exit codes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "host/cli/get_lane.h"
#include "host/cli/get_meter.h"

/* Closes the output; bytes that do not reach the disk show here at the latest. */
static void close_output(struct lane *lane)
{
    if (!lane->out)
        return;
    errno = 0;
    if ((lane->out == stdout ? fflush(stdout) : fclose(lane->out)) && !lane->write_errno)
        lane->write_errno = errno ? errno : EIO;
    lane->out = NULL;
}

/* An empty body still makes its file, as with curl. */
static void make_empty_file(struct lane *lane)
{
    if (lane->out || !lane->output)
        return;
    lane->out = fopen(lane->output, "wb");
    if (!lane->out)
        lane->write_errno = errno;
}

/* A body without a length ends with the connection; then a reset is not an end. */
static bool cut_off(const struct lane *lane)
{
    curl_off_t length = -1;

    curl_easy_getinfo(lane->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    return lane->end_error && length < 0 && !lane->chunked && !lane->get->head;
}

/* The SOCKS handshake failed: the engine knows why. */
static int connect_code(const struct lane *lane)
{
    switch (lane->end_error) {
    case -ENOENT:
    case -ENODATA:
    case -EAGAIN:
    case -EINVAL: return CURLE_COULDNT_RESOLVE_HOST;
    case -ETIMEDOUT:
        return strncmp(lane->end_text, "connect", 7) ? CURLE_COULDNT_RESOLVE_HOST
                                                     : CURLE_OPERATION_TIMEDOUT;
    default: return CURLE_COULDNT_CONNECT;
    }
}

static int translate(const struct lane *lane, CURLcode code)
{
    if (code == CURLE_OK)
        return cut_off(lane) ? CURLE_RECV_ERROR : CURLE_OK;
    if (lane->write_errno)
        return CURLE_WRITE_ERROR;
    if (code == CURLE_PROXY || code == CURLE_COULDNT_RESOLVE_PROXY)
        return connect_code(lane);
    return (int)code;
}

static void explain_failure(const struct lane *lane, int code)
{
    const char *why = *lane->curl_error ? lane->curl_error : curl_easy_strerror((CURLcode)code);
    bool engine_knows = lane->end_error && *lane->end_text;

    if (lane->get->silent && !lane->get->show_error)
        return;
    if (code == CURLE_WRITE_ERROR && lane->write_errno)
        fprintf(stderr, "ferrite: (%d) cannot write '%s': %s\n", code,
                lane->output ? lane->output : "standard output", strerror(lane->write_errno));
    else if (engine_knows)
        fprintf(stderr, "ferrite: (%d) %s: %s\n", code, lane->url, lane->end_text);
    else
        fprintf(stderr, "ferrite: (%d) %s: %s\n", code, lane->url, why);
}

int lane_result(struct lane *lane, CURLcode code)
{
    int result;

    meter_end(lane);
    if (code == CURLE_OK)
        make_empty_file(lane);
    close_output(lane);
    if (code == CURLE_OK && lane->write_errno)
        code = CURLE_WRITE_ERROR;
    result = translate(lane, code);
    if (result)
        explain_failure(lane, result);
    return result;
}
