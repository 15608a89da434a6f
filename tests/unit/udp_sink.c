/* A UDP socket that keeps what it receives. See udp_sink.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/udp_sink.h"

static void note(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                 uint64_t now_ns)
{
    struct udp_sink *received = user;

    (void)now_ns;
    received->count++;
    received->len = len;
    received->from = *from;
    memcpy(received->bytes, data, len);
}

struct udp_socket *udp_sink_open(struct net *net, struct udp_sink *received, uint16_t port)
{
    struct udp_handler handler = {.receive = note, .user = received};
    struct endpoint local = {address_v4(0), port};
    struct udp_socket *socket;

    received->count = 0;
    assert_int_equal(udp_open(net->stack, &socket, &handler), 0);
    assert_int_equal(udp_bind(socket, &local), 0);
    return socket;
}
