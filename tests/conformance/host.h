/* The stack under test, its device and its clock. A script's time 0 is START_NS of the clock.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_CONFORMANCE_HOST_H
#define TESTS_CONFORMANCE_HOST_H

#include "host/stack/stack.h"
#include "tests/conformance/discovery.h"
#include "tests/conformance/script.h"

#define START_NS UINT64_C(1000000000)

struct host {
    struct script *script;
    struct stack *stack;
    struct stack_config config; /* host_command changes it while there is no stack */
    uint64_t now_ns, seed;
    uint8_t *reserved;
    size_t reserved_len;
    uint8_t
        asked[ANSWER_MOST]; /* a question of ARP or neighbour discovery that waits for its answer */
    bool asks;
    struct frame_in {
        const uint8_t *frame;
        size_t length;
        struct frame_in *before;
    } * input;                       /* the last, and all before it */
    struct packet *sent, **sent_end; /* not yet looked at, first come first */
    const char *complaint;           /* about a frame that no packet could be read from */
};

void host_init(struct host *host, struct script *script);
void host_start(struct host *host); /* if it has not been started */
void host_stop(struct host *host);
/* "sysctl -q net.ipv4.NAME=VALUE"; false if that is not known. */
bool host_command(struct host *host, const char *text);

struct address host_address(const struct ip *ip); /* as the stack has it */
void host_input(struct host *host, const struct packet *packet);
/* When something happens by itself; then the first of it. */
uint64_t host_next_ns(const struct host *host);
void host_step(struct host *host);
struct packet *host_take_sent(struct host *host); /* NULL: nothing was sent */
/* The first, of which there is one, with those that follow it up to length bytes: Linux' scripts see
 * segments before the device has cut them. */
struct packet *host_take_joined(struct host *host, uint32_t length);

#endif
