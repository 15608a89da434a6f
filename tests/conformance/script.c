/* A script's text, memory and errors. See script.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/script.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct chunk {
    struct chunk *next;
    max_align_t bytes[];
};

void *script_allocate(struct script *script, size_t size)
{
    struct chunk *chunk = calloc(1, sizeof *chunk + size);
    if (!chunk)
        abort();
    chunk->next = script->arena;
    script->arena = chunk;
    return chunk->bytes;
}

void script_free(struct script *script)
{
    while (script->arena) {
        struct chunk *chunk = script->arena;
        script->arena = chunk->next;
        free(chunk);
    }
}

void script_fail(struct script *script, const char *at, const char *format, ...)
{
    int line = 1, column = 1, length = 0;
    va_list arguments;
    for (const char *c = script->text; at && c && c < at; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    if (at)
        length = snprintf(script->message, sizeof script->message, "%s:%d:%d: ", script->path, line,
                          column);
    va_start(arguments, format);
    vsnprintf(script->message + length, sizeof script->message - (size_t)length, format, arguments);
    va_end(arguments);
    longjmp(script->failed, 1);
}

void script_read(struct script *script, const char *path)
{
    script->path = path;
    FILE *file = fopen(path, "r");
    if (!file)
        script_fail(script, NULL, "%s: %s", path, strerror(errno));
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    script->text = script_allocate(script, (size_t)size + 1);
    size_t got = fread(script->text, 1, (size_t)size, file);
    fclose(file);
    script->text[got] = '\0';
    script_parse(script);
}

const char *script_title(struct script *script)
{
    const char *at = script->text ? script->text : "";
    at += strspn(at, "/#* ");
    size_t length = strcspn(at, "\n");
    char *title = script_allocate(script, length + 1);
    memcpy(title, at, length);
    return title;
}
