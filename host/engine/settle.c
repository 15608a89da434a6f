/* When requests may go on: addresses of our own have come, or will not.
 *
 * SPDX-License-Identifier: MIT
 *
 * Both kinds of address are asked for side by side. Who names one on the command line waits for that; who names none
 * waits for both, but not for servers and routers that nobody has heard of.
 */
#include <errno.h>
#include <stdio.h>

#include "host/engine/engine_internal.h"

/* A router may owe the link a pause of 3 s, and half a second more (RFC 4861, 6.2.6). */
static const uint64_t ROUTERS_PATIENCE_NS = 4000000000;
static const uint64_t SERVERS_PATIENCE_NS = 3000000000; /* where IPv6 has an address already */
enum { OWN_MOST = 32 };

/* What the table of IPv6 addresses comes to. */
struct own6 {
    bool usable, global;
    const struct stack_address6 *duplicate;
    struct stack_address6 list[OWN_MOST];
};

static void own6_read(const struct engine *engine, struct own6 *out)
{
    int count = stack_addresses6(engine->stack, out->list, OWN_MOST);

    out->usable = out->global = false;
    out->duplicate = NULL;
    for (int i = 0; i < count; i++) {
        const struct stack_address6 *at = &out->list[i];
        bool usable = at->state == ADDRESS6_PREFERRED || at->state == ADDRESS6_DEPRECATED;

        out->usable |= usable;
        out->global |= usable && at->origin != ADDRESS6_LINK_LOCAL;
        if (at->state == ADDRESS6_DUPLICATE && (!out->duplicate || at->origin == ADDRESS6_STATIC))
            out->duplicate = at;
    }
}

/* Whether the wait that began at since_ns, 0 if it has not, is over. */
static bool waited(const struct engine *engine, uint64_t since_ns, uint64_t patience_ns)
{
    return since_ns && engine->now_ns >= since_ns + patience_ns;
}

static int taken(const struct address *address, char *text)
{
    char words[ADDRESS_TEXT_BYTES];

    snprintf(text, FE_TEXT_BYTES, "the address %s is used by another station: choose a free one",
             address_format(address, words));
    return -EADDRINUSE;
}

static int settled4(const struct engine *engine, char *text)
{
    const struct stack_lease *lease = stack_lease(engine->stack);
    enum stack_state state = stack_state(engine->stack);
    char address[ADDRESS_TEXT_BYTES];

    if (state == STACK_CONFLICT)
        return taken(&engine->config.stack.address, text);
    if (state != STACK_READY)
        return -EINPROGRESS;
    if (lease && lease->link_local)
        snprintf(text, FE_TEXT_BYTES, "no DHCP server answered; using %s",
                 address_format(&lease->address, address));
    return 0;
}

static int settled6(const struct engine *engine, char *text)
{
    enum stack_state6 state = stack_state6(engine->stack);
    struct own6 own;

    if (!engine->config.stack.ipv6) {
        snprintf(text, FE_TEXT_BYTES, "IPv6 is off here: the engine was started with -4");
        return -EAFNOSUPPORT;
    }
    own6_read(engine, &own);
    if (own.duplicate && (own.duplicate->origin == ADDRESS6_STATIC || !own.usable))
        return taken(&own.duplicate->address, text);
    if (state == STACK6_PROBING || (state == STACK6_ASKING && !own.global &&
                                    !waited(engine, engine->routers_asked_ns, ROUTERS_PATIENCE_NS)))
        return -EINPROGRESS;
    return own.usable ? 0 : -EADDRNOTAVAIL;
}

static int settled_any(const struct engine *engine, char *text)
{
    bool given4 = engine->config.stack.source == ADDRESS_STATIC;
    bool given6 = !address_is_unspecified(&engine->config.stack.static6[0].address);
    char unused[FE_TEXT_BYTES];
    struct own6 own;
    int error6 = settled6(engine, given6 ? text : unused), error4;

    if (given6 && (!given4 || error6))
        return error6;
    error4 = settled4(engine, text);
    if (given4 || error6 == -EAFNOSUPPORT || (error4 && error4 != -EINPROGRESS))
        return error4;
    if (error6 == -EINPROGRESS)
        return error6;
    own6_read(engine, &own);
    if (error4 == -EINPROGRESS && own.global &&
        waited(engine, engine->servers_asked_ns, SERVERS_PATIENCE_NS)) {
        snprintf(text, FE_TEXT_BYTES, "no DHCP server has answered yet; using IPv6");
        return 0;
    }
    return error4;
}

int engine_settled(const struct engine *engine, uint32_t family, char *text)
{
    text[0] = '\0';
    if (engine->gone) {
        snprintf(text, FE_TEXT_BYTES, "the board %s",
                 engine->gone == -ENODEV ? "was unplugged" : "failed");
        return engine->gone;
    }
    if (stack_state(engine->stack) != STACK_NO_LINK)
        return family == FE_FAMILY_IPV4   ? settled4(engine, text)
               : family == FE_FAMILY_IPV6 ? settled6(engine, text)
                                          : settled_any(engine, text);
    if (engine->now_ns < engine->no_link_since_ns + engine->config.link_patience_ns)
        return -EINPROGRESS;
    snprintf(text, FE_TEXT_BYTES, "%s",
             engine->away ? "the board was unplugged: plug it in again"
                          : "no link: is a cable in the adapter, and its other end in something "
                            "switched on?");
    return -ENETDOWN;
}

bool engine_speaks(const struct engine *engine, uint32_t family)
{
    struct own6 own;

    if (family == FE_FAMILY_IPV4)
        return stack_lease(engine->stack) != NULL;
    if (!engine->config.stack.ipv6)
        return false;
    own6_read(engine, &own);
    return own.global;
}

static void note(uint64_t *since_ns, bool asked, uint64_t now_ns)
{
    if (!asked)
        *since_ns = 0;
    else if (!*since_ns)
        *since_ns = now_ns ? now_ns : 1;
}

void engine_settle_note(struct engine *engine)
{
    note(&engine->routers_asked_ns, stack_state6(engine->stack) == STACK6_ASKING, engine->now_ns);
    note(&engine->servers_asked_ns, stack_state(engine->stack) == STACK_ASKING, engine->now_ns);
}

static void earlier(uint64_t *first, const struct engine *engine, uint64_t since_ns,
                    uint64_t patience_ns)
{
    if (since_ns && since_ns + patience_ns > engine->now_ns && since_ns + patience_ns < *first)
        *first = since_ns + patience_ns;
}

uint64_t engine_settle_deadline(const struct engine *engine)
{
    uint64_t first = TIME_NEVER;

    if (engine->gone || !engine->request_count)
        return first;
    if (stack_state(engine->stack) == STACK_NO_LINK)
        earlier(&first, engine, engine->no_link_since_ns, engine->config.link_patience_ns);
    earlier(&first, engine, engine->routers_asked_ns, ROUTERS_PATIENCE_NS);
    earlier(&first, engine, engine->servers_asked_ns, SERVERS_PATIENCE_NS);
    return first;
}

bool engine_probes(const struct engine *engine)
{
    return stack_state(engine->stack) == STACK_PROBING ||
           (stack_state6(engine->stack) == STACK6_PROBING && !engine->descriptor_count);
}
