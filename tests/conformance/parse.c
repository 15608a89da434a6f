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

/* The ends that a script has unless it names others; IPv6 has the same room for data. */
static void ends_set(struct settings *settings, bool v6)
{
    enum { LARGER_HEADER = 20 };
    settings->v6 = v6;
    settings->prefix_len = v6 ? 64 : 16;
    settings->mtu = v6 ? 1500 + LARGER_HEADER : 1500;
    ip_parse(v6 ? "2001:db8::1" : "192.168.0.1", &settings->local_ip);
    ip_parse(v6 ? "2001:db8:1::1" : "192.0.2.1", &settings->remote_ip);
    ip_parse(v6 ? "fe80::2" : "192.168.0.2", &settings->gateway_ip);
}

/* It sets what all others change, so none may stand in front of it. */
static void version_parse(struct reader *in, const char *begin, bool first)
{
    struct settings *settings = &in->script->settings;
    bool v6 = read_word(in, "ipv6");
    if (!v6 && !read_word(in, "ipv4"))
        script_fail(in->script, in->at, "ipv4 or ipv6 is expected here, not '%.10s'", in->at);
    if (!first)
        script_fail(in->script, begin, "--ip_version must stand in front of all other settings");
    settings->version_told = true;
    ends_set(settings, v6);
}

static bool discovery_parse(struct reader *in)
{
    struct settings *settings = &in->script->settings;
    settings->discovery = read_word(in, "neighbors") ? DISCOVERY_NEIGHBORS
                          : read_word(in, "all")     ? DISCOVERY_ALL
                                                     : DISCOVERY_HIDDEN;
    return settings->v6 && settings->discovery != DISCOVERY_HIDDEN;
}

static struct ip setting_ip(struct reader *in, const char *begin)
{
    struct ip address = ip_take(in);
    if (address.v6 != in->script->settings.v6)
        script_fail(in->script, begin, "this address is not of the script's --ip_version");
    return address;
}

static void setting_parse(struct reader *in, bool first)
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
        settings->local_ip = setting_ip(in, begin), settings->local_told = true;
    else if (IS("remote_ip"))
        settings->remote_ip = setting_ip(in, begin);
    else if (IS("gateway_ip"))
        settings->gateway_ip = setting_ip(in, begin);
    else if (IS("netmask_ip"))
        settings->prefix_len = mask_length(ipv4_parse(in));
    else if (IS("bind_port"))
        settings->bind_port = (uint16_t)read_integer(in, 1, 65535);
    else if (IS("connect_port"))
        settings->connect_port = (uint16_t)read_integer(in, 1, 65535);
    else if (IS("mtu"))
        settings->mtu = (uint16_t)read_integer(in, settings->v6 ? 1280 : 68, 9000);
    else if (IS("ip_version"))
        version_parse(in, begin, first);
    else if (!IS("discovery") || !discovery_parse(in))
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
    script->settings.tolerance_ns = 4 * MS;
    script->settings.bind_port = script->settings.connect_port = 8080;
    ends_set(&script->settings, script->settings.v6);
    for (bool first = true; read_sign(&in, "--"); first = false)
        setting_parse(&in, first);
    for (read_space(&in); *in.at; read_space(&in)) {
        *end = event_parse(&in);
        end = &(*end)->next;
    }
    if (!script->events)
        script_fail(script, script->text, "this script has no event");
}
