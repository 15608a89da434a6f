/* Multicast listener messages as a router on the link has them. See mld_net.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "host/stack/bytes.h"
#include "tests/unit/mld_net.h"

const struct address MLD_NOBODY;

static const struct address LISTENERS = {{0xff, 2, [15] = 0x16}};

static struct address group_of(const struct address *own)
{
    return (struct address){
        {0xff, 2, [11] = 1, 0xff, own->bytes[13], own->bytes[14], own->bytes[15]}};
}

struct address mld_own_group(const struct net *net, unsigned origin)
{
    struct address own = net6_own(net, origin).address;

    return group_of(&own);
}

bool mld_take(struct net *net, struct net6_packet *packet, const uint8_t **message)
{
    static const uint8_t alert[8] = {58, 0, 5, 2, 0, 0, 1, 0};
    uint32_t sum = 58;

    if (!net6_find(net, 0, -1, packet))
        return false;
    assert_memory_equal(packet->payload, alert, sizeof alert);
    assert_int_equal(packet->hop_limit, 1);
    assert_memory_equal(packet->mac, ((uint8_t[]){0x33, 0x33}), 2);
    assert_memory_equal(packet->mac + 2, packet->destination.bytes + 12, 4);
    *message = packet->payload + 8;
    sum += (uint32_t)packet->length - 8;
    for (size_t at = 8; at < 40; at += 2)
        sum += get16(packet->header + at);
    assert_int_equal(net_sum(sum, *message, packet->length - 8), 0);
    return true;
}

struct net6_packet mld_expect(struct net *net, uint8_t type, const struct address *group)
{
    struct net6_packet packet;
    const uint8_t *message;

    assert_true(mld_take(net, &packet, &message));
    assert_true(address_equal(&packet.destination, &LISTENERS));
    assert_int_equal(packet.length, 8 + 8 + 20);
    assert_int_equal(message[0], MLD_REPORT);
    assert_int_equal(get16(message + 6), 1);
    assert_int_equal(get32(message + 8), (uint32_t)type << 24); /* without sources or more data */
    assert_memory_equal(message + 12, group->bytes, 16);
    return packet;
}

void mld_expect_nothing(struct net *net)
{
    struct net6_packet packet;
    const uint8_t *message;

    assert_false(mld_take(net, &packet, &message));
}

void mld_in(struct net *net, uint8_t type, const struct address *destination, const uint8_t *body,
            size_t len, enum mld_fault fault)
{
    uint8_t plain[2048], frame[2200], payload[2100] = {58, 0, 5, 2, 0, 0, 1, 0};
    struct net6_packet packet = {
        .source = fault == MLD_NOT_LINK_LOCAL ? NET6_PEER : NET6_ROUTER,
        .destination = *destination,
        .next = 58,
        .hop_limit = fault == MLD_FAR ? 2 : 1,
        .payload = plain,
        .length = 4 + len,
    };

    if (fault == MLD_NO_ALERT)
        memset(payload + 2, 0, 6);
    memset(plain, 0, 4);
    plain[0] = type;
    memcpy(plain + 4, body, len);
    net6_build(&packet, 2, frame);
    memcpy(payload + 8, frame + 54, packet.length);
    packet.next = 0;
    packet.payload = payload;
    packet.length += 8;
    net6_in(net, &packet, NET_NO_CSUM);
}

void mld_query(struct net *net, const struct address *group, uint16_t delay, size_t len,
               enum mld_fault fault)
{
    uint8_t body[24] = {0};
    const struct address *to = address_equal(group, &MLD_NOBODY) ? &NET6_ALL_NODES : group;

    put16(body, delay);
    memcpy(body + 4, group->bytes, 16);
    mld_in(net, MLD_QUERY, to, body, len - 4, fault);
}

void mld_start(struct net *net, uint32_t valid_s)
{
    net6_start(net);
    net6_router(net, 1800, valid_s, 3600);
    net_run(net, 5 * NET_S);
    net_forget(net);
}
