/* Reads curl's options for `ferrite get`.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/get_options.h"

enum {
    LONG_CACERT = 0x100,
    LONG_CONNECT_TIMEOUT,
    LONG_DATA_BINARY,
    LONG_HTTP11,
    LONG_NO_PROGRESS,
    LONG_ACCOUNT
};

static const struct option longs[] = {
    {"output", required_argument, NULL, 'o'},
    {"remote-name", no_argument, NULL, 'O'},
    {"include", no_argument, NULL, 'i'},
    {"head", no_argument, NULL, 'I'},
    {"header", required_argument, NULL, 'H'},
    {"data", required_argument, NULL, 'd'},
    {"data-binary", required_argument, NULL, LONG_DATA_BINARY},
    {"get", no_argument, NULL, 'G'},
    {"request", required_argument, NULL, 'X'},
    {"user-agent", required_argument, NULL, 'A'},
    {"referer", required_argument, NULL, 'e'},
    {"user", required_argument, NULL, 'u'},
    {"range", required_argument, NULL, 'r'},
    {"location", no_argument, NULL, 'L'},
    {"silent", no_argument, NULL, 's'},
    {"show-error", no_argument, NULL, 'S'},
    {"fail", no_argument, NULL, 'f'},
    {"insecure", no_argument, NULL, 'k'},
    {"cacert", required_argument, NULL, LONG_CACERT},
    {"max-time", required_argument, NULL, 'm'},
    {"connect-timeout", required_argument, NULL, LONG_CONNECT_TIMEOUT},
    {"parallel", no_argument, NULL, 'Z'},
    {"http1.0", no_argument, NULL, '0'},
    {"http1.1", no_argument, NULL, LONG_HTTP11},
    {"account", required_argument, NULL, LONG_ACCOUNT},
    {"no-progress-meter", no_argument, NULL, LONG_NO_PROGRESS},
    {"ipv4", no_argument, NULL, '4'},
    {"ipv6", no_argument, NULL, '6'},
    {0},
};

static void help(void)
{
    puts("usage: ferrite get [options] URL...\n"
         "Fetches each URL (http or https) through the board, like curl: the body goes to standard "
         "output.\n\n"
         "  -o, --output FILE      write the body to FILE; once for each URL\n"
         "  -O, --remote-name      write to a file named as the URL's last part\n"
         "  -i, --include          print the response's header too\n"
         "  -I, --head             ask for the header only\n"
         "  -H, --header LINE      send this header line\n"
         "  -d, --data DATA        send DATA by POST; @FILE reads a file, @- standard input\n"
         "      --data-binary DATA the same, line ends kept\n"
         "  -G, --get              put the data into the URL's query instead\n"
         "  -X, --request METHOD   use this method\n"
         "  -L, --location         follow redirects\n"
         "  -A, --user-agent NAME  -e, --referer URL   -u, --user NAME:PASSWORD   -r, --range A-B\n"
         "  -f, --fail             no body and exit 22 where the server answers with an error\n"
         "  -s, --silent           no progress, no messages;  -S, --show-error  but errors\n"
         "      --no-progress-meter  messages, but no progress bar\n"
         "  -k, --insecure         do not verify the server's certificate;  --cacert FILE  trust "
         "these\n"
         "  -m, --max-time S       give up after S seconds;  --connect-timeout S  to connect\n"
         "  -4, --ipv4             connect by IPv4 alone;  -6, --ipv6  by IPv6 alone (else "
         "whichever "
         "answers first, RFC 8305)\n"
         "  -Z, --parallel         all URLs at once\n"
         "      --account FILE     write figures of the run to FILE: address, segments, ACKs, USB "
         "transfers, time\n"
         "  -0, --http1.0          --http1.1\n"
         "Exit codes are curl's: 3 bad URL, 6 name not found, 7 no connection, 18 short body, 22 "
         "with -f, 23 cannot write,\n"
         "28 timeout, 52 empty answer, 56 connection lost; 2 where the board or an option is at "
         "fault.\n");
}

/* Appends a file's bytes to the body; curl's -d leaves out CR, LF and NUL. */
static int append_file(struct get_options *get, const char *name, bool binary)
{
    FILE *in = strcmp(name, "-") ? fopen(name, "rb") : stdin;
    char block[65536];
    size_t count;

    if (!in) {
        fprintf(stderr, "ferrite: cannot read '%s' for -d: %s\n", name, strerror(errno));
        return -EINVAL;
    }
    while ((count = fread(block, 1, sizeof block, in))) {
        char *bigger = realloc(get->data, get->data_len + count + 1);

        if (!bigger) {
            fprintf(stderr, "ferrite: no memory for the body in '%s'\n", name);
            break;
        }
        get->data = bigger;
        for (size_t i = 0; i < count; i++)
            if (binary || (block[i] != '\r' && block[i] != '\n' && block[i]))
                get->data[get->data_len++] = block[i];
    }
    if (in != stdin)
        fclose(in);
    return count ? -EINVAL : 0;
}

static int append_text(struct get_options *get, const char *text)
{
    size_t len = strlen(text);
    char *bigger = realloc(get->data, get->data_len + len + 1);

    if (!bigger)
        return -EINVAL;
    get->data = bigger;
    memcpy(get->data + get->data_len, text, len);
    get->data_len += len;
    return 0;
}

static int take_data(struct get_options *get, const char *value, bool binary)
{
    int error = get->data ? append_text(get, "&") : append_text(get, "");

    if (error)
        return error;
    return *value == '@' ? append_file(get, value + 1, binary) : append_text(get, value);
}

static int take_header(struct get_options *get, const char *value)
{
    if (get->header_count == GET_MAX_HEADERS) {
        fprintf(stderr, "ferrite: -H '%s': %d header lines are the most\n", value, GET_MAX_HEADERS);
        return -EINVAL;
    }
    get->headers[get->header_count++] = value;
    return 0;
}

static int take_output(struct get_options *get, const char *value)
{
    if (get->output_count == GET_MAX_URLS) {
        fprintf(stderr, "ferrite: -o '%s': %d files are the most\n", value, GET_MAX_URLS);
        return -EINVAL;
    }
    get->outputs[get->output_count++] = value;
    return 0;
}

static int take(void *user, int option, const char *value)
{
    struct get_options *get = user;

    switch (option) {
    case 'o': return take_output(get, value);
    case 'O': get->remote_name = true; return 0;
    case 'i': get->include = true; return 0;
    case 'I': get->head = true; return 0;
    case 'H': return take_header(get, value);
    case 'd': return take_data(get, value, false);
    case LONG_DATA_BINARY: return take_data(get, value, true);
    case 'G': get->get_data = true; return 0;
    case 'X': get->method = value; return 0;
    case 'A': get->user_agent = value; return 0;
    case 'e': get->referer = value; return 0;
    case 'u': get->user = value; return 0;
    case 'r': get->range = value; return 0;
    case 'L': get->location = true; return 0;
    case 's': get->silent = get->common.quiet = true; return 0;
    case 'S': get->show_error = true; return 0;
    case 'f': get->fail = true; return 0;
    case 'k': get->insecure = true; return 0;
    case LONG_CACERT: get->cacert = value; return 0;
    case 'm': return options_seconds("--max-time", value, &get->max_time);
    case LONG_CONNECT_TIMEOUT:
        return options_seconds("--connect-timeout", value, &get->connect_timeout);
    case 'Z': get->parallel = true; return 0;
    case '0': get->http_version = 10; return 0;
    case LONG_HTTP11: get->http_version = 11; return 0;
    case LONG_ACCOUNT: get->account = value; return 0;
    case LONG_NO_PROGRESS: get->no_progress = true; return 0;
    default: return -EINVAL;
    }
}

int get_options_parse(int argc, char **argv, struct get_options *get)
{
    struct command_options command = {"o:OiIH:d:GX:A:e:u:r:LsSfkm:Z0", longs, take, get, help};
    int first, error;

    memset(get, 0, sizeof *get);
    error = options_parse(argc, argv, &get->common, &command, &first);
    if (error)
        return error;
    if (first == argc) {
        fprintf(stderr, "ferrite: get: no URL given; try 'ferrite get --help'\n");
        return -EINVAL;
    }
    if (argc - first > GET_MAX_URLS) {
        fprintf(stderr, "ferrite: get: %d URLs given, %d are the most\n", argc - first,
                GET_MAX_URLS);
        return -EINVAL;
    }
    for (int i = first; i < argc; i++)
        get->urls[get->url_count++] = argv[i];
    return OPTIONS_OK;
}

void get_options_free(struct get_options *get)
{
    free(get->data);
    get->data = NULL;
}
