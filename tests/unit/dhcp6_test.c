/* Stateless DHCPv6: RFC 8415 (15, 16.10, 18.2.6, 21), RFC 3646.
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

enum { UDP = 17, RA = 134, HOUR = 3600 };

static const struct address SERVER = {{0xfe, 0x80, [15] = 7}};
static const struct address ALL_SERVERS = {{0xff, 2, [13] = 1, [15] = 2}};

/* A router's word with these flags, and nothing else. */
static void router_says(struct net *net, uint8_t flags)
{
    uint8_t body[12] = {64, flags, 0x07, 0x08};

    net6_discovery(net, &NET6_ROUTER, &NET6_ALL_NODES, RA, body, sizeof body);
}

/* The next question; false: there is none. */
static bool question(struct net *net, struct net6_packet *out)
{
    return net6_find(net, UDP, -1, out) && get16(out->payload + 2) == 547;
}

/* Asked once. */
static void start(struct net *net, struct net6_packet *asked)
{
    net6_start(net);
    router_says(net, 0x40);
    net_run(net, NET_S);
    assert_true(question(net, asked));
}

/* A reply under construction, its UDP header in front. */
struct reply {
    uint8_t bytes[2048];
    size_t len;
};

static void add(struct reply *reply, uint16_t code, const void *value, uint16_t len)
{
    put16(reply->bytes + reply->len, code);
    put16(reply->bytes + reply->len + 2, len);
    memcpy(reply->bytes + reply->len + 4, value, len);
    reply->len += 4u + len;
}

/* To asked: type, number and client as it should be. */
static struct reply reply_to(const struct net6_packet *asked)
{
    struct reply reply = {.bytes = {2, 35, 2, 34}, .len = 12};

    reply.bytes[8] = 7;
    memcpy(reply.bytes + 9, asked->payload + 9, 3);
    add(&reply, 2, "\0\3\0\1server", 10);
    add(&reply, 1, asked->payload + 16, 10);
    return reply;
}

static void reply_in(struct net *net, struct reply *reply)
{
    struct net6_packet packet = {
        .source = SERVER,
        .destination = net6_own(net, ADDRESS6_LINK_LOCAL).address,
        .next = UDP,
        .payload = reply->bytes,
        .length = reply->len,
    };

    put16(reply->bytes + 4, (uint16_t)reply->len);
    net6_in(net, &packet, 6);
}

static int servers(const struct net *net)
{
    struct address all[8];

    return stack_dns6(net->stack, all, 8);
}

static const uint8_t TWO_SERVERS[32] = {0xfd, [15] = 0x53, 0xfd, [31] = 0x54};

static void asks_all_servers_when_a_router_says_that_there_is_more(void **state)
{
    static const uint8_t expected[36] = {11, 0, 0, 0, 0, 1,  0, 10, 0, 3,  0, 1,
                                         0,  0, 0, 0, 0, 0, /* our link-layer DUID */
                                         0,  8, 0, 2, 0, 0, /* no time has elapsed */
                                         0,  6, 0, 8, 0, 23, 0, 24, 0, 32, 0, 83};
    struct net net;
    struct net6_packet asked;
    uint8_t bytes[36];

    (void)state;
    net6_start(&net);
    router_says(&net, 0);
    net_run(&net, 10 * NET_S);
    assert_false(question(&net, &asked));
    router_says(&net, 0x40);
    net_run(&net, NET_S);
    assert_true(question(&net, &asked));
    assert_true(address_equal(&asked.destination, &ALL_SERVERS));
    struct address own = net6_own(&net, ADDRESS6_LINK_LOCAL).address;
    assert_true(address_equal(&asked.source, &own));
    assert_int_equal(get16(asked.payload), 546);
    assert_int_equal(asked.length, 8 + sizeof expected);
    memcpy(bytes, expected, sizeof bytes);
    memcpy(bytes + 1, asked.payload + 9, 3);
    memcpy(bytes + 12, NET_MAC, 6);
    assert_memory_equal(asked.payload + 8, bytes, sizeof bytes);
    net_stop(&net);
}

/* RFC 8415, 15: each wait is about twice the last one, up to an hour, a tenth more or less. */
static void asks_again_at_growing_intervals_without_an_end(void **state)
{
    struct net net;
    struct net6_packet asked, before;
    uint64_t last, gap = NET_S / 2;

    (void)state;
    start(&net, &asked);
    last = asked.time_ns;
    for (int i = 0; i < 20; i++) {
        uint64_t base = 2 * gap < 3600 * NET_S ? 2 * gap : 3600 * NET_S;

        before = asked;
        net_run(&net, 5 * gap / 2 < 4000 * NET_S ? 5 * gap / 2 : 4000 * NET_S);
        assert_true(question(&net, &asked));
        assert_memory_equal(asked.payload + 9, before.payload + 9, 3);
        gap = asked.time_ns - last;
        last = asked.time_ns;
        assert_in_range(gap, base - base / 10, base + base / 10);
        assert_in_range(get16(asked.payload + 8 + 4 + 14 + 4), i ? 80 : 90, 65535);
    }
    assert_int_equal(get16(asked.payload + 8 + 4 + 14 + 4), 65535); /* it has no more bits */
    net_stop(&net);
}

static void takes_servers_and_domains_and_asks_no_more(void **state)
{
    static const uint8_t domains[] = "\7example\3net\0\3sub\7example\3org";
    struct net net;
    struct net6_packet asked;
    struct address all[4];
    const char *names[8];

    (void)state;
    start(&net, &asked);
    struct reply reply = reply_to(&asked);
    add(&reply, 23, TWO_SERVERS, 32);
    add(&reply, 24, domains, sizeof domains);
    add(&reply, 99, "?", 1);
    reply_in(&net, &reply);
    assert_int_equal(stack_dns6(net.stack, all, 4), 2);
    assert_memory_equal(all, TWO_SERVERS, 32);
    assert_int_equal(stack_domains(net.stack, names, 8), 2);
    assert_string_equal(names[0], "example.net");
    assert_string_equal(names[1], "sub.example.org");
    router_says(&net, 0x40);
    net_run(&net, 23 * HOUR * NET_S);
    assert_false(question(&net, &asked));
    net_stop(&net);
}

/* RFC 8106, 5.3.1 */
static void puts_its_servers_in_front_of_the_routers(void **state)
{
    uint8_t body[12 + 24] = {64, 0x40, 0x07, 0x08, [12] = 25, 3, [18] = 9, 0, 0xfd, [35] = 0x99};
    struct net net;
    struct net6_packet asked;
    struct address all[4];

    (void)state;
    start(&net, &asked);
    net6_discovery(&net, &NET6_ROUTER, &NET6_ALL_NODES, RA, body, sizeof body);
    struct reply reply = reply_to(&asked);
    add(&reply, 23, TWO_SERVERS, 32);
    reply_in(&net, &reply);
    assert_int_equal(stack_dns6(net.stack, all, 4), 3);
    assert_int_equal(all[0].bytes[15], 0x53);
    assert_int_equal(all[2].bytes[15], 0x99);
    assert_int_equal(stack_dns6(net.stack, all, 1), 1);
    assert_int_equal(all[0].bytes[15], 0x53);
    net_stop(&net);
}

static const uint32_t NOT_TOLD = 0xfffffffe;

static uint64_t asks_again_after(uint32_t refresh_s)
{
    struct net net;
    struct net6_packet asked;
    uint8_t seconds[4];

    start(&net, &asked);
    struct reply reply = reply_to(&asked);
    put32(seconds, refresh_s);
    if (refresh_s != NOT_TOLD)
        add(&reply, 32, seconds, 4);
    add(&reply, 23, TWO_SERVERS, 32);
    reply_in(&net, &reply);
    uint64_t answered = net.now_ns;
    net_run(&net, 48 * HOUR * NET_S);
    bool again = question(&net, &asked);
    assert_int_equal(servers(&net), 2); /* the old answer stays until there is another */
    net_stop(&net);
    return again ? (asked.time_ns - answered) / NET_S : 0;
}

/* RFC 8415, 21.23 */
static void asks_again_when_the_answer_is_old(void **state)
{
    (void)state;
    assert_in_range(asks_again_after(NOT_TOLD), 86400, 86401);
    assert_in_range(asks_again_after(7200), 7200, 7201);
    assert_in_range(asks_again_after(1), 600, 601);
    assert_in_range(asks_again_after(0), 600, 601);
    assert_int_equal(asks_again_after(0xffffffff), 0);
}

static void believes_no_answer_to_somebody_else_or_of_nobody(void **state)
{
    struct net net;
    struct net6_packet asked;

    (void)state;
    start(&net, &asked);
    for (int fault = 0; fault < 6; fault++) {
        struct reply reply = reply_to(&asked);

        add(&reply, 23, TWO_SERVERS, 32);
        switch (fault) {
        case 0: reply.bytes[8] = 2; break;           /* an advertisement */
        case 1: reply.bytes[11] ^= 1; break;         /* another number */
        case 2: reply.bytes[12 + 1] = 99; break;     /* no server */
        case 3: reply.bytes[26 + 1] = 99; break;     /* no client */
        case 4: reply.bytes[26 + 4 + 9] ^= 1; break; /* another client */
        default: reply.bytes[40 + 3]++; break;       /* an option runs past the end */
        }
        reply_in(&net, &reply);
        assert_int_equal(servers(&net), 0);
    }
    assert_int_equal(stack_counters(net.stack)->udp_in_errors, 1);
    struct reply reply = reply_to(&asked);
    add(&reply, 23, TWO_SERVERS, 32);
    reply_in(&net, &reply);
    assert_int_equal(servers(&net), 2);
    net_stop(&net);
}

static void keeps_the_domains_in_front_of_one_that_is_wrong(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        int good;
    } lists[] = {
        {"\1a\0\1b", 5, 1},    /* the end is missing */
        {"\1a\0\300\0", 5, 1}, /* compressed */
        {"\1a\0\2b", 5, 1},
        {"\1a\0\5b", 5, 1},    /* a label runs past the end */
        {"\3a\nb\0\1c", 8, 1}, /* not a name: passed over */
        {"\0\1c", 4, 1},       /* the root */
        {"", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct net net;
        struct net6_packet asked;
        const char *names[8];

        start(&net, &asked);
        struct reply reply = reply_to(&asked);
        add(&reply, 24, lists[i].bytes, (uint16_t)lists[i].len);
        reply_in(&net, &reply);
        assert_int_equal(stack_domains(net.stack, names, 8), lists[i].good);
        if (lists[i].good)
            assert_int_equal(strlen(names[0]), 1);
        net_stop(&net);
    }
}

static void forgets_its_question_with_the_link_and_asks_anew(void **state)
{
    struct net net;
    struct net6_packet asked;

    (void)state;
    start(&net, &asked);
    stack_link(net.stack, false, net.now_ns);
    net_forget(&net);
    net_run(&net, 60 * NET_S);
    assert_false(question(&net, &asked));
    stack_link(net.stack, true, net.now_ns);
    net_run(&net, 5 * NET_S);
    net_forget(&net);
    router_says(&net, 0x80); /* M alone says so too (RFC 4861, 4.2) */
    net_run(&net, NET_S);
    assert_true(question(&net, &asked));
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_all_servers_when_a_router_says_that_there_is_more),
        cmocka_unit_test(asks_again_at_growing_intervals_without_an_end),
        cmocka_unit_test(takes_servers_and_domains_and_asks_no_more),
        cmocka_unit_test(puts_its_servers_in_front_of_the_routers),
        cmocka_unit_test(asks_again_when_the_answer_is_old),
        cmocka_unit_test(believes_no_answer_to_somebody_else_or_of_nobody),
        cmocka_unit_test(keeps_the_domains_in_front_of_one_that_is_wrong),
        cmocka_unit_test(forgets_its_question_with_the_link_and_asks_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
