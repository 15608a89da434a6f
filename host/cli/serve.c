/* ferrite serve: a directory's files over HTTP, by libmicrohttpd on descriptors of our stack.
 *
 * SPDX-License-Identifier: MIT
 *
 * This thread accepts and hands each connection's descriptor to the library, whose own thread answers. Files go from the page cache
 * to the engine by sendfile.
 */
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/commands.h"
#include "host/cli/host.h"
#include "host/cli/serve_file.h"
#include "host/cli/session.h"
#include "host/socket/ferrite.h"

enum { DEFAULT_PORT = 80, IDLE_S = 60, MOST_CONNECTIONS = 512 };

struct serve {
    struct options common;
    unsigned long port;
    bool quiet;
    const char *folder;
    int root;
};

/* A request and its answer so far. */
struct answer {
    const struct serve *serve;
    struct MHD_Connection *connection;
    const char *method, *path;
    unsigned status;
    uint64_t bytes;
    struct MHD_Response *response;
};

static void help(void)
{
    puts("usage: ferrite serve [options] DIR\n"
         "Answers HTTP requests with the files of DIR: index.html or a list for a directory, "
         "ranges,\n"
         "If-Modified-Since. Nothing outside DIR is shown, also not through symbolic links.\n\n"
         "  -p, --port N   port to listen on (80)\n"
         "  -q, --quiet    no line for each request\n");
}

static int take(void *user, int option, const char *value)
{
    struct serve *serve = user;

    switch (option) {
    case 'p': return options_number("--port", value, 1, 65535, &serve->port);
    case 'q': serve->quiet = true; return 0;
    default: return -EINVAL;
    }
}

static void header(struct answer *answer, const char *name, const char *value)
{
    MHD_add_response_header(answer->response, name, value);
}

static void answer_text(struct answer *answer, unsigned status, const char *what)
{
    char text[300];
    int len = snprintf(text, sizeof text, "%u: %s\n", status, what);

    answer->status = status;
    answer->bytes = (uint64_t)len;
    answer->response = MHD_create_response_from_buffer((size_t)len, text, MHD_RESPMEM_MUST_COPY);
    header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
}

static void answer_error(struct answer *answer, int error)
{
    bool hidden = error == -EACCES || error == -EPERM || error == -EXDEV || error == -ELOOP;
    bool absent = error == -ENOENT || error == -ENOTDIR || error == -ENAMETOOLONG;

    if (hidden || absent)
        answer_text(answer, hidden ? MHD_HTTP_FORBIDDEN : MHD_HTTP_NOT_FOUND,
                    hidden ? "not for you to see" : "no such file");
    else
        answer_text(answer, MHD_HTTP_INTERNAL_SERVER_ERROR, strerror(-error));
}

static const char *asked(const struct answer *answer, const char *name)
{
    return MHD_lookup_connection_value(answer->connection, MHD_HEADER_KIND, name);
}

/* Takes fd. */
static void answer_file(struct answer *answer, int fd, const char *name, const struct stat *status)
{
    const char *since = asked(answer, MHD_HTTP_HEADER_IF_MODIFIED_SINCE);
    const char *same = asked(answer, MHD_HTTP_HEADER_IF_RANGE);
    uint64_t size = (uint64_t)status->st_size, first, count;
    char date[SERVE_DATE_BYTES], part[80];
    enum serve_range range;

    serve_date(status->st_mtime, date);
    range =
        serve_range(same && strcmp(same, date) ? NULL : asked(answer, MHD_HTTP_HEADER_RANGE), size,
                    &first, &count); /* of another version there is no part (RFC 9110, 13.1.5) */
    if (since && serve_date_read(since) >= status->st_mtime) {
        close(fd);
        answer->status = MHD_HTTP_NOT_MODIFIED;
        answer->response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    } else if (range == SERVE_BEYOND) {
        close(fd);
        answer_text(answer, MHD_HTTP_RANGE_NOT_SATISFIABLE, "the file ends before that range");
        snprintf(part, sizeof part, "bytes */%llu", (unsigned long long)size);
        header(answer, MHD_HTTP_HEADER_CONTENT_RANGE, part);
    } else {
        answer->status = range == SERVE_PART ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK;
        answer->bytes = count;
        answer->response = MHD_create_response_from_fd_at_offset64(count, fd, first);
        header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, serve_type(name));
        snprintf(part, sizeof part, "bytes %llu-%llu/%llu", (unsigned long long)first,
                 (unsigned long long)(first + count - 1), (unsigned long long)size);
        if (range == SERVE_PART)
            header(answer, MHD_HTTP_HEADER_CONTENT_RANGE, part);
    }
    header(answer, MHD_HTTP_HEADER_LAST_MODIFIED, date);
    header(answer, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
}

static void answer_listing(struct answer *answer, int fd)
{
    char *text;
    int size = serve_listing(fd, answer->path, &text);

    if (size < 0) {
        answer_error(answer, size);
        return;
    }
    answer->status = MHD_HTTP_OK;
    answer->bytes = (uint64_t)size;
    answer->response = MHD_create_response_from_buffer((size_t)size, text, MHD_RESPMEM_MUST_FREE);
    header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, "text/html; charset=utf-8");
}

static void answer_moved(struct answer *answer)
{
    char *place = serve_reference(answer->path);

    answer_text(answer, MHD_HTTP_MOVED_PERMANENTLY, "it is a directory");
    if (place)
        header(answer, MHD_HTTP_HEADER_LOCATION, place);
    free(place);
}

/* Takes fd. Relative links work only below a path that ends with a slash. */
static void answer_folder(struct answer *answer, int fd)
{
    size_t len = strlen(answer->path);
    struct stat status;
    int index;

    if (!len || answer->path[len - 1] != '/') {
        close(fd);
        answer_moved(answer);
        return;
    }
    index = serve_open(fd, "index.html", &status);
    if (index >= 0 && S_ISREG(status.st_mode)) {
        close(fd);
        answer_file(answer, index, "index.html", &status);
        return;
    }
    if (index >= 0)
        close(index);
    answer_listing(answer, fd);
}

static void answer_find(struct answer *answer)
{
    struct stat status;
    int fd;

    if (strcmp(answer->method, MHD_HTTP_METHOD_GET) &&
        strcmp(answer->method, MHD_HTTP_METHOD_HEAD)) {
        answer_text(answer, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD");
        header(answer, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
        return;
    }
    fd = answer->path[0] == '/' ? serve_open(answer->serve->root, answer->path, &status) : -ENOENT;
    if (fd < 0)
        answer_error(answer, fd);
    else if (S_ISDIR(status.st_mode))
        answer_folder(answer, fd);
    else
        answer_file(answer, fd, answer->path, &status);
}

static void tell(const struct answer *answer)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(answer->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char address[HOST_TEXT_BYTES] = "?";

    if (info)
        host_format(info->client_addr, address);
    fprintf(stderr, "%s %s ", address, answer->method);
    for (const unsigned char *c = (const unsigned char *)answer->path; *c; c++)
        fprintf(stderr, *c < ' ' || *c == 127 ? "\\x%02x" : "%c", *c);
    fprintf(stderr, " %u %llu\n", answer->status, (unsigned long long)answer->bytes);
}

/* The library calls it once with the header, again for a body, and at last to be answered. */
static enum MHD_Result respond(void *user, struct MHD_Connection *connection, const char *path,
                               const char *method, const char *version, const char *body,
                               size_t *body_len, void **state)
{
    struct answer answer = {user, connection, method, path, 0, 0, NULL};
    enum MHD_Result result;

    (void)version, (void)body;
    if (!*state || *body_len) { /* no body is of interest */
        *state = user;
        *body_len = 0;
        return MHD_YES;
    }
    answer_find(&answer);
    if (!answer.response)
        return MHD_NO;
    result = MHD_queue_response(connection, answer.status, answer.response);
    MHD_destroy_response(answer.response);
    if (!answer.serve->quiet)
        tell(&answer);
    return result;
}

static int listen_on(int family, unsigned long port)
{
    struct sockaddr_storage any;
    int fd = host_bind_any(family, SOCK_STREAM | SOCK_CLOEXEC, port, &any);
    int error = fd < 0 ? fd : fe_listen(fd, 128);

    if (!error)
        return fd;
    if (fd >= 0)
        close(fd);
    return error;
}

/* Until the listener ends, which says why. */
static int accept_all(struct MHD_Daemon *daemon, int listener)
{
    for (;;) {
        struct sockaddr_storage from;
        socklen_t length = sizeof from;
        int fd = fe_accept(listener, (struct sockaddr *)&from, &length);

        if (fd == -EMFILE) {
            usleep(10000); /* others will end */
            continue;
        }
        if (fd < 0)
            return fd;
        if (MHD_add_connection(daemon, fd, (struct sockaddr *)&from, length) != MHD_YES)
            fprintf(stderr, "ferrite: serve: a connection was not taken: %s\n", strerror(errno));
    }
}

static int run(struct serve *serve)
{
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC | MHD_USE_POLL, 0,
        NULL, NULL, respond, serve, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS, MHD_OPTION_END);
    int listener = listen_on(serve->common.family, serve->port), error;

    if (!daemon || listener < 0) {
        fprintf(stderr, "ferrite: serve: port %lu: %s\n", serve->port,
                daemon ? strerror(-listener) : "libmicrohttpd does not start");
        if (daemon)
            MHD_stop_daemon(daemon);
        if (listener >= 0)
            close(listener);
        return EXIT_FAILED;
    }
    fprintf(stderr, "ferrite: serving '%s' on port %lu\n", serve->folder, serve->port);
    error = accept_all(daemon, listener);
    fprintf(stderr, "ferrite: serve: %s\n", strerror(-error));
    MHD_stop_daemon(daemon);
    close(listener);
    return EXIT_FAILED;
}

int command_serve(int argc, char **argv)
{
    static const struct option longs[] = {
        {"port", required_argument, NULL, 'p'}, {"quiet", no_argument, NULL, 'q'}, {0}};
    struct serve serve = {.port = DEFAULT_PORT};
    struct command_options command = {"p:q", longs, take, &serve, help};
    struct session session;
    int first, code = options_parse(argc, argv, &serve.common, &command, &first);

    if (code)
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    if (first != argc - 1) {
        fprintf(stderr, "ferrite: serve: give one directory; try 'ferrite serve --help'\n");
        return EXIT_USAGE;
    }
    serve.folder = argv[first];
    serve.root = open(serve.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (serve.root < 0) {
        fprintf(stderr, "ferrite: serve: '%s': %s\n", serve.folder, strerror(errno));
        return EXIT_USAGE;
    }
    code = EXIT_USAGE;
    if (!session_start(&session, &serve.common)) {
        code = run(&serve);
        if (session_end(&session))
            code = EXIT_USAGE;
    }
    close(serve.root);
    return code;
}
