/* ICMP echo sockets: requests out, replies in, as Linux' ping sockets have them.
 *
 * SPDX-License-Identifier: MIT
 *
 * The identifier of an echo plays the part of a port: the stack writes the socket's own into each
 * request, and a reply finds its socket by it.
 */
#include <errno.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/icmp.h"
#include "host/stack/stack_internal.h"
#include "host/stack/udp_internal.h"

enum { IDENTIFIER_AT = 4, SEQUENCE_AT = 6 };

/* Addresses are put into words only if somebody reads them: this is the path of a packet. */
static void tell(struct stack *stack, const char *what, const struct address *peer,
                 const uint8_t *message, size_t len, uint64_t now_ns)
{
    char text[ADDRESS_TEXT_BYTES];

    if (journal_wants(stack->config.journal, JOURNAL_EVENT))
        journal_write(stack->config.journal, now_ns, JOURNAL_EVENT, icmp_name(peer),
                      "%s %s, id %u, seq %u, %zu bytes", what, address_format(peer, text),
                      get16(message + IDENTIFIER_AT), get16(message + SEQUENCE_AT),
                      len - ICMP_HEADER_BYTES);
}

int echo_send(struct udp_socket *socket, const struct endpoint *to, const void *data, size_t len,
              uint64_t now_ns)
{
    struct stack *stack = socket->stack;
    bool v6 = !address_is_v4(&to->address);
    struct packet packet = {
        .source = socket->info.local.address,
        .destination = to->address,
        .protocol = v6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP,
        .ttl = socket->ttl,
        .length = len,
    };
    int error;

    if (len < ICMP_HEADER_BYTES ||
        *(const uint8_t *)data != (v6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO_REQUEST))
        return -EINVAL;
    error = ip_begin(stack, &packet);
    if (error < 0)
        return error;
    memcpy(packet.payload, data, len);
    packet.payload[1] = 0;
    put16(packet.payload + IDENTIFIER_AT, socket->info.local.port);
    icmp_sum(&packet);
    tell(stack, "echo request to", &to->address, packet.payload, len, now_ns);
    stack->counters.icmp_out_msgs++;
    ip_send(stack, &packet, -1, now_ns);
    return 0;
}

void echo_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    struct endpoint local = {in->destination, get16(in->payload + IDENTIFIER_AT)};
    struct endpoint from = {in->source, 0};
    struct udp_socket *socket = udp_find(stack->udp, true, &local, &from);

    if (!socket)
        return;
    tell(stack, "echo reply from", &in->source, in->payload, in->length, now_ns);
    socket->info.datagrams_received++;
    if (socket->handler.receive)
        socket->handler.receive(socket->handler.user, &from, in->payload, in->length, now_ns);
}

/* The payload is the request that we sent. */
static struct udp_socket *error_socket(const struct stack *stack, const struct icmp_error *error,
                                       struct endpoint *to)
{
    struct endpoint local = {error->source, get16(error->payload + IDENTIFIER_AT)};
    uint8_t request = address_is_v4(&error->source) ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST;

    *to = (struct endpoint){error->destination, 0};
    return error->payload[0] == request ? udp_find(stack->udp, true, &local, to) : NULL;
}

bool echo_icmp_believed(const struct stack *stack, const struct icmp_error *error)
{
    struct endpoint to;

    return error_socket(stack, error, &to) != NULL;
}

void echo_icmp_error(struct stack *stack, const struct icmp_error *error, uint64_t now_ns)
{
    struct endpoint to;
    struct udp_socket *socket = error_socket(stack, error, &to);

    if (socket && socket->handler.error)
        socket->handler.error(socket->handler.user, &to, error->error, now_ns);
}
