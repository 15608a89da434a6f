/* Lines of a script: settings, then events, each with its time.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <string.h>

#include "tests/conformance/reader.h"

static unsigned mask_length(uint32_t mask)
{
    unsigned length = 0;
    while (length < 32 && mask & 0x80000000u >> length)
        length++;
    return length;
}

static void setting_parse(struct reader *in)
{
    struct settings *settings = &in->script->settings;
    const char *begin = in->at;
    size_t length = strcspn(begin, "= \t\n");
    in->at += length;
    read_expect(in, "=");
#define IS(name) (length == strlen(name) && !strncmp(begin, name, length))
    if (IS("tolerance_usecs"))
        settings->tolerance_ns = (uint64_t)read_integer(in, 0, 100000000) * NS_PER_US;
    else if (IS("tcp_ts_tick_usecs"))
        settings->ts_tick_ns = (uint64_t)read_integer(in, 0, 1000000) * NS_PER_US;
    else if (IS("local_ip"))
        settings->local_ip = ipv4_parse(in);
    else if (IS("remote_ip"))
        settings->remote_ip = ipv4_parse(in);
    else if (IS("gateway_ip"))
        settings->gateway_ip = ipv4_parse(in);
    else if (IS("netmask_ip"))
        settings->prefix_len = mask_length(ipv4_parse(in));
    else if (IS("bind_port"))
        settings->bind_port = (uint16_t)read_integer(in, 1, 65535);
    else if (IS("connect_port"))
        settings->connect_port = (uint16_t)read_integer(in, 1, 65535);
    else if (IS("mtu"))
        settings->mtu = (uint16_t)read_integer(in, 68, 9000);
    else if (!IS("ip_version") || !read_word(in, "ipv4"))
        script_fail(in->script, begin, "the setting '%.*s' is not known here", (int)length, begin);
#undef IS
}

/* 0.1, +0.1, *, each of the first two as a range too: +0~+0.1. */
static void time_parse(struct reader *in, struct event *event)
{
    if (read_sign(in, "*")) {
        event->time = TIME_ANY;
        return;
    }
    event->time = read_sign(in, "+") ? TIME_RELATIVE : TIME_ABSOLUTE;
    event->start_ns = event->latest_ns = read_seconds_ns(in);
    if (read_sign(in, "~")) {
        read_sign(in, "+");
        event->latest_ns = read_seconds_ns(in);
    }
    if (event->latest_ns < event->start_ns)
        script_fail(in->script, in->at, "this range of times ends before it begins");
    if (read_sign(in, "..."))
        event->end_ns = read_seconds_ns(in);
}

static struct event *event_parse(struct reader *in)
{
    struct event *event = script_allocate(in->script, sizeof *event);
    event->at = in->at;
    event->end_ns = NEVER;
    if (*in->at != '`')
        time_parse(in, event);
    read_space(in);
    if (*in->at == '<' || *in->at == '>') {
        event->kind = EVENT_PACKET;
        event->packet = packet_parse(in);
    } else if (read_sign(in, "%{")) {
        event->kind = EVENT_CODE;
        event->text = read_until(in, "}%");
    } else if (read_sign(in, "`")) {
        event->kind = EVENT_COMMAND;
        event->text = read_until(in, "`");
    } else {
        event->kind = EVENT_CALL;
        event->call = call_parse(in);
    }
    if (event->end_ns != NEVER && event->kind != EVENT_CALL)
        script_fail(in->script, event->at, "only a call lasts until another time");
    return event;
}

void script_parse(struct script *script)
{
    struct reader in = {script, script->text};
    struct event **end = &script->events;
    script->settings = (struct settings){.tolerance_ns = 4 * MS,
                                         .local_ip = 0xc0a80001,
                                         .remote_ip = 0xc0000201,
                                         .gateway_ip = 0xc0a80002,
                                         .bind_port = 8080,
                                         .connect_port = 8080,
                                         .mtu = 1500,
                                         .prefix_len = 16};
    while (read_sign(&in, "--"))
        setting_parse(&in);
    for (read_space(&in); *in.at; read_space(&in)) {
        *end = event_parse(&in);
        end = &(*end)->next;
    }
    if (!script->events)
        script_fail(script, script->text, "this script has no event");
}
