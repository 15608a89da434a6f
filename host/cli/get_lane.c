/* One libcurl handle: its options, its output and its end.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/registers.h"
#include "host/cli/get_lane.h"
#include "host/cli/get_meter.h"
#include "host/socket/ferrite.h"

enum { MAX_NAME = 253 }; /* RFC 1035, 2.3.4, less the bytes for the first length and the root */

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct lane *lane = user;
    int fd = fe_socks_socket();

    (void)purpose;
    (void)address;
    lane->fd = fd;
    lane->end_error = 0;
    lane->end_text[0] = '\0';
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int close_socket(void *user, curl_socket_t fd)
{
    struct lane *lane = user;

    if (fd == lane->fd) {
        lane->end_error = fe_error_text(fd, lane->end_text, sizeof lane->end_text);
        lane->fd = -1;
    }
    return close(fd);
}

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    struct lane *lane = user;

    if (!lane->out) {
        lane->out = lane->output ? fopen(lane->output, "wb") : stdout;
        if (!lane->out) {
            lane->write_errno = errno;
            return 0;
        }
    }
    errno = 0;
    if (fwrite(data, size, count, lane->out) == count) {
        lane->body_bytes += size * count;
        return size * count;
    }
    lane->write_errno = errno ? errno : EIO;
    return 0;
}

static size_t take_header(char *data, size_t size, size_t count, void *user)
{
    static const char name[] = "transfer-encoding:";
    struct lane *lane = user;

    if (size * count > sizeof name && !strncasecmp(data, name, sizeof name - 1))
        lane->chunked = true;
    return lane->get->include || lane->get->head ? take_body(data, size, count, user)
                                                 : size * count;
}

/* What curl -v prints, less what it says of the proxy that is none. */
static int print_debug(CURL *easy, curl_infotype type, char *data, size_t size, void *user)
{
    const char *mark = type == CURLINFO_TEXT ? "* " : type == CURLINFO_HEADER_IN ? "< " : "> ";

    (void)easy;
    (void)user;
    if (type != CURLINFO_TEXT && type != CURLINFO_HEADER_IN && type != CURLINFO_HEADER_OUT)
        return 0;
    if (type == CURLINFO_TEXT && (memmem(data, size, "SOCKS", 5) || memmem(data, size, "proxy", 5)))
        return 0;
    while (size) {
        const char *end = memchr(data, '\n', size);
        size_t line = end ? (size_t)(end - data) + 1 : size;

        fprintf(stderr, "%s%.*s%s", mark, (int)line, data, end ? "" : "\n");
        data += line;
        size -= line;
    }
    return 0;
}

static void set_request(struct lane *lane)
{
    const struct get_options *get = lane->get;
    CURL *easy = lane->easy;

    for (int i = 0; i < get->header_count; i++)
        lane->headers = curl_slist_append(lane->headers, get->headers[i]);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lane->headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, get->user_agent);
    curl_easy_setopt(easy, CURLOPT_REFERER, get->referer);
    curl_easy_setopt(easy, CURLOPT_USERPWD, get->user);
    curl_easy_setopt(easy, CURLOPT_RANGE, get->range);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, (long)get->location);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, 50L);
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, (long)get->fail);
    if (get->data && !get->get_data) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)get->data_len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, get->data);
    }
    if (get->head)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, get->method);
    if (get->http_version)
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                         get->http_version == 10 ? (long)CURL_HTTP_VERSION_1_0
                                                 : (long)CURL_HTTP_VERSION_1_1);
    if (get->insecure) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (get->cacert)
        curl_easy_setopt(easy, CURLOPT_CAINFO, get->cacert);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(get->max_time * 1000));
    if (get->connect_timeout > 0)
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(get->connect_timeout * 1000));
}

static void set_plumbing(struct lane *lane, const char *socks)
{
    CURL *easy = lane->easy;
    char proxy[FILENAME_MAX + 32];

    snprintf(proxy, sizeof proxy, "socks5h://localhost%s", socks);
    curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
    if (lane->get->common.family) { /* the engine knows these two (socks.c) */
        curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME,
                         lane->get->common.family == AF_INET ? "ipv4" : "ipv6");
        curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, "-");
    }
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_DEFAULT_PROTOCOL, "http");
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, lane);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, lane);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, lane);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, lane);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, lane->curl_error);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, lane);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    if (lane->get->common.verbose) {
        curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
        curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, print_debug);
    }
}

int lane_init(struct lane *lane, const struct get_options *get, const char *socks)
{
    static char agent[40];

    *lane = (struct lane){.get = get, .fd = -1, .easy = curl_easy_init()};
    if (!lane->easy)
        return -ENOMEM;
    set_plumbing(lane, socks);
    set_request(lane);
    if (!get->user_agent) {
        snprintf(agent, sizeof agent, "ferrite/%u.%u", (unsigned)REG_VERSION_MAJOR,
                 (unsigned)REG_VERSION_MINOR);
        curl_easy_setopt(lane->easy, CURLOPT_USERAGENT, agent);
    }
    return 0;
}

/* The last part of the URL's path, for -O; NULL if it has none. */
static char *name_in_url(CURLU *parts)
{
    char *path = NULL, *slash, *name = NULL;

    if (!curl_url_get(parts, CURLUPART_PATH, &path, 0)) {
        slash = strrchr(path, '/');
        if (slash && slash[1])
            name = strdup(slash + 1);
    }
    curl_free(path);
    return name;
}

/* Returns why the stack cannot reach the URL's host whatever the network says, or NULL. */
static const char *host_fault(CURLU *parts)
{
    char *host = NULL;
    const char *fault = NULL;

    if (!curl_url_get(parts, CURLUPART_HOST, &host, 0)) {
        if (strlen(host) > MAX_NAME)
            fault = "the host name is longer than the 253 characters that DNS allows";
    }
    curl_free(host);
    return fault;
}

/* Sets the handle's URL, with the data in its query where -G asks for that. */
static CURLcode set_url(struct lane *lane, CURLU *parts)
{
    char *whole = NULL;
    CURLcode code = CURLE_OUT_OF_MEMORY;

    if (lane->get->get_data && lane->get->data) {
        char *query = strndup(lane->get->data, lane->get->data_len);

        if (query)
            curl_url_set(parts, CURLUPART_QUERY, query, CURLU_APPENDQUERY);
        free(query);
    }
    if (!curl_url_get(parts, CURLUPART_URL, &whole, 0))
        code = curl_easy_setopt(lane->easy, CURLOPT_URL, whole);
    curl_free(whole);
    return code;
}

int lane_aim(struct lane *lane, const char *url, const char *output)
{
    CURLU *parts = curl_url();
    CURLUcode bad =
        parts ? curl_url_set(parts, CURLUPART_URL, url, CURLU_GUESS_SCHEME) : CURLUE_OUT_OF_MEMORY;
    CURLcode code = CURLE_URL_MALFORMAT;
    const char *fault = bad ? NULL : host_fault(parts);

    lane->url = url;
    lane->chunked = false;
    lane->write_errno = lane->end_error = 0;
    lane->curl_error[0] = lane->end_text[0] = '\0';
    free(lane->remote_name);
    lane->remote_name = NULL;
    if (bad) {
        fprintf(stderr, "ferrite: (3) bad URL '%s': %s; give one as http://HOST[:PORT]/PATH\n", url,
                curl_url_strerror(bad));
    } else if (fault) {
        fprintf(stderr, "ferrite: (6) %s: %s\n", url, fault);
        code = CURLE_COULDNT_RESOLVE_HOST;
    } else if (lane->get->remote_name && !output &&
               !(output = lane->remote_name = name_in_url(parts))) {
        fprintf(stderr, "ferrite: (23) '%s' ends without a file name: give one with -o\n", url);
        code = CURLE_WRITE_ERROR;
    } else {
        code = set_url(lane, parts);
    }
    curl_url_cleanup(parts);
    lane->output = output && strcmp(output, "-") ? output : NULL;
    meter_start(lane);
    return (int)code;
}

void lane_free(struct lane *lane)
{
    curl_easy_cleanup(lane->easy);
    curl_slist_free_all(lane->headers);
    free(lane->remote_name);
}
