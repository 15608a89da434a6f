/* Datagram descriptors: UDP or ICMP echo on one side, a SOCK_SEQPACKET pair on the other.
 *
 * SPDX-License-Identifier: MIT
 *
 * A message that the device has no room for stays in the pair (it is only looked at before it
 * is sent), so the program's own send blocks in the end. What a program does not read is
 * dropped and counted, as UDP does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "host/engine/engine_internal.h"
#include "host/socket/ferrite.h"

enum {
    ICMP_ECHO_REPLY = 0,
    ICMPV6_ECHO_REPLY = 129,
    ICMP_HEADER_BYTES = 8,
    ICMP_SEQUENCE_AT = 6,
    MESSAGES_A_TURN = 64
};

static void datagram_deliver(struct descriptor *d, struct fe_datagram_header *header,
                             const struct endpoint *peer, const uint8_t *data, size_t len)
{
    struct iovec pieces[2] = {{header, sizeof *header}, {(void *)data, len}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};

    memcpy(header->address, peer->address.bytes, sizeof header->address);
    header->port = peer->port;
    header->family = (uint16_t)d->family;
    header->received_ns = d->engine->now_ns;
    if (sendmsg(d->source.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        d->engine->datagrams_dropped++;
}

static uint16_t echo_sequence(const uint8_t *message)
{
    return (uint16_t)(message[ICMP_SEQUENCE_AT] << 8 | message[ICMP_SEQUENCE_AT + 1]);
}

static void datagram_received(void *user, const struct endpoint *from, const uint8_t *data,
                              size_t len, uint64_t now_ns)
{
    struct descriptor *d = user;
    struct fe_datagram_header header = {0};

    (void)now_ns;
    if (d->icmp && len >= ICMP_HEADER_BYTES &&
        data[0] == (address_is_v4(&from->address) ? ICMP_ECHO_REPLY : ICMPV6_ECHO_REPLY)) {
        uint16_t sequence = echo_sequence(data);
        if (d->echo[sequence % ECHO_TIMES].sequence == sequence)
            header.sent_ns = d->echo[sequence % ECHO_TIMES].sent_ns;
    }
    journal_write(d->engine->journal, d->engine->now_ns, JOURNAL_EVENT, "socket",
                  "socket %u: a datagram of %zu bytes handed to %s", d->number, len,
                  d->owner.program);
    datagram_deliver(d, &header, from, data, len);
}

static void datagram_failed(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    struct fe_datagram_header header = {.error = error};

    (void)now_ns;
    datagram_deliver(user, &header, to, NULL, 0);
}

int datagram_open(struct descriptor *d, bool icmp)
{
    const struct udp_handler handler = {datagram_received, datagram_failed, d};

    int error = (icmp ? icmp_open : udp_open)(d->engine->stack, &d->udp, &handler);

    d->icmp = icmp;
    d->v6only = icmp && d->family == FE_FAMILY_IPV6; /* ICMPv6 has no peers of IPv4 */
    return error || !d->v6only ? error : udp_set_v6only(d->udp, true);
}

/* A socket of IPv6 without a port takes one on both families before it is used, not only on its first peer's. */
static int datagram_bind(struct descriptor *d)
{
    const struct endpoint any = {.port = 0};
    struct udp_info info;

    udp_info(d->udp, &info);
    return d->family == FE_FAMILY_IPV6 && !info.local.port ? udp_bind(d->udp, &any) : 0;
}

int datagram_connect(struct descriptor *d, const struct endpoint *remote)
{
    int error = datagram_bind(d);

    return error ? error : udp_connect(d->udp, remote);
}

static int datagram_send(struct descriptor *d, uint32_t family, const struct endpoint *to,
                         const uint8_t *data, size_t len)
{
    int error = 0;

    if (family != FE_FAMILY_ANY && family != d->family)
        error = -EAFNOSUPPORT;
    else if (family != FE_FAMILY_ANY && d->v6only && address_is_v4(&to->address))
        error = -ENETUNREACH;
    if (!error)
        error = datagram_bind(d);
    if (!error)
        error = udp_send(d->udp, family == FE_FAMILY_ANY ? NULL : to, data, len, d->engine->now_ns);
    if (error == 0 && d->icmp && len >= ICMP_HEADER_BYTES) {
        uint16_t sequence = echo_sequence(data);
        d->echo[sequence % ECHO_TIMES].sequence = sequence;
        d->echo[sequence % ECHO_TIMES].sent_ns = d->engine->now_ns;
    }
    return error;
}

static void datagram_free(struct descriptor *d)
{
    udp_close(d->udp);
    d->udp = NULL;
    descriptor_free(d);
}

/* Sends the message that is first in the pair. Returns 0 if it is done with, -EAGAIN if there
 * is none or no room, -EPIPE at the end. */
static int datagram_forward(struct descriptor *d)
{
    uint8_t *message = d->engine->message;
    struct fe_datagram_header header;
    struct endpoint to = {0};
    ssize_t got =
        recv(d->source.fd, message, sizeof d->engine->message, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    struct pollfd look = {.fd = d->source.fd, .events = POLLRDHUP};
    int error = -EINVAL;

    if (got < 0)
        return errno == EAGAIN ? -EAGAIN : -EPIPE;
    if (got == 0 && poll(&look, 1, 0) == 1)
        return -EPIPE;
    if (got >= (ssize_t)sizeof header && got <= (ssize_t)(sizeof header + DATAGRAM_BYTES)) {
        memcpy(&header, message, sizeof header);
        memcpy(to.address.bytes, header.address, sizeof to.address.bytes);
        to.port = header.port;
        error = datagram_send(d, header.family, &to, message + sizeof header,
                              (size_t)got - sizeof header);
    }
    if (error == -EAGAIN)
        return error;
    recv(d->source.fd, message, 0, MSG_TRUNC | MSG_DONTWAIT);
    if (error)
        datagram_failed(d, &to, error, d->engine->now_ns);
    return 0;
}

void datagram_turn(struct descriptor *d)
{
    struct pollfd look = {.fd = d->source.fd, .events = POLLIN};
    int error = 0;

    for (int i = 0; i < MESSAGES_A_TURN && error == 0; i++)
        error = datagram_forward(d);
    if (poll(&look, 1, 0) == 1 && (look.revents & POLLHUP) && error != 0 && error != -EAGAIN) {
        datagram_free(d);
        return;
    }
    /* With a message left there that found no room, device_room comes to wake us. */
    d->source.events =
        error == -EPIPE || (error == -EAGAIN && (look.revents & POLLIN)) ? 0 : POLLIN;
}

void datagram_ready(struct engine *engine, struct source *source, short revents)
{
    (void)engine;
    (void)revents;
    descriptor_work((struct descriptor *)source); /* source is its first member */
}

void datagram_end(struct descriptor *d, int error)
{
    struct fe_datagram_header header = {.error = error};
    const struct endpoint nobody = {0};

    datagram_deliver(d, &header, &nobody, NULL, 0);
    ended_remember(d->engine, d->cookie, "", error, strerror(-error));
    datagram_free(d);
}
