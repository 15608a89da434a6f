/* The stack's doors: making it, frames in, time, room and link.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/configure.h"
#include "host/stack/dhcp.h"
#include "host/stack/dhcp6.h"
#include "host/stack/ethernet.h"
#include "host/stack/ip_internal.h"
#include "host/stack/ipv6_address.h"
#include "host/stack/mld.h"
#include "host/stack/neighbor_internal.h"
#include "host/stack/stack_internal.h"
#include "host/stack/udp_internal.h"

static void set_defaults(struct stack_config *config)
{
    if (config->dhcp_patience_ns == 0)
        config->dhcp_patience_ns = 10 * 1000000000ull;
    if (config->max_connections == 0)
        config->max_connections = 1024;
    if (config->max_datagram_sockets == 0)
        config->max_datagram_sockets = 256;
    if (config->time_wait_ns == 0)
        config->time_wait_ns = 60 * 1000000000ull;
}

static bool static_address_is_good(const struct stack_config *config)
{
    const struct address *address = &config->address;

    return address_is_v4(address) && !address_is_unspecified(address) &&
           !address_is_multicast(address) && !address_is_broadcast(address) &&
           !address_is_loopback(address) && config->prefix_len <= 32;
}

static bool ipv6_is_good(const struct stack_config *config)
{
    if (!config->ipv6)
        return true;
    for (int i = 0; i < STACK_STATIC6; i++) {
        const struct address *address = &config->static6[i].address;

        if (config->static6[i].prefix_len > 128 || address_is_v4(address) ||
            address_is_multicast(address) || address_is_loopback(address))
            return false;
    }
    return config->device.mtu >= IPV6_MIN_MTU;
}

static bool config_is_good(const struct stack_config *config)
{
    const struct device *device = &config->device;

    if (!config->random || !device->reserve || !device->commit)
        return false;
    if (device->mtu < IPV4_MIN_MTU || (device->mac[0] & 1))
        return false;
    if (!memchr(config->hostname, '\0', sizeof config->hostname))
        return false;
    return ipv6_is_good(config) &&
           (config->source != ADDRESS_STATIC || static_address_is_good(config));
}

static int create_parts(struct stack *stack, uint64_t now_ns)
{
    int error = neighbor_create(stack, &stack->neighbors);

    if (error == 0)
        error = ip_create(stack, &stack->ip);
    if (error == 0)
        error = ipv6_create(stack, &stack->ipv6);
    if (error == 0)
        error = udp_create(stack, &stack->udp);
    if (error == 0)
        error = dhcp_create(stack, &stack->dhcp);
    if (error == 0)
        error = dhcp6_create(stack, &stack->dhcp6);
    if (error == 0)
        error = mld_create(&stack->mld);
    if (error == 0)
        error = configure_create(stack, &stack->configure);
    if (error == 0)
        error = tcp_create(stack, &stack->tcp, now_ns);
    return error;
}

int stack_create(struct stack **out, const struct stack_config *config, uint64_t now_ns)
{
    struct stack *stack;
    int error;

    if (!config_is_good(config))
        return -EINVAL;
    stack = calloc(1, sizeof *stack);
    if (!stack)
        return -ENOMEM;
    stack->config = *config;
    set_defaults(&stack->config);
    error = create_parts(stack, now_ns);
    if (error < 0) {
        stack_destroy(stack);
        return error;
    }
    *out = stack;
    return 0;
}

void stack_destroy(struct stack *stack)
{
    if (!stack)
        return;
    if (stack->tcp)
        tcp_destroy(stack->tcp);
    configure_destroy(stack->configure);
    mld_destroy(stack->mld);
    dhcp6_destroy(stack->dhcp6);
    dhcp_destroy(stack->dhcp);
    udp_destroy(stack->udp);
    ipv6_destroy(stack->ipv6);
    ip_destroy(stack->ip);
    neighbor_destroy(stack->neighbors);
    free(stack);
}

void stack_input(struct stack *stack, const struct vnet_header *vnet, const uint8_t *frame,
                 size_t len, uint64_t now_ns)
{
    run_input(stack, vnet, frame, len, now_ns);
}

void stack_batch_begin(struct stack *stack)
{
    tcp_batch_begin(stack);
}

void stack_batch_end(struct stack *stack, uint64_t now_ns)
{
    tcp_batch_end(stack, now_ns);
}

static void parts_poll(struct stack *stack, uint64_t now_ns)
{
    neighbor_poll(stack, now_ns);
    configure_poll(stack, now_ns);
    dhcp_poll(stack, now_ns);
    ipv6_poll(stack, now_ns);
    ip_poll(stack, now_ns);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t parts_deadline(const struct stack *stack)
{
    uint64_t first = earlier(neighbor_deadline(stack), configure_deadline(stack));

    first = earlier(first, earlier(dhcp_deadline(stack), ipv6_deadline(stack)));
    return earlier(first, ip_deadline(stack));
}

/* Most polls are for TCP alone. */
void stack_poll(struct stack *stack, uint64_t now_ns)
{
    if (now_ns >= stack->parts_due_ns) {
        parts_poll(stack, now_ns);
        stack->parts_deadline_ns = parts_deadline(stack);
        stack->parts_due_ns = earlier(stack->parts_deadline_ns, neighbor_ages(stack));
    }
    tcp_poll(stack, now_ns);
}

uint64_t stack_deadline(const struct stack *stack)
{
    uint64_t parts_ns = stack->parts_due_ns ? stack->parts_deadline_ns : parts_deadline(stack);

    return earlier(parts_ns, tcp_deadline(stack));
}

void stack_room(struct stack *stack, uint64_t now_ns)
{
    stack_parts_stirred(stack);
    neighbor_room(stack, now_ns);
    tcp_poll(stack, now_ns);
}

void stack_sent(struct stack *stack, uint64_t ticket, uint64_t now_ns)
{
    stack->sent_ticket = ticket;
    tcp_sent(stack, now_ns);
}

void stack_link(struct stack *stack, bool up, uint64_t now_ns)
{
    stack_parts_stirred(stack);
    configure_link(stack, up, now_ns);
}

const struct stack_counters *stack_counters(const struct stack *stack)
{
    return &stack->counters;
}

int stack_neighbors(const struct stack *stack, struct stack_neighbor *out, int max)
{
    int count = 0;

    for (int i = 0; i < NEIGHBORS && count < max; i++)
        if (stack->neighbors->neighbors[i].used)
            out[count++] = stack->neighbors->neighbors[i].entry;
    return count;
}
