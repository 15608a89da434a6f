/* See serve_file.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/cli/serve_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

int serve_open(int root, const char *path, struct stat *status)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_BENEATH};
    int fd;

    while (*path == '/')
        path++;
    fd = (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof how);
    if (fd < 0)
        return -errno;
    if (fstat(fd, status) == 0 && (S_ISREG(status->st_mode) || S_ISDIR(status->st_mode)))
        return fd;
    close(fd);
    return -EACCES; /* a device or a pipe */
}

const char *serve_type(const char *path)
{
    static const char *const types[][2] = {
        {".html", "text/html; charset=utf-8"},
        {".htm", "text/html; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
        {".md", "text/plain; charset=utf-8"},
        {".css", "text/css"},
        {".js", "text/javascript"},
        {".json", "application/json"},
        {".xml", "application/xml"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".jpeg", "image/jpeg"},
        {".gif", "image/gif"},
        {".webp", "image/webp"},
        {".ico", "image/x-icon"},
        {".pdf", "application/pdf"},
        {".wasm", "application/wasm"},
        {".gz", "application/gzip"},
        {".zip", "application/zip"},
        {".mp4", "video/mp4"},
    };
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (!strcasecmp(dot, types[i][0]))
            return types[i][1];
    return "application/octet-stream";
}

/* Text into HTML, or with a percent sign before what an URL may not have. */
static void put_escaped(FILE *out, const char *text, bool url)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || strchr("-._~/", *c);

        if (plain || (!url && !strchr("<>&\"'", *c)))
            fputc(*c, out);
        else
            fprintf(out, url ? "%%%02X" : "&#%u;", *c);
    }
}

char *serve_reference(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fputs("./", out); /* a name with a colon is no scheme */
    put_escaped(out, slash ? slash + 1 : path, true);
    fputc('/', out);
    return fclose(out) ? NULL : text;
}

static void put_entry(FILE *out, const struct dirent *entry, int directory)
{
    struct stat status;
    bool folder;

    if (fstatat(directory, entry->d_name, &status, 0))
        return; /* gone, or a link to nothing */
    folder = S_ISDIR(status.st_mode);
    fputs("<li><a href=\"./", out);
    put_escaped(out, entry->d_name, true);
    fprintf(out, "%s\">", folder ? "/" : "");
    put_escaped(out, entry->d_name, false);
    if (folder)
        fputs("/</a>\n", out);
    else
        fprintf(out, "</a> %llu\n", (unsigned long long)status.st_size);
}

/* The root has no way up. */
static bool is_shown(const char *name, const char *path)
{
    return strcmp(name, ".") && (strcmp(name, "..") || strcmp(path, "/"));
}

int serve_listing(int fd, const char *path, char **text)
{
    struct dirent **entries;
    size_t size = 0;
    FILE *out = open_memstream(text, &size);
    int count = scandirat(fd, ".", &entries, NULL, alphasort), error = errno;

    if (out && count >= 0) {
        fputs("<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>", out);
        put_escaped(out, path, false);
        fputs("</title>\n<h1>", out);
        put_escaped(out, path, false);
        fputs("</h1>\n<ul>\n", out);
    }
    for (int i = 0; i < count; i++) {
        if (out && is_shown(entries[i]->d_name, path))
            put_entry(out, entries[i], fd);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    close(fd);
    if (!out)
        return -ENOMEM;
    if (count >= 0)
        fputs("</ul>\n", out);
    error = fclose(out) ? -ENOMEM : count < 0 ? -error : 0;
    if (error)
        free(*text);
    return error ? error : (int)size;
}

/* Digits only, as RFC 9110's grammar has them. Returns behind the number, or NULL. */
static const char *read_number(const char *text, uint64_t *out)
{
    char *end;

    if (*text < '0' || *text > '9')
        return NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno ? NULL : end;
}

enum serve_range serve_range(const char *field, uint64_t size, uint64_t *first, uint64_t *count)
{
    uint64_t from = 0, to = UINT64_MAX;
    const char *at;

    *first = 0;
    *count = size;
    if (!field || strncmp(field, "bytes=", 6))
        return SERVE_WHOLE;
    at = field + 6;
    if (*at == '-') { /* the last so many */
        at = read_number(at + 1, &to);
        if (!at || *at)
            return SERVE_WHOLE;
        from = to < size ? size - to : 0;
        to = to ? UINT64_MAX : 0;
        if (!to)
            return SERVE_BEYOND;
    } else {
        at = read_number(at, &from);
        if (!at || *at++ != '-')
            return SERVE_WHOLE;
        if (*at && (at = read_number(at, &to)) == NULL)
            return SERVE_WHOLE;
        if (*at || to < from)
            return SERVE_WHOLE;
    }
    if (from >= size)
        return SERVE_BEYOND;
    *first = from;
    *count = (to < size ? to + 1 : size) - from;
    return SERVE_PART;
}

void serve_date(time_t when, char out[SERVE_DATE_BYTES])
{
    struct tm parts;

    gmtime_r(&when, &parts);
    strftime(out, SERVE_DATE_BYTES, "%a, %d %b %Y %H:%M:%S GMT", &parts);
}

time_t serve_date_read(const char *text)
{
    struct tm parts = {0};
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &parts);

    return end && !*end ? timegm(&parts) : -1;
}
