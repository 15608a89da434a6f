/* The events of a script, one after the other, in virtual time. See run.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/run.h"

#include <stdio.h>
#include <string.h>

#include "tests/conformance/calls.h"
#include "tests/conformance/claim.h"

struct run {
    struct script *script;
    struct host host;
    struct flows flows;
    struct calls calls;
    const struct run_wish *wish;
    const struct event *blocked; /* whose call has not returned yet */
    uint64_t blocked_end_ns;
    uint64_t event_ns; /* the time of the event before, of the script */
};

static double seconds(uint64_t ns)
{
    return ((double)ns - (double)START_NS) / 1e9;
}

static bool near(const struct run *run, uint64_t ns, uint64_t first_ns, uint64_t last_ns)
{
    uint64_t tolerance_ns = run->script->settings.tolerance_ns;
    return ns + tolerance_ns >= first_ns && ns <= last_ns + tolerance_ns;
}

static void result_check(struct run *run, const struct event *event, int64_t came)
{
    const struct call *call = event->call;
    bool right = came >= 0 ? call->result == came
                           : call->result == -1 && (!call->error || call->error == -came);
    if (call->any_result || right)
        return;
    script_fail(run->script, event->at, "%s() returned %lld%s%s at %.6f, not %lld %s", call->name,
                came < 0 ? -1LL : (long long)came, came < 0 ? " " : "",
                came < 0 ? name_of_error((int)-came) : "", seconds(run->host.now_ns),
                (long long)call->result, call->error ? name_of_error(call->error) : "");
}

/* Returns whether the call has returned. */
static bool call_try(struct run *run, const struct event *event)
{
    run->calls.call = event->call;
    run->calls.again = run->blocked == event;
    int64_t result = call_run(&run->calls);
    if (result == CALL_BLOCKS)
        return false;
    result_check(run, event, result);
    return true;
}

static void blocked_try(struct run *run)
{
    const struct event *event = run->blocked;
    if (!event || !call_try(run, event))
        return;
    run->blocked = NULL;
    if (!near(run, run->host.now_ns, run->blocked_end_ns, run->blocked_end_ns))
        script_fail(run->script, event->at, "%s() returned at %.6f, not at %.6f", event->call->name,
                    seconds(run->host.now_ns), seconds(run->blocked_end_ns));
}

static void go_on_until(struct run *run, uint64_t until_ns)
{
    while (host_next_ns(&run->host) <= until_ns) {
        host_step(&run->host);
        blocked_try(run);
    }
    if (run->host.now_ns < until_ns)
        run->host.now_ns = until_ns;
    blocked_try(run);
}

/* Until something is sent; false if nothing is by then. */
static bool go_on_until_sent(struct run *run, uint64_t until_ns)
{
    while (!run->host.sent && host_next_ns(&run->host) <= until_ns) {
        host_step(&run->host);
        blocked_try(run);
    }
    return run->host.sent != NULL;
}

static void tell(const struct run *run, uint64_t ns, const struct packet *packet)
{
    char text[PACKET_TEXT];
    if (run->wish->verbose)
        fprintf(stderr, "%.6f %s\n", seconds(ns), packet_format(packet, text));
}

static void packet_in(struct run *run, const struct event *event)
{
    struct packet wire;
    struct flow *flow = flow_of(&run->flows, event->packet);
    flow_to_wire(&run->flows, flow, event->packet, &wire);
    tell(run, run->host.now_ns, event->packet);
    host_input(&run->host, &wire);
    blocked_try(run);
}

_Noreturn static void mismatch(struct run *run, const struct event *event, const char *what,
                               const struct packet *came)
{
    char expected_text[PACKET_TEXT], came_text[PACKET_TEXT];
    char range[48] = "";
    if (event->latest_ns != event->start_ns)
        snprintf(range, sizeof range, "~%.6f",
                 seconds(run->event_ns + event->latest_ns - event->start_ns));
    script_fail(run->script, event->at, "%s\n expected: %s%.6f%s %s\n      got: %.6f %s", what,
                event->time == TIME_ANY ? "* " : "", seconds(run->event_ns), range,
                packet_format(event->packet, expected_text), came ? seconds(came->sent_ns) : 0.0,
                came ? packet_format(came, came_text) : "nothing");
}

static void complaint_check(struct run *run, const char *at)
{
    if (run->host.complaint)
        script_fail(run->script, at, "the stack sent a frame that cannot be read: %s",
                    run->host.complaint);
}

static void packet_out(struct run *run, const struct event *event)
{
    struct packet came;
    char text[96];
    uint64_t last_ns = run->event_ns + (event->latest_ns - event->start_ns);
    uint64_t tolerance_ns = run->script->settings.tolerance_ns;
    bool any = event->time == TIME_ANY;
    struct flow *flow = flow_of(&run->flows, event->packet);
    bool sent = go_on_until_sent(run, any ? NEVER - 1 : last_ns + tolerance_ns);
    complaint_check(run, event->at);
    if (!sent)
        mismatch(run, event, "no packet was sent", NULL);
    const struct packet *wire = host_take_joined(&run->host, event->packet->length);
    const char *fault = flow_from_wire(&run->flows, flow, event->packet, wire, &came);
    const char *difference = packet_difference(event->packet, &came);
    tell(run, came.sent_ns, &came);
    if (difference || fault) {
        snprintf(text, sizeof text, "the packet has another %s", difference ? difference : fault);
        mismatch(run, event, text, &came);
    }
    if (!any && !near(run, came.sent_ns, run->event_ns, last_ns))
        mismatch(run, event, "the packet came at another time", &came);
    if (any || event->latest_ns != event->start_ns)
        run->event_ns = came.sent_ns;
}

static void call_begin(struct run *run, const struct event *event, uint64_t base_ns)
{
    if (run->blocked)
        script_fail(run->script, event->at, "the call before, %s(), has not returned yet",
                    run->blocked->call->name);
    if (call_try(run, event)) {
        if (event->end_ns != NEVER &&
            !near(run, run->host.now_ns, base_ns + event->end_ns, base_ns + event->end_ns))
            script_fail(run->script, event->at, "%s() did not block", event->call->name);
        return;
    }
    if (event->end_ns == NEVER)
        script_fail(run->script, event->at, "%s() blocks", event->call->name);
    run->blocked = event;
    run->blocked_end_ns = base_ns + event->end_ns;
}

static void event_run(struct run *run, const struct event *event)
{
    uint64_t base_ns = event->time == TIME_RELATIVE ? run->event_ns : START_NS;
    if (event->kind == EVENT_COMMAND) {
        if (run->host.stack || !host_command(&run->host, event->text))
            script_fail(run->script, event->at, "this command is not known, or comes after a call");
        return;
    }
    host_start(&run->host);
    if (event->time != TIME_ANY)
        run->event_ns = base_ns + event->start_ns;
    if (event->kind == EVENT_PACKET && event->packet->out) {
        packet_out(run, event);
        return;
    }
    if (event->time != TIME_ANY)
        go_on_until(run, run->event_ns);
    if (event->kind == EVENT_PACKET)
        packet_in(run, event);
    else if (event->kind == EVENT_CODE)
        claims_check(run->script, &run->host, run->flows.current, event);
    else
        call_begin(run, event, base_ns);
}

/* Nothing that the script does not have may have been sent. */
static void end_check(struct run *run)
{
    char text[PACKET_TEXT];
    const char *end = run->script->text + strlen(run->script->text);
    if (run->blocked)
        go_on_until(run, run->blocked_end_ns);
    if (run->blocked)
        script_fail(run->script, run->blocked->at, "%s() never returned", run->blocked->call->name);
    complaint_check(run, end);
    const struct packet *packet = run->host.sent;
    if (!run->wish->strict || !packet)
        return;
    struct packet shown = *packet;
    if (run->flows.current)
        shown.seq -= run->flows.current->shift;
    shown.ecn = ECN_ANY;
    shown.source_port = 0;
    script_fail(run->script, end, "at %.6f the stack sent more: %s", seconds(packet->sent_ns),
                packet_format(&shown, text));
}

static void events_run(struct run *run)
{
    for (const struct event *event = run->script->events; event; event = event->next)
        event_run(run, event);
    end_check(run);
}

void script_run(const char *path, const struct run_wish *wish, struct run_result *result)
{
    struct script script = {0};
    struct run run = {.script = &script, .wish = wish, .event_ns = START_NS};
    result->good = false;
    script.settings.v6 = wish->v6;
    host_init(&run.host, &script);
    run.flows.script = run.calls.script = &script;
    run.calls.host = &run.host;
    run.calls.flows = &run.flows;
    if (!setjmp(script.failed)) {
        script_read(&script, path);
        events_run(&run);
        result->good = true;
    }
    result->version_told = script.settings.version_told;
    snprintf(result->title, sizeof result->title, "%s", script_title(&script));
    snprintf(result->message, sizeof result->message, "%s", script.message);
    calls_stop(&run.calls);
    host_stop(&run.host);
    script_free(&script);
}
