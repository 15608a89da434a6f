/* Calls on datagrams. See calls.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/calls.h"

#include <errno.h>

static void received(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                     uint64_t now_ns)
{
    struct socket *socket = user;
    struct datagram *datagram = script_allocate(socket->calls->script, sizeof *datagram);
    (void)from, (void)now_ns;
    datagram->length = (uint32_t)len;
    for (uint32_t i = 0; i < len; i++)
        if (data[i] != flow_byte(false, i))
            socket->error = -EFAULT; /* not what the peer has sent: no script expects this */
    *socket->datagrams_end = datagram;
    socket->datagrams_end = &datagram->next;
}

static void failed(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    struct socket *socket = user;
    (void)to, (void)now_ns;
    socket->error = error;
}

void datagram_open(struct calls *calls, struct socket *socket)
{
    const struct udp_handler handler = {received, failed, socket};
    socket->datagrams_end = &socket->datagrams;
    if (udp_open(calls->host->stack, &socket->udp, &handler))
        script_fail(calls->script, calls->call->at, "no UDP socket could be opened");
}

int64_t datagram_send(struct calls *calls, struct socket *socket, const struct endpoint *to)
{
    uint32_t length = (uint32_t)call_number(calls, 2);
    uint8_t *data = script_allocate(calls->script, length + 1);
    int error = socket_take_error(socket);
    if (error)
        return error;
    for (uint32_t i = 0; i < length; i++)
        data[i] = flow_byte(true, i);
    int result = udp_send(socket->udp, to, data, length, calls->host->now_ns);
    return result ? result : (int64_t)length;
}

int64_t datagram_receive(struct calls *calls, struct socket *socket)
{
    struct datagram *first = socket->datagrams;
    int64_t most = call_number(calls, 2);
    int error = socket_take_error(socket);
    if (error)
        return error;
    if (!first)
        return socket->nonblocking ? -EAGAIN : CALL_BLOCKS;
    socket->datagrams = first->next;
    if (!first->next)
        socket->datagrams_end = &socket->datagrams;
    return first->length < most ? first->length : most;
}
