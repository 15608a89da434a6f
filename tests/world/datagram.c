/* Programs that send and receive datagrams. See datagram.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/datagram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "driver/transport.h"
#include "tests/world/station.h"
#include "tests/world/target.h"

#define RETRY_NS   WORLD_MS /* where there was no room */
#define SETTLED_NS WORLD_MS /* then what has reached a host has reached its program */

void flow_init(struct flow *flow, struct world *world, int number)
{
    const struct flow_plan *plan = &world->scenario.flow[number];

    *flow = (struct flow){.world = world,
                          .plan = plan,
                          .number = number,
                          .next_ns = plan->start_ns,
                          .chance = chance_split(world->scenario.seed, 200 + (unsigned)number),
                          .datagrams = calloc(FLOW_DATAGRAMS, sizeof *flow->datagrams)};
    for (unsigned i = 0; i < plan->count; i++)
        flow->datagrams[i].bytes =
            (uint32_t)chance_between(&flow->chance, DATAGRAM_LEAST, plan->most_bytes);
}

void flow_free(struct flow *flow)
{
    free(flow->datagrams);
}

/* What datagram number of a flow holds; the first bytes are these numbers. */
static void fill(const struct flow *flow, unsigned number, uint8_t *bytes)
{
    struct chance chance = {(uint64_t)flow->number << 32 | number};

    for (uint32_t i = 0; i < flow->datagrams[number].bytes; i++)
        bytes[i] = (uint8_t)chance_draw(&chance);
    segment_store(bytes, 2, (uint32_t)flow->number);
    segment_store(bytes + 2, 2, number);
}

#define OBJECT(flow, format, ...) \
    world_fail((flow)->world, "datagrams %d: " format, (flow)->number, __VA_ARGS__)

/* What came says that it is from where it was sent. */
static bool is_from(const struct flow *flow, const struct datagram *datagram,
                    const struct endpoint *from)
{
    return datagram->out && !memcmp(datagram->source, from->address.bytes, 16) &&
           from->port == DATAGRAM_FROM_PORT + flow->number;
}

static void take(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                 uint64_t now_ns)
{
    struct flow *flow = user;
    unsigned number = len < DATAGRAM_LEAST ? FLOW_DATAGRAMS : segment_word(data + 2, 2);
    uint8_t expected[DATAGRAM_MOST];
    struct datagram *datagram;

    (void)now_ns;
    datagram = &flow->datagrams[number < flow->sent ? number : 0];
    if (number >= flow->sent || !is_from(flow, datagram, from)) {
        OBJECT(flow, "one of %zu bytes has come that was not sent", len);
        return;
    }
    fill(flow, number, expected);
    if (len != datagram->bytes || memcmp(data, expected, len))
        OBJECT(flow, "number %u was sent with %u bytes, and comes with %zu others", number,
               datagram->bytes, len);
    if (++datagram->delivered > datagram_arrivals(datagram))
        OBJECT(flow, "number %u is received %u times, but came %u times", number,
               datagram->delivered, datagram_arrivals(datagram));
}

static void take_unasked(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                         uint64_t now_ns)
{
    (void)from, (void)data, (void)now_ns;
    OBJECT((struct flow *)user, "its sender receives %zu bytes that nobody sent", len);
}

/* An ICMP message has come that quotes a datagram to this port: its first fragment, whose sum nobody can check, has changed. */
static bool is_misquoted(const struct datagram_refusals *refusals, uint16_t port)
{
    for (unsigned i = 0; i < refusals->misquotes; i++)
        if (refusals->misquoted[i] == port)
            return true;
    return false;
}

/* Nobody has the port, or the datagram did not get there: the gateway's address is asked for in vain, or fragments are lost. */
static void be_told(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    struct flow *flow = user;
    struct datagram_refusals *refusals = &flow->refusals;

    (void)now_ns;
    if (to->port != DATAGRAM_TO_PORT + flow->number && !is_misquoted(refusals, to->port))
        OBJECT(flow, "its sender is told of an error about port %u", to->port);
    if (error == -ECONNREFUSED && ++refusals->told > refusals->most)
        OBJECT(flow, "its sender is told %u times that nobody has the port, but heard it %u times",
               refusals->told, refusals->most);
    if (error == -EMSGSIZE && ++refusals->told_too_big > refusals->too_big)
        OBJECT(flow, "its sender is told %u times that one is too big, but heard it %u times",
               refusals->told_too_big, refusals->too_big);
    if (error != -ECONNREFUSED && error != -EHOSTUNREACH && error != -EMSGSIZE)
        OBJECT(flow, "its sender is told \"%s\"", strerror(-error));
}

/* A socket at port, of both families if its host has them. */
static struct udp_socket *open_at(struct flow *flow, const struct host *host, struct stack *stack,
                                  uint16_t port, const struct udp_handler *handler)
{
    struct endpoint local = {.port = port};
    struct udp_socket *socket;

    if (!host->config->router.on)
        local.address = address_v4(0);
    if (udp_open(stack, &socket, handler) || udp_bind(socket, &local)) {
        OBJECT(flow, "no socket at port %u", port);
        return NULL;
    }
    return socket;
}

void flows_open(struct host *host, struct stack *stack)
{
    for (int i = 0; i < host->world->scenario.flows; i++) {
        struct flow *flow = &host->world->flows[i];

        if (flow->plan->from == host->index)
            flow->sender = open_at(flow, host, stack, (uint16_t)(DATAGRAM_FROM_PORT + i),
                                   &(struct udp_handler){take_unasked, be_told, flow});
        else if (flow->plan->to == host->index && !flow->plan->refused)
            flow->receiver = open_at(flow, host, stack, (uint16_t)(DATAGRAM_TO_PORT + i),
                                     &(struct udp_handler){take, be_told, flow});
    }
}

void flows_close(struct host *host)
{
    for (int i = 0; i < host->world->scenario.flows; i++) {
        struct flow *flow = &host->world->flows[i];
        struct udp_socket **own = flow->plan->from == host->index ? &flow->sender : &flow->receiver;

        if ((flow->plan->from == host->index || flow->plan->to == host->index) && *own)
            udp_close(*own);
    }
}

/* ---- sending ---- */

static struct endpoint destination(const struct flow *flow)
{
    return station_endpoint(&flow->to, (uint16_t)(DATAGRAM_TO_PORT + flow->number));
}

/* Returns false if the receiver is not found yet, or never. */
static bool find(struct flow *flow, const struct host *host)
{
    const struct flow_plan *plan = flow->plan;
    const struct target_wish wish = {plan->v6, plan->start_ns, plan->wait_ns};
    enum target_verdict verdict =
        target_find(host, &flow->world->hosts[plan->to], &wish, &flow->to);
    struct endpoint to = destination(flow);

    flow->found = verdict == TARGET_FOUND;
    flow->next_ns = verdict == TARGET_NOWHERE ? TIME_NEVER : host->now_ns + TARGET_AGAIN_NS;
    if (flow->found && plan->connected && udp_connect(flow->sender, &to))
        OBJECT(flow, "its socket at port %u cannot be connected",
               DATAGRAM_FROM_PORT + flow->number);
    return flow->found;
}

/* No router is there, as far as its host has heard. */
static bool has_no_way(const struct flow *flow, const struct host *host, int error)
{
    return flow->to.v6 && (error == -ENETUNREACH || error == -EADDRNOTAVAIL) &&
           (!host->has_router || host_may_lose_what_comes(host));
}

static void send_next(struct flow *flow, const struct host *host)
{
    struct endpoint to = destination(flow);
    uint8_t bytes[DATAGRAM_MOST];
    unsigned number = flow->sent++; /* it may be on its way before udp_send returns */
    int error;

    fill(flow, number, bytes);
    error = udp_send(flow->sender, flow->plan->connected ? NULL : &to, bytes,
                     flow->datagrams[number].bytes, host->now_ns);
    flow->next_ns = host->now_ns + chance_between(&flow->chance, 1, flow->plan->gap_ns);
    if (error == -EAGAIN) {
        flow->sent--;
        flow->next_ns = host->now_ns + RETRY_NS;
    } else if (has_no_way(flow, host, error)) {
        flow->sent--;
        flow->next_ns = host->now_ns + TARGET_AGAIN_NS;
    } else if (error)
        OBJECT(flow, "number %u is refused: %s", number, strerror(-error));
    if (flow->sent == flow->plan->count)
        flow->next_ns = TIME_NEVER;
}

bool flows_run(struct host *host)
{
    bool any = false;

    for (int i = 0; i < host->world->scenario.flows; i++) {
        struct flow *flow = &host->world->flows[i];

        if (flow->plan->from != host->index || host->now_ns < flow->next_ns || !flow->sender)
            continue;
        if (!flow->found && !find(flow, host))
            continue;
        send_next(flow, host);
        any = true;
    }
    return any;
}

uint64_t flows_deadline(const struct host *host)
{
    uint64_t due = TIME_NEVER;

    for (int i = 0; i < host->world->scenario.flows; i++) {
        const struct flow *flow = &host->world->flows[i];

        if (flow->plan->from == host->index && flow->next_ns < due)
            due = flow->next_ns;
    }
    return due;
}

bool flows_have_ended(const struct world *world)
{
    for (int i = 0; i < world->scenario.flows; i++)
        if (world->flows[i].next_ns != TIME_NEVER)
            return false;
    return true;
}

void flows_judge(struct host *host)
{
    for (int i = 0; i < host->world->scenario.flows; i++) {
        const struct flow *flow = &host->world->flows[i];
        const struct datagram_refusals *refusals = &flow->refusals;
        bool on_a_cable = host->config->kind == HOST_BUS || host->config->kind == HOST_GATES;
        bool certain = host->config->bad_fcs == 0 && !on_a_cable && /* which may lose it */
                       refusals->arrived_ns + SETTLED_NS < host->now_ns;

        if (flow->plan->from == host->index && certain && refusals->told < refusals->whole)
            OBJECT(flow,
                   "%u times a host has said that nobody has the port, but its sender is told %u "
                   "times",
                   refusals->whole, refusals->told);
    }
}
