/* Multicast listener discovery: RFC 3810, RFC 2710, RFC 3590.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "host/stack/bytes.h"
#include "tests/unit/net6.h"

enum { QUERY = 130, REPORT1 = 131, DONE = 132, REPORT = 143, IS_EX = 2, TO_IN = 3, TO_EX = 4 };

static const struct address NOBODY, LISTENERS = {{0xff, 2, [15] = 0x16}};

static struct address group_of(const struct address *own)
{
    return (struct address){
        {0xff, 2, [11] = 1, 0xff, own->bytes[13], own->bytes[14], own->bytes[15]}};
}

static struct address own_group(const struct net *net, unsigned origin)
{
    struct address own = net6_own(net, origin).address;

    return group_of(&own);
}

/* The next multicast listener message, behind its router alert, with a right checksum; *message starts at its type. */
static bool take(struct net *net, struct net6_packet *packet, const uint8_t **message)
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

/* The next report has one record, of that type for group. */
static struct net6_packet expect(struct net *net, uint8_t type, const struct address *group)
{
    struct net6_packet packet;
    const uint8_t *message;

    assert_true(take(net, &packet, &message));
    assert_true(address_equal(&packet.destination, &LISTENERS));
    assert_int_equal(packet.length, 8 + 8 + 20);
    assert_int_equal(message[0], REPORT);
    assert_int_equal(get16(message + 6), 1);
    assert_int_equal(get32(message + 8), (uint32_t)type << 24); /* without sources or more data */
    assert_memory_equal(message + 12, group->bytes, 16);
    return packet;
}

static void expect_nothing(struct net *net)
{
    struct net6_packet packet;
    const uint8_t *message;

    assert_false(take(net, &packet, &message));
}

enum fault { SOUND, NO_ALERT, FAR, NOT_LINK_LOCAL };

/* A message to destination of a router, len bytes of it behind type and code. */
static void message_in(struct net *net, uint8_t type, const struct address *destination,
                       const uint8_t *body, size_t len, enum fault fault)
{
    uint8_t plain[2048], frame[2200], payload[2100] = {58, 0, 5, 2, 0, 0, 1, 0};
    struct net6_packet packet = {
        .source = fault == NOT_LINK_LOCAL ? NET6_PEER : NET6_ROUTER,
        .destination = *destination,
        .next = 58,
        .hop_limit = fault == FAR ? 2 : 1,
        .payload = plain,
        .length = 4 + len,
    };

    if (fault == NO_ALERT)
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

/* A question about group, or all of them with NOBODY; len is 24 in version 1, 28 in version 2. */
static void query(struct net *net, const struct address *group, uint16_t delay, size_t len,
                  enum fault fault)
{
    uint8_t body[24] = {0};
    const struct address *to = address_equal(group, &NOBODY) ? &NET6_ALL_NODES : group;

    put16(body, delay);
    memcpy(body + 4, group->bytes, 16);
    message_in(net, QUERY, to, body, len - 4, fault);
}

/* A stack with a link-local address and, for valid_s from 5 s ago on, a global one, its groups reported. */
static void start(struct net *net, uint32_t valid_s)
{
    net6_start(net);
    net6_router(net, 1800, valid_s, 3600);
    net_run(net, 5 * NET_S);
    net_forget(net);
}

static void reports_a_group_twice_when_it_joins_and_before_it_asks_for_the_address(void **state)
{
    struct net net;
    struct net6_packet first, probe, second;

    (void)state;
    struct stack_config config = net_config(&net);
    config.ipv6 = true;
    net_start_with(&net, &config);
    struct address group = own_group(&net, ADDRESS6_LINK_LOCAL);
    net_run(&net, 10 * NET_S);
    first = expect(&net, TO_EX, &group);
    assert_true(address_equal(&first.source, &NOBODY)); /* RFC 3590 */
    assert_true(net6_take(&net, &probe));
    assert_int_equal(probe.payload[0], 135);
    second = expect(&net, TO_EX, &group);
    assert_in_range(second.time_ns - first.time_ns, 1, NET_S);
    expect_nothing(&net);
    net6_router(&net, 1800, 3600, 3600);
    net_run(&net, 5 * NET_S);
    group = own_group(&net, ADDRESS6_AUTOCONF);
    struct address own = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    first = expect(&net, TO_EX, &group);
    assert_true(address_equal(&first.source, &own));
    expect(&net, TO_EX, &group);
    expect_nothing(&net);
    net_stop(&net);
}

static void reports_a_group_twice_when_it_leaves(void **state)
{
    struct net net;

    (void)state;
    start(&net, 7300);
    struct address group = own_group(&net, ADDRESS6_AUTOCONF);
    net_run(&net, 7295 * NET_S - NET_MS);
    query(&net, &group, 100, 28, SOUND); /* what it leaves it does not say that it listens to */
    net_run(&net, 5 * NET_S);
    assert_false(net6_has(&net, ADDRESS6_AUTOCONF));
    expect(&net, TO_IN, &group);
    expect(&net, TO_IN, &group);
    query(&net, &NOBODY, 0, 28, SOUND);
    net_run(&net, NET_S);
    group = own_group(&net, ADDRESS6_LINK_LOCAL);
    expect(&net, IS_EX, &group);
    expect_nothing(&net);
    net_stop(&net);
}

static void answers_for_all_groups_in_one_report_in_time(void **state)
{
    struct net net;
    struct net6_packet packet;
    const uint8_t *message;

    (void)state;
    start(&net, 3600);
    uint64_t asked_ns = net.now_ns;
    query(&net, &NOBODY, 2000, 28, SOUND);
    query(&net, &NOBODY, 30000, 28, SOUND); /* the first is to be answered still */
    net_run(&net, 40 * NET_S);
    assert_true(take(&net, &packet, &message));
    assert_int_equal(get16(message + 6), 2);
    assert_int_equal(message[8], IS_EX);
    assert_int_equal(message[28], IS_EX);
    struct address first = own_group(&net, ADDRESS6_LINK_LOCAL);
    struct address second = own_group(&net, ADDRESS6_AUTOCONF);
    assert_memory_equal(message + 12, first.bytes, 16);
    assert_memory_equal(message + 32, second.bytes, 16);
    assert_in_range(packet.time_ns - asked_ns, 0, 2 * NET_S);
    expect_nothing(&net);
    net_stop(&net);
}

static void answers_for_the_group_that_is_asked_for(void **state)
{
    struct net net;

    (void)state;
    start(&net, 3600);
    struct address group = own_group(&net, ADDRESS6_AUTOCONF);
    query(&net, &group, 100, 28, SOUND);
    net_run(&net, NET_S);
    expect(&net, IS_EX, &group);
    expect_nothing(&net);
    net_stop(&net);
}

/* RFC 3810, 5.1.3: 0x8000 is 4096 << 3 ms. */
static void understands_a_long_delay(void **state)
{
    struct net net;
    uint64_t latest = 0;

    (void)state;
    start(&net, 3600);
    struct address group = own_group(&net, ADDRESS6_AUTOCONF);
    for (int i = 0; i < 20; i++) {
        uint64_t asked_ns = net.now_ns;

        query(&net, &group, 0x8000, 28, SOUND);
        net_run(&net, 40 * NET_S);
        struct net6_packet packet = expect(&net, IS_EX, &group);
        assert_in_range(packet.time_ns - asked_ns, 0, 32768 * NET_MS);
        if (packet.time_ns - asked_ns > latest)
            latest = packet.time_ns - asked_ns;
    }
    assert_true(latest > 16 * NET_S);
    net_stop(&net);
}

static void answers_no_question_that_is_not_a_routers_on_the_link(void **state)
{
    static const enum fault faults[] = {NO_ALERT, FAR, NOT_LINK_LOCAL};
    struct net net;
    uint8_t sources[24] = {[23] = 1}; /* a source that is not there */

    (void)state;
    start(&net, 3600);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        query(&net, &NOBODY, 0, 28, faults[i]);
    query(&net, &NOBODY, 0, 26, SOUND); /* of no version */
    query(&net, &NOBODY, 0, 20, SOUND);
    message_in(&net, QUERY, &NET6_ALL_NODES, sources, sizeof sources, SOUND);
    net_run(&net, 20 * NET_S);
    expect_nothing(&net);
    assert_int_equal(stack_counters(net.stack)->mld_in_bad, 6);
    net_stop(&net);
}

static void speaks_version_1_to_a_router_that_does(void **state)
{
    struct net net;
    struct net6_packet packet;
    const uint8_t *message;
    static const struct address routers = {{0xff, 2, [15] = 2}};

    (void)state;
    start(&net, 7300);
    net_run(&net, 7235 * NET_S);
    query(&net, &NOBODY, 1000, 24, SOUND);
    net_run(&net, 2 * NET_S);
    for (int i = 0; i < 2; i++) {
        assert_true(take(&net, &packet, &message));
        assert_int_equal(packet.length, 8 + 24);
        assert_int_equal(message[0], REPORT1);
        assert_memory_equal(message + 8, packet.destination.bytes, 16);
    }
    expect_nothing(&net);
    net_run(&net, 60 * NET_S); /* an address ends */
    assert_true(take(&net, &packet, &message));
    assert_int_equal(message[0], DONE);
    assert_true(address_equal(&packet.destination, &routers));
    net_forget(&net);
    net_run(&net, 300 * NET_S); /* RFC 3810, 8.2.1: the router is gone */
    struct address group = own_group(&net, ADDRESS6_LINK_LOCAL);
    query(&net, &NOBODY, 0, 28, SOUND);
    net_run(&net, NET_S);
    expect(&net, IS_EX, &group);
    net_stop(&net);
}

/* Asked in version 1 about a group of ours, we hear another's report about it with that fault. True: we report it too. */
static bool answers_beside_another(enum fault fault)
{
    struct net net;
    struct net6_packet packet;
    const uint8_t *message;
    uint8_t body[20] = {0};

    start(&net, 3600);
    struct address group = own_group(&net, ADDRESS6_AUTOCONF);
    memcpy(body + 4, group.bytes, 16);
    query(&net, &group, 10000, 24, SOUND);
    message_in(&net, REPORT1, &group, body, sizeof body, fault);
    net_run(&net, 20 * NET_S);
    bool answers = take(&net, &packet, &message);
    net_stop(&net);
    return answers;
}

/* RFC 2710, 4 */
static void is_silent_where_another_on_the_link_has_answered_in_version_1(void **state)
{
    (void)state;
    assert_false(answers_beside_another(SOUND));
    assert_true(answers_beside_another(NO_ALERT));
    assert_true(answers_beside_another(FAR));
    assert_true(answers_beside_another(NOT_LINK_LOCAL));
}

static void reports_again_on_another_link(void **state)
{
    struct net net;

    (void)state;
    net6_start(&net);
    stack_link(net.stack, false, net.now_ns);
    net_run(&net, NET_S);
    stack_link(net.stack, true, net.now_ns);
    net_forget(&net);
    net_run(&net, 5 * NET_S);
    struct address group = own_group(&net, ADDRESS6_LINK_LOCAL);
    expect(&net, TO_EX, &group);
    expect(&net, TO_EX, &group);
    net_stop(&net);
}

/* What the device was told last. */
static struct {
    uint8_t groups[40][6];
    size_t count;
} told;

static void hear_groups(void *user, const uint8_t (*groups)[6], size_t count)
{
    (void)user;
    assert_in_range(count, 1, 40);
    memcpy(told.groups, groups, 6 * count);
    told.count = count;
}

static bool was_told(const struct address *group)
{
    uint8_t mac[6] = {0x33, 0x33};

    memcpy(mac + 2, group->bytes + 12, 4); /* RFC 2464, 7 */
    for (size_t i = 0; i < told.count; i++)
        if (!memcmp(told.groups[i], mac, 6))
            return true;
    return false;
}

static void tells_the_device_of_all_nodes_and_of_each_group_while_it_listens(void **state)
{
    struct net net;

    (void)state;
    struct stack_config config = net_config(&net);
    config.ipv6 = true;
    config.device.listen = hear_groups;
    net_start_with(&net, &config);
    assert_true(was_told(&NET6_ALL_NODES)); /* a router's word comes before we have an address */
    net_run(&net, 5 * NET_S);
    struct address link_local = own_group(&net, ADDRESS6_LINK_LOCAL);
    assert_true(told.count == 2 && was_told(&NET6_ALL_NODES) && was_told(&link_local));
    net6_router(&net, 1800, 7300, 3600);
    net_run(&net, 5 * NET_S);
    struct address global = own_group(&net, ADDRESS6_AUTOCONF);
    assert_true(was_told(&NET6_ALL_NODES) && was_told(&link_local) && was_told(&global));
    net_run(&net, 7300 * NET_S);
    assert_true(was_told(&NET6_ALL_NODES) && was_told(&link_local) && !was_told(&global));
    told.count = 0;
    stack_link(net.stack, false, net.now_ns);
    net_run(&net, NET_S);
    stack_link(net.stack, true, net.now_ns);
    assert_true(was_told(&NET6_ALL_NODES)); /* it may be another board */
    net_run(&net, 5 * NET_S);
    assert_true(was_told(&NET6_ALL_NODES) && was_told(&link_local));
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_a_group_twice_when_it_joins_and_before_it_asks_for_the_address),
        cmocka_unit_test(reports_a_group_twice_when_it_leaves),
        cmocka_unit_test(tells_the_device_of_all_nodes_and_of_each_group_while_it_listens),
        cmocka_unit_test(answers_for_all_groups_in_one_report_in_time),
        cmocka_unit_test(answers_for_the_group_that_is_asked_for),
        cmocka_unit_test(understands_a_long_delay),
        cmocka_unit_test(answers_no_question_that_is_not_a_routers_on_the_link),
        cmocka_unit_test(speaks_version_1_to_a_router_that_does),
        cmocka_unit_test(is_silent_where_another_on_the_link_has_answered_in_version_1),
        cmocka_unit_test(reports_again_on_another_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
