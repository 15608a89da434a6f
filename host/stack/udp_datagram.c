/* UDP datagrams: out, in, and errors about them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/dhcp.h"
#include "host/stack/dhcp6.h"
#include "host/stack/icmp.h"
#include "host/stack/ip_internal.h"
#include "host/stack/stack_internal.h"
#include "host/stack/udp_internal.h"

enum { CHECKSUM_AT = 6 };

/* Addresses are put into words only if somebody reads them: this is the path of a packet. */
static void tell(const struct udp_socket *socket, const char *verb, size_t len,
                 const char *preposition, const struct endpoint *peer, uint64_t now_ns)
{
    const struct journal *journal = socket->stack->config.journal;
    char text[ADDRESS_TEXT_BYTES];

    if (journal_wants(journal, JOURNAL_EVENT))
        journal_write(journal, now_ns, JOURNAL_EVENT, "udp", "port %u %s %zu bytes %s %s",
                      socket->info.local.port, verb, len, preposition, endpoint_format(peer, text));
}

void udp_send_begun(struct stack *stack, struct packet *packet, uint16_t from, uint16_t to,
                    const void *data, uint64_t now_ns)
{
    put16(packet->payload, from);
    put16(packet->payload + 2, to);
    put16(packet->payload + 4, (uint16_t)packet->length);
    if (packet->length > UDP_HEADER_BYTES)
        memcpy(packet->payload + UDP_HEADER_BYTES, data, packet->length - UDP_HEADER_BYTES);
    stack->counters.udp_out_datagrams++;
    ip_send(stack, packet, CHECKSUM_AT, now_ns);
}

static int send_datagram(struct udp_socket *socket, const struct endpoint *to, const void *data,
                         size_t len, uint64_t now_ns)
{
    struct stack *stack = socket->stack;
    struct packet packet = {
        .source = socket->info.local.address,
        .destination = to->address,
        .protocol = PROTOCOL_UDP,
        .ttl = socket->ttl,
        .length = UDP_HEADER_BYTES + len,
    };
    int error = ip_begin(stack, &packet);

    if (error < 0)
        return error;
    tell(socket, "sends", len, "to", to, now_ns);
    udp_send_begun(stack, &packet, socket->info.local.port, to->port, data, now_ns);
    return 0;
}

int udp_send(struct udp_socket *socket, const struct endpoint *to, const void *data, size_t len,
             uint64_t now_ns)
{
    int error;

    if (!to && !socket->connected)
        return -EDESTADDRREQ;
    if (!to)
        to = &socket->info.remote;
    if (len > UDP_MAX_DATA)
        return -EMSGSIZE;
    if (ip_is_broadcast(socket->stack, &to->address))
        return -EACCES;
    error = udp_ensure_bound(socket, &to->address);
    if (error < 0)
        return error;
    if (socket->info.icmp)
        error = echo_send(socket, to, data, len, now_ns);
    else
        error = send_datagram(socket, to, data, len, now_ns);
    if (error < 0)
        return error;
    socket->info.last_send_ns = now_ns;
    socket->info.datagrams_sent++;
    return 0;
}

/* The datagram's length as its header tells it, or 0 if length or checksum lies. A checksum of 0 is
 * none (RFC 768), which IPv6 does not allow (RFC 8200, 8.1). */
static size_t check_datagram(const struct ip_input *in)
{
    size_t length;

    if (in->length < UDP_HEADER_BYTES)
        return 0;
    length = get16(in->payload + 4);
    if (length < UDP_HEADER_BYTES || length > in->length)
        return 0;
    if (in->checksum_verified)
        return length;
    if (get16(in->payload + CHECKSUM_AT) == 0)
        return address_is_v4(&in->source) ? length : 0;
    return checksum_fold(
               checksum_add(checksum_pseudo(&in->source, &in->destination, PROTOCOL_UDP, length),
                            in->payload, length)) == 0
               ? length
               : 0;
}

/* DHCP's own datagrams have no socket. */
static bool is_dhcp(const struct stack *stack, const struct endpoint *from,
                    const struct endpoint *to)
{
    return to->port == DHCP_CLIENT_PORT && from->port == DHCP_SERVER_PORT &&
           address_is_v4(&from->address) && dhcp_is_active(stack);
}

static bool is_dhcp6(const struct stack *stack, const struct endpoint *from,
                     const struct endpoint *to)
{
    return to->port == DHCP6_CLIENT_PORT && from->port == DHCP6_SERVER_PORT &&
           !address_is_v4(&from->address) && dhcp6_is_active(stack);
}

static void deliver(struct stack *stack, struct udp_socket *socket, const struct endpoint *from,
                    const uint8_t *data, size_t len, uint64_t now_ns)
{
    tell(socket, "receives", len, "from", from, now_ns);
    stack->counters.udp_in_datagrams++;
    socket->info.datagrams_received++;
    if (socket->handler.receive)
        socket->handler.receive(socket->handler.user, from, data, len, now_ns);
}

void udp_input(struct stack *stack, const struct ip_input *in, uint64_t now_ns)
{
    size_t length = check_datagram(in);
    struct endpoint from, to;
    struct udp_socket *socket;

    if (length == 0) {
        stack->counters.udp_in_errors++;
        return;
    }
    from = (struct endpoint){in->source, get16(in->payload)};
    to = (struct endpoint){in->destination, get16(in->payload + 2)};
    if (is_dhcp(stack, &from, &to) || is_dhcp6(stack, &from, &to)) {
        stack->counters.udp_in_datagrams++;
        (to.port == DHCP_CLIENT_PORT ? dhcp_input : dhcp6_input)(stack, &from.address,
                                                                 in->payload + UDP_HEADER_BYTES,
                                                                 length - UDP_HEADER_BYTES, now_ns);
        return;
    }
    socket = udp_find(stack->udp, false, &to, &from);
    if (socket) {
        deliver(stack, socket, &from, in->payload + UDP_HEADER_BYTES, length - UDP_HEADER_BYTES,
                now_ns);
        return;
    }
    stack->counters.udp_no_ports++;
    icmp_refuse(stack, in, REFUSE_PORT, now_ns);
}

static struct udp_socket *error_socket(const struct stack *stack, const struct icmp_error *error,
                                       struct endpoint *remote)
{
    struct endpoint local = {error->source, get16(error->payload)};

    *remote = (struct endpoint){error->destination, get16(error->payload + 2)};
    return udp_find(stack->udp, false, &local, remote);
}

bool udp_icmp_believed(const struct stack *stack, const struct icmp_error *error)
{
    struct endpoint remote;

    return error_socket(stack, error, &remote) != NULL;
}

void udp_icmp_error(struct stack *stack, const struct icmp_error *error, uint64_t now_ns)
{
    struct endpoint remote;
    struct udp_socket *socket = error_socket(stack, error, &remote);

    if (socket && socket->handler.error)
        socket->handler.error(socket->handler.user, &remote, error->error, now_ns);
}
