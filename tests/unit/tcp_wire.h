/* What the two stacks of tcp_net.h share with the wire between them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_TCP_WIRE_H
#define TESTS_UNIT_TCP_WIRE_H

#include "tests/unit/tcp_net.h"

/* A frame on its way, in the order of arrival. */
struct wire_frame {
    uint64_t arrives_ns;
    int to;
    size_t len;
    uint8_t *bytes;
    struct wire_frame *next;
    bool held; /* by its station's device */
};

/* Sends the len bytes that station (number from) has reserved as vnet asks: sums them, or cuts them into segments. Every
 * segment is checked and listed, then lost or delayed as the test wants. */
void tcp_wire_send(struct tcp_station *station, int from, const struct vnet_header *vnet,
                   size_t len);

#endif
