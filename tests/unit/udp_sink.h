/* A UDP socket on the stack of a test's network, and what it received last.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_UDP_SINK_H
#define TESTS_UNIT_UDP_SINK_H

#include "host/stack/udp.h"
#include "tests/unit/stack_net.h"

struct udp_sink {
    int count;
    size_t len;
    uint8_t bytes[65536];
    struct endpoint from;
};

/* Binds a socket to port; udp_close it. */
struct udp_socket *udp_sink_open(struct net *net, struct udp_sink *received, uint16_t port);

#endif
