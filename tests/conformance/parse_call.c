/* A call of a script: "connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)".
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "tests/conformance/reader.h"

static struct value *value_parse(struct reader *in);

static const char *name_take(struct reader *in)
{
    size_t length = read_name_length(in);
    char *name = script_allocate(in->script, length + 1);
    if (!length)
        script_fail(in->script, in->at, "a name is expected here, not '%.10s'", in->at);
    memcpy(name, in->at, length);
    in->at += length;
    return name;
}

/* Up to end, with commas between. */
static struct value *values_parse(struct reader *in, const char *end)
{
    struct value *first = NULL, **link = &first;
    if (read_sign(in, end))
        return NULL;
    do {
        *link = value_parse(in);
        link = &(*link)->next;
    } while (read_sign(in, ","));
    read_expect(in, end);
    return first;
}

/* htons(80), inet_addr("192.0.2.1"), or a constant. */
static int64_t named_number(struct reader *in)
{
    const char *begin = in->at, *name = name_take(in);
    int64_t number = 0;
    if (!strcmp(name, "htons")) {
        read_expect(in, "(");
        number = read_integer(in, 0, 65535);
        read_expect(in, ")");
    } else if (!strcmp(name, "inet_addr")) {
        read_expect(in, "(");
        read_expect(in, "\"");
        number = ipv4_parse(in);
        read_expect(in, "\"");
        read_expect(in, ")");
    } else if (!name_find(name, strlen(name), &number)) {
        script_fail(in->script, begin, "the name '%s' is not known", name);
    }
    return number;
}

/* O_RDWR|O_NONBLOCK */
static int64_t numbers_parse(struct reader *in)
{
    int64_t number = 0;
    do {
        read_space(in);
        number |= read_name_length(in) ? named_number(in) : read_integer(in, INT32_MIN, UINT32_MAX);
    } while (read_sign(in, "|"));
    return number;
}

static struct value *fields_parse(struct reader *in)
{
    struct value *first = NULL, **link = &first;
    do {
        if (read_sign(in, "..."))
            continue;
        const char *field = name_take(in);
        read_expect(in, "=");
        *link = value_parse(in);
        (*link)->field = field;
        link = &(*link)->next;
    } while (read_sign(in, ","));
    read_expect(in, "}");
    return first;
}

static struct value *value_parse(struct reader *in)
{
    struct value *value = script_allocate(in->script, sizeof *value);
    read_space(in);
    value->at = in->at;
    if (read_sign(in, "...")) {
        value->kind = VALUE_ELLIPSIS;
    } else if (read_sign(in, "\"")) {
        value->kind = VALUE_STRING;
        value->text = read_until(in, "\"");
    } else if (read_sign(in, "[")) {
        value->kind = VALUE_LIST;
        value->inner = values_parse(in, "]");
    } else if (read_sign(in, "{")) {
        value->kind = VALUE_STRUCT;
        value->inner = fields_parse(in);
    } else {
        value->number = numbers_parse(in);
    }
    return value;
}

/* "= 4", "= -1 EAGAIN (text)", "= 0x802 (flags O_RDWR|O_NONBLOCK)", "= ..." */
static void result_parse(struct reader *in, struct call *call)
{
    int64_t error = 0;
    if (read_sign(in, "...")) {
        call->any_result = true;
        return;
    }
    call->result = numbers_parse(in);
    size_t length = read_name_length(in);
    if (length) {
        if (!name_find(in->at, length, &error))
            script_fail(in->script, in->at, "the error '%.*s' is not known", (int)length, in->at);
        in->at += length;
    }
    call->error = (int)error;
    if (read_sign(in, "("))
        read_until(in, ")");
}

struct call *call_parse(struct reader *in)
{
    struct call *call = script_allocate(in->script, sizeof *call);
    read_space(in);
    if (!read_name_length(in))
        script_fail(in->script, in->at,
                    "a packet, a call, %%{ code }%% or `command` is expected, not '%.10s'", in->at);
    call->at = in->at;
    call->name = name_take(in);
    read_expect(in, "(");
    call->arguments = values_parse(in, ")");
    read_expect(in, "=");
    result_parse(in, call);
    return call;
}
