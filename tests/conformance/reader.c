/* The small steps of parsing. See reader.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/reader.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool comment(struct reader *in)
{
    if (!strncmp(in->at, "//", 2) || *in->at == '#') {
        in->at += strcspn(in->at, "\n");
        return true;
    }
    if (strncmp(in->at, "/*", 2))
        return false;
    const char *end = strstr(in->at + 2, "*/");
    if (!end)
        script_fail(in->script, in->at, "this comment has no end");
    in->at = end + 2;
    return true;
}

void read_space(struct reader *in)
{
    do
        in->at += strspn(in->at, " \t\r\n");
    while (comment(in));
}

bool read_sign(struct reader *in, const char *text)
{
    read_space(in);
    if (strncmp(in->at, text, strlen(text)))
        return false;
    in->at += strlen(text);
    return true;
}

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

size_t read_name_length(struct reader *in)
{
    size_t length = 0;
    read_space(in);
    if (isdigit((unsigned char)*in->at))
        return 0;
    while (in_name(in->at[length]))
        length++;
    return length;
}

bool read_word(struct reader *in, const char *text)
{
    size_t length = read_name_length(in);
    if (length != strlen(text) || strncmp(in->at, text, length))
        return false;
    in->at += length;
    return true;
}

void read_expect(struct reader *in, const char *text)
{
    if (!read_sign(in, text))
        script_fail(in->script, in->at, "'%s' is expected here, not '%.10s'", text, in->at);
}

int64_t read_integer(struct reader *in, int64_t least, int64_t most)
{
    char *end;
    read_space(in);
    long long number = strtoll(in->at, &end, strncmp(in->at, "0x", 2) ? 10 : 16);
    if (end == in->at)
        script_fail(in->script, in->at, "a number is expected here, not '%.10s'", in->at);
    if (number < least || number > most)
        script_fail(in->script, in->at, "%lld is not in %lld ... %lld", number, (long long)least,
                    (long long)most);
    in->at = end;
    return number;
}

/* "0...0.5" ends its first number before the three dots. */
uint64_t read_seconds_ns(struct reader *in)
{
    uint64_t ns = 0, unit = 1000000000;
    read_space(in);
    const char *begin = in->at;
    while (isdigit((unsigned char)*in->at))
        ns = ns * 10 + (uint64_t)(*in->at++ - '0') * 1;
    ns *= unit;
    if (in->at[0] == '.' && isdigit((unsigned char)in->at[1]))
        for (in->at++; isdigit((unsigned char)*in->at); in->at++)
            ns += (uint64_t)(*in->at - '0') * (unit /= 10);
    else if (in->at == begin)
        script_fail(in->script, in->at, "a time is expected here, not '%.10s'", in->at);
    else if (in->at[0] == '.' && in->at[1] != '.')
        in->at++;
    return ns;
}

const char *read_until(struct reader *in, const char *end)
{
    const char *found = strstr(in->at, end);
    if (!found)
        script_fail(in->script, in->at, "'%s' is missing behind this", end);
    char *copy = script_allocate(in->script, (size_t)(found - in->at) + 1);
    memcpy(copy, in->at, (size_t)(found - in->at));
    in->at = found + strlen(end);
    return copy;
}

uint32_t ipv4_parse(struct reader *in)
{
    uint32_t address = 0;
    for (int i = 0; i < 4; i++) {
        if (i)
            read_expect(in, ".");
        address = address << 8 | (uint32_t)read_integer(in, 0, 255);
    }
    return address;
}
