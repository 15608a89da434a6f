/* Functions that the linker wraps (tests/world.mk), so that a fault can keep them from doing anything now and then.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tests/world/fault.h"

enum { OFTEN = 250 }; /* in 1/1000 */

static struct world *faulty;

void fault_begin(struct world *world)
{
    faulty = world;
}

static bool is_wrapped(const char *name)
{
    return faulty && faulty->fault && faulty->fault->wrapped &&
           !strcmp(faulty->fault->wrapped, name);
}

static bool strikes(const char *name)
{
    return is_wrapped(name) && chance_of(&faulty->mischief, OFTEN);
}

/* The linker gives calls of name to __wrap_name, and name itself the name __real_name. Arguments pass through as words, so
 * that a function may change its parameters. */
#define WRAP(name)                                                          \
    void __real_##name(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d); \
    void __wrap_##name(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d); \
    void __wrap_##name(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)  \
    {                                                                       \
        if (!strikes(#name))                                                \
            __real_##name(a, b, c, d);                                      \
    }

WRAP(tcp_retransmit_timer_restart)
WRAP(tcp_persist_timer_start)
WRAP(tcp_buffer_give)
WRAP(dad_fails)

/* This one says yes, always. */
bool __real_icmp_take_token(struct stack *stack, uint64_t now_ns);
bool __wrap_icmp_take_token(struct stack *stack, uint64_t now_ns);
bool __wrap_icmp_take_token(struct stack *stack, uint64_t now_ns)
{
    return is_wrapped("icmp_take_token") || __real_icmp_take_token(stack, now_ns);
}
