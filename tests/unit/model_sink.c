/* Collects what the C model sends for a record.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "sim/model/segment.h"
#include "tests/unit/model_sink.h"

struct sink sink;

static void sink_take(void *user, const uint8_t *frame, size_t length)
{
    assert_ptr_equal(user, &sink);
    assert_true(sink.count < SINK_FRAMES && length <= MODEL_FRAME_BYTES);
    if (sink.length + length > sink.room) {
        sink.room = 2 * (sink.length + length);
        sink.bytes = realloc(sink.bytes, sink.room);
    }
    memcpy(sink.bytes + sink.length, frame, length);
    sink.length += length;
    sink.at[++sink.count] = sink.length;
}

int sink_run(const struct vnet_header *vnet, const uint8_t *frame, size_t length)
{
    uint8_t *exact = malloc(length);
    int count;

    memcpy(exact, frame, length);
    sink.count = sink.length = 0;
    count = model_send(vnet, exact, length, sink_take, &sink);
    free(exact);
    assert_int_equal(sink.count, count < 0 ? 0 : count);
    return count;
}

uint8_t sink_gso(const struct packet_shape *shape)
{
    return shape->udp ? VNET_GSO_UDP_L4 : shape->v6 ? VNET_GSO_TCPV6 : VNET_GSO_TCPV4;
}

void sink_free(void)
{
    free(sink.bytes);
    sink.bytes = NULL;
    sink.room = 0;
}
