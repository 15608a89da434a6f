/* A DHCP server in a test's hand.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "tests/unit/dhcp_server.h"

static const uint8_t *option(const uint8_t *message, size_t len, uint8_t code)
{
    for (size_t at = 240; at + 1 < len && message[at] != 255;
         at += message[at] ? 2u + message[at + 1] : 1)
        if (message[at] == code)
            return message + at + 1;
    return NULL;
}

static uint32_t option32(const uint8_t *message, size_t len, uint8_t code)
{
    const uint8_t *found = option(message, len, code);

    return found && found[0] == 4 ? get32(found + 1) : 0;
}

bool dhcp_take(struct net *net, struct dhcp_asked *out)
{
    const struct net_frame *frame = net_take(net);
    const uint8_t *message;
    size_t len;

    while (frame && get16(frame->bytes + 12) != 0x0800)
        frame = net_take(net);
    if (!frame)
        return false;
    message = frame->bytes + 42;
    len = frame->len - 42;
    assert_int_equal(get16(frame->bytes + 34), 68);
    assert_int_equal(get16(frame->bytes + 36), 67);
    assert_true(len >= 300);
    assert_int_equal(message[0], 1);
    assert_int_equal(get32(message + 236), 0x63825363);
    assert_memory_equal(message + 28, NET_MAC, 6);
    *out = (struct dhcp_asked){
        .xid = get32(message + 4),
        .source = get32(frame->bytes + 26),
        .destination = get32(frame->bytes + 30),
        .client = get32(message + 12),
        .type = option(message, len, 53)[1],
        .requested = option32(message, len, 50),
        .server = option32(message, len, 54),
        .time_ns = frame->time_ns,
    };
    return true;
}

struct dhcp_asked dhcp_question_next(struct net *net, uint8_t type)
{
    struct dhcp_asked asked = {0};

    assert_true(dhcp_take(net, &asked));
    assert_int_equal(asked.type, type);
    return asked;
}

size_t dhcp_answer_write(uint8_t *message, uint8_t type, uint32_t xid, uint32_t yours)
{
    static const uint8_t options[] = {54,
                                      4,
                                      10,
                                      0,
                                      2,
                                      2,
                                      1,
                                      4,
                                      255,
                                      255,
                                      255,
                                      0,
                                      3,
                                      4,
                                      10,
                                      0,
                                      2,
                                      2,
                                      6,
                                      8,
                                      10,
                                      0,
                                      2,
                                      3,
                                      10,
                                      0,
                                      2,
                                      4,
                                      51,
                                      4,
                                      0,
                                      0,
                                      DHCP_LEASE_S >> 8,
                                      DHCP_LEASE_S & 255,
                                      255};

    memset(message, 0, 240);
    message[0] = 2;
    message[1] = 1;
    message[2] = 6;
    put32(message + 4, xid);
    put32(message + 16, yours);
    memcpy(message + 28, NET_MAC, 6);
    put32(message + 236, 0x63825363);
    memcpy(message + 240, (uint8_t[]){53, 1, type}, 3);
    memcpy(message + 243, options, sizeof options);
    return 243 + sizeof options;
}

void dhcp_message_in(struct net *net, const uint8_t *message, size_t len, uint32_t destination)
{
    uint8_t *frame = malloc(42 + len);

    net_headers(frame, NET_PEER, destination, PROTOCOL_UDP, 8 + len);
    put16(frame + 34, 67);
    put16(frame + 36, 68);
    put16(frame + 38, (uint16_t)(8 + len));
    put16(frame + 40, 0);
    memcpy(frame + 42, message, len);
    net_frame_in(net, frame, 42 + len);
    free(frame);
}

void dhcp_answer(struct net *net, uint8_t type, const struct dhcp_asked *asked, uint32_t yours)
{
    uint8_t message[300];

    dhcp_message_in(net, message, dhcp_answer_write(message, type, asked->xid, yours),
                    type == SAY_NAK ? 0xffffffff : yours);
}
