/* A UDP socket of ours that hears what an IPv6 neighbour sends. See net6_heard.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "tests/unit/net6_heard.h"

static void heard_data(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                       uint64_t now_ns)
{
    struct heard *heard = user;

    (void)now_ns;
    heard->count++;
    heard->from = *from;
    heard->len = len;
    memcpy(heard->data, data, len);
}

static void heard_error(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    (void)to, (void)now_ns;
    ((struct heard *)user)->error = error;
}

struct heard *heard_start(struct net *net)
{
    struct heard *heard = calloc(1, sizeof *heard);
    struct udp_handler handler = {heard_data, heard_error, heard};
    struct endpoint any = {.port = HEARD_PORT};

    net6_start(net);
    net6_router(net, 1800, 36000, 36000);
    net_run(net, 5 * NET_S);
    net_forget(net);
    net6_meet(net, &NET6_PEER);
    assert_int_equal(udp_open(net->stack, &heard->socket, &handler), 0);
    assert_int_equal(udp_bind(heard->socket, &any), 0);
    net_forget(net);
    return heard;
}

void heard_stop(struct net *net, struct heard *heard)
{
    udp_close(heard->socket);
    free(heard);
    net_stop(net);
}

struct net6_packet heard_from_peer(const struct net *net, uint8_t next, const void *payload,
                                   size_t length)
{
    return (struct net6_packet){.source = NET6_PEER,
                                .destination = net6_own(net, ADDRESS6_AUTOCONF).address,
                                .next = next,
                                .payload = payload,
                                .length = length};
}

const uint8_t HEARD_DATAGRAM[12] = {0, 7, 0, HEARD_PORT, 0, 12, 0, 0, 'd', 'a', 't', 'a'};

void heard_datagram_behind(struct net *net, uint8_t next, const uint8_t *headers, size_t len)
{
    uint8_t payload[2048], frame[128];
    struct net6_packet plain = heard_from_peer(net, 17, HEARD_DATAGRAM, sizeof HEARD_DATAGRAM),
                       packet;

    net6_build(&plain, 6, frame);
    memcpy(payload, headers, len);
    memcpy(payload + len, frame + 54, sizeof HEARD_DATAGRAM);
    packet = heard_from_peer(net, next, payload, len + sizeof HEARD_DATAGRAM);
    net6_in(net, &packet, NET_NO_CSUM);
}

int heard_problem(struct net *net, uint32_t *pointer)
{
    struct net6_packet answer;

    if (!net6_take(net, &answer))
        return -1;
    assert_int_equal(answer.next, 58);
    assert_int_equal(answer.payload[0], 4);
    *pointer = get32(answer.payload + 4);
    return answer.payload[1];
}
