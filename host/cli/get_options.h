/* The options of `ferrite get`, named and meant as curl's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_GET_OPTIONS_H
#define HOST_CLI_GET_OPTIONS_H

#include <stdbool.h>

#include "host/cli/options.h"

enum { GET_MAX_URLS = 64, GET_MAX_HEADERS = 64 };

struct get_options {
    struct options common;
    const char *urls[GET_MAX_URLS],
        *outputs[GET_MAX_URLS]; /* outputs in order, fewer than urls allowed */
    int url_count, output_count;
    const char *headers[GET_MAX_HEADERS];
    int header_count;
    bool include, head, location, silent, show_error, fail, insecure, remote_name, parallel,
        get_data, no_progress;
    char *data; /* owned; NULL if there is no body */
    size_t data_len;
    const char *method, *user_agent, *referer, *user, *range, *cacert;
    int http_version; /* 0: libcurl's choice; 10, 11 */
    double max_time, connect_timeout;
    const char *account; /* file for the account of figures, or NULL */
};

/* Returns OPTIONS_OK, OPTIONS_HELP or -EINVAL after a message. get_options_free releases what it took. */
int get_options_parse(int argc, char **argv, struct get_options *get);
void get_options_free(struct get_options *get);

#endif
