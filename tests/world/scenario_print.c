/* A scenario in words. See scenario.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

#include "tests/world/scenario.h"

static void print_link(const char *name, const struct link_config *link)
{
    printf("    %s loss %.3g reorder %.3g duplicate %.3g delay %.3f ms jitter %.3f ms rate %.3g "
           "Mbit/s queue %u burst %u/1000 of %.3f ms change %u/1000\n",
           name, link->wire.loss, link->wire.reorder, link->wire.duplicate,
           (double)link->wire.delay_ns / 1e6, (double)link->wire.jitter_ns / 1e6,
           (double)link->wire.rate_bps / 1e6, link->wire.queue_frames, link->burst,
           (double)link->burst_ns / 1e6, link->change);
    for (int i = 0; i < LINK_SPELLS; i++)
        if (link->holes[i].until_ns)
            printf("         black hole from %.3f to %.3f s\n",
                   (double)link->holes[i].from_ns / 1e9, (double)link->holes[i].until_ns / 1e9);
    for (int i = 0; i < LINK_SPELLS; i++)
        if (link->pauses[i].until_ns)
            printf("         pause from %.3f to %.3f s\n", (double)link->pauses[i].from_ns / 1e9,
                   (double)link->pauses[i].until_ns / 1e9);
}

static void print_plan(const char *name, const struct plan *plan)
{
    static const char *const endings[] = {"shuts first", "shuts second", "closes", "aborts"};

    printf("    %s %u bytes, writes up to %u every %.3f ms, reads up to %u every %.3f ms, %s", name,
           plan->bytes, plan->write_most, (double)plan->write_gap_ns / 1e6, plan->read_most,
           (double)plan->read_gap_ns / 1e6, endings[plan->ending]);
    if (plan->ending == END_ABORTS)
        printf(" at %u", plan->abort_at);
    if (plan->stall_ns)
        printf(", stalls at %u for %.3f s", plan->stall_at, (double)plan->stall_ns / 1e9);
    if (plan->linger_s >= 0)
        printf(", lingers for %d s", plan->linger_s);
    if (plan->keep_count)
        printf(", keepalive after %u s, every %u s, %u times", plan->keep_s[0], plan->keep_s[1],
               plan->keep_count);
    printf("%s\n", plan->nodelay ? ", no delay" : "");
}

static void print_flow(const struct flow_plan *flow)
{
    printf("  datagrams: host %d to host %d from %.6f s on, %u of up to %u bytes every %.3f "
           "ms%s%s%s\n",
           flow->from, flow->to, (double)flow->start_ns / 1e9, flow->count, flow->most_bytes,
           (double)flow->gap_ns / 1e6, flow->connected ? ", connected" : "",
           flow->refused ? ", to nobody" : "", flow->v6 ? ", over IPv6" : "");
}

static void print_crowd(const struct crowd *crowd)
{
    printf(
        "  a crowd at host %d: backlog %d, accepts every %.3f ms; %u SYNs that nobody means from "
        "%.3f s on, every %.3f ms\n",
        crowd->server, crowd->backlog, (double)crowd->accept_gap_ns / 1e6, crowd->flood,
        (double)crowd->flood_ns / 1e9, (double)crowd->flood_gap_ns / 1e6);
}

static void print_router(const struct router_plan *router)
{
    printf("    IPv6%s: a router that speaks every %.3f s", router->alone ? " alone" : "",
           (double)router->interval_ns / 1e9);
    if (router->renumber_ns)
        printf(", renumbers at %.3f s", (double)router->renumber_ns / 1e9);
    if (router->gone.until_ns)
        printf(", is gone%s from %.3f to %.3f s", router->silent ? " without a word" : "",
               (double)router->gone.from_ns / 1e9, (double)router->gone.until_ns / 1e9);
    printf("\n");
}

void scenario_print(const struct scenario *scenario)
{
    static const char *const kinds[] = {"C model", "gates", "C model on a bus", "lwIP", "odd"};

    printf("seed %llu: %d hosts, %d connections, %u attacks\n", (unsigned long long)scenario->seed,
           scenario->hosts, scenario->connections, scenario->attacks);
    for (int i = 0; i < scenario->hosts; i++) {
        const struct host_config *host = &scenario->host[i];

        printf("  host %d: %s, MTU %u (%u from %.3f s), buffers %u and %u, lacks offloads 0x%x, "
               "wrong FCS %.3g%s%s%s, congestion control %u, marks %u/1000\n",
               i, kinds[host->kind], host->mtu, host->narrow_mtu, (double)host->narrow_ns / 1e9,
               host->send_bytes, host->receive_bytes, host->features_off, host->bad_fcs,
               host->ecn ? ", ECN" : "", host->timestamps ? ", timestamps" : "",
               host->pacing ? ", pacing" : "", host->congestion, host->mark);
        print_link("up:  ", &host->up);
        print_link("down:", &host->down);
        if (host->usb.on)
            usb_print(&host->usb);
        if (host->router.on)
            print_router(&host->router);
        if (host->probes || host->squatter.asks_ns)
            printf("    asks before it uses an address: %d; another has %u of these, and asks for "
                   "one at %.3f s\n",
                   host->probes, host->squatter.claims, (double)host->squatter.asks_ns / 1e9);
    }
    for (int i = 0; i < scenario->flows; i++)
        print_flow(&scenario->flow[i]);
    if (scenario->crowd.backlog)
        print_crowd(&scenario->crowd);
    if (scenario->storm.count)
        printf("  a storm (kind %u) at host %d: %u from %.3f s on, every %.3f ms\n",
               scenario->storm.kind, scenario->storm.host, scenario->storm.count,
               (double)scenario->storm.from_ns / 1e9, (double)scenario->storm.gap_ns / 1e6);
    for (int i = 0; i < scenario->connections; i++) {
        const struct connection_plan *plan = &scenario->connection[i];

        printf("  connection %d: host %d to host %d at %.6f s%s%s\n", i, plan->client, plan->server,
               (double)plan->start_ns / 1e9, plan->shared ? ", to the crowd's listener" : "",
               plan->v6 ? ", over IPv6" : "");
        print_plan("client:", &plan->plans[0]);
        print_plan("server:", &plan->plans[1]);
    }
}
