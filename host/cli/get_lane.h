/* A lane of `ferrite get`: one libcurl handle that fetches one URL after another through the engine.
 *
 * SPDX-License-Identifier: MIT
 *
 * libcurl reaches the stack through the engine's SOCKS5 listener, so names, connections and errors are the engine's; what a
 * SOCKS reply or a bare end of file cannot say, the lane asks of the engine before libcurl closes the socket.
 */
#ifndef HOST_CLI_GET_LANE_H
#define HOST_CLI_GET_LANE_H

#include <stdint.h>
#include <stdio.h>

#include <curl/curl.h>

#include "host/cli/get_options.h"

struct lane {
    const struct get_options *get;
    CURL *easy;
    struct curl_slist *headers;
    const char *url, *output; /* output NULL: standard output */
    FILE *out;
    char *remote_name; /* owned, for -O */
    int write_errno;
    bool chunked, meter; /* body in chunks; a progress bar is on the terminal */
    curl_off_t meter_shown;
    uint64_t body_bytes; /* of all URLs so far */
    int fd;              /* of the connection in use, -1 if none */
    int end_error;       /* how the connection ended, as fe_error; 0 if it is open or ended well */
    char end_text[256], curl_error[CURL_ERROR_SIZE];
};

/* Makes the handle; socks is the listener's path. Returns 0 or -ENOMEM. */
int lane_init(struct lane *lane, const struct get_options *get, const char *socks);
/* Sets the next URL and where its body goes. Returns 0, or a CURLcode after a message. */
int lane_aim(struct lane *lane, const char *url, const char *output);
/* After the transfer: closes the file, and turns libcurl's result into curl's exit code; prints what went wrong. */
int lane_result(struct lane *lane, CURLcode code);
void lane_free(struct lane *lane);

#endif
