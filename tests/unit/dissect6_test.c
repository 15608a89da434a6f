/* IPv6 frames told field by field.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/dissect.h"
#include "tests/unit/net6.h"

static char told[16384];

static void line(void *user, uint64_t now_ns, enum journal_level level, const char *layer,
                 const char *text)
{
    size_t at = strlen(told);

    (void)user, (void)now_ns, (void)level;
    snprintf(told + at, sizeof told - at, "%s %s\n", layer, text);
}

/* From a heap block of its exact length, so that AddressSanitizer sees a read past its end. */
static void tell(const uint8_t *frame, size_t len)
{
    struct journal journal = {line, NULL, JOURNAL_DETAIL};
    uint8_t *copy = malloc(len ? len : 1);

    told[0] = '\0';
    memcpy(copy, frame, len);
    dissect_frame(&journal, 0, "in", copy, len);
    free(copy);
}

/* The packet whole, each sentence told; then cut off anywhere and with every byte changed, of which only the sanitizers
 * judge. */
static void tells(uint8_t next, const void *payload, size_t length, const char *const *sentences)
{
    uint8_t frame[1600];
    struct net6_packet packet = {.source = NET6_ROUTER,
                                 .destination = NET6_ALL_NODES,
                                 .next = next,
                                 .hop_limit = 255,
                                 .flow = 0x12345,
                                 .traffic_class = 9,
                                 .payload = payload,
                                 .length = length};
    size_t len = net6_build(&packet, NET_NO_CSUM, frame);

    tell(frame, len);
    for (; *sentences; sentences++)
        if (!strstr(told, *sentences))
            fail_msg("not told: %s\nbut:\n%s", *sentences, told);
    for (size_t cut = 0; cut < len; cut++)
        tell(frame, cut);
    for (size_t at = 14; at < len; at++) {
        frame[at] ^= 0xff;
        tell(frame, len);
        frame[at] ^= 0xff;
    }
}

static void every_field_of_the_header_is_told(void **state)
{
    const char *sentences[] = {
        "ip in: version 6, DSCP 2, ECN 1, flow label 0x12345, payload length 8, next header 59 "
        "(nothing), hop limit 255, source fe80::2, destination ff02::1\n",
        NULL};

    (void)state;
    tells(59, "12345678", 8, sentences);
}

static void headers_in_front_of_the_transport_are_told(void **state)
{
    static const uint8_t bytes[] = {43,  0, 5, 2, 0, 0, 1,  0,  /* hop-by-hop: router alert */
                                    60,  0, 4, 0, 0, 0, 0,  0,  /* routing */
                                    44,  0, 9, 2, 7, 8, 1,  0,  /* destination options */
                                    58,  0, 0, 1, 0, 0, 18, 52, /* the first fragment */
                                    128, 0, 1, 2, 0, 3, 0,  4};
    const char *sentences[] = {
        "hop-by-hop options header, 8 bytes, next header 43 (routing), option router alert 0\n",
        "routing header, 8 bytes, next header 60 (destination options), routing type 4, 0 segments "
        "left\n",
        "destination options header, 8 bytes, next header 44 (fragment), option 9 0708\n",
        "fragment header, 8 bytes, next header 58 (ICMPv6), offset 0, others follow, id "
        "0x00001234\n",
        "icmp6 in: type 128 (echo request), code 0, checksum 0x0102, id 3, sequence 4, 0 bytes of "
        "data\n",
        NULL};

    (void)state;
    tells(0, bytes, sizeof bytes, sentences);
}

static void a_routers_word_is_told(void **state)
{
    uint8_t bytes[16 + 32 + 8 + 24 + 8] = {134, 0, 0, 0, 64, 0x40, 7, 8};
    const char *sentences[] = {
        "type 134 (router advertisement), code 0, checksum 0x0000, hop limit 64, flags 0x40, "
        "router "
        "for 1800 s, reachable 1 ms, ask again after 2 ms",
        "option prefix of 64 bits, flags 0xc0, valid 300 s, preferred 200 s, prefix fd00:1::",
        "option MTU 1400",
        "option name servers for 60 s, server fd00:1::2",
        "option source's link address 525500000001\n",
        NULL};

    (void)state;
    put32(bytes + 8, 1);
    put32(bytes + 12, 2);
    memcpy(bytes + 16, ((uint8_t[]){3, 4, 64, 0xc0}), 4);
    put32(bytes + 20, 300);
    put32(bytes + 24, 200);
    memcpy(bytes + 32, NET6_PREFIX.bytes, 16);
    memcpy(bytes + 48, ((uint8_t[]){5, 1, 0, 0, 0, 0, 1400 >> 8, 1400 & 255}), 8);
    memcpy(bytes + 56, ((uint8_t[]){25, 3, 0, 0, 0, 0, 0, 60}), 8);
    memcpy(bytes + 64, NET6_PEER.bytes, 16);
    memcpy(bytes + 80, ((uint8_t[]){1, 1, 0x52, 0x55, 0, 0, 0, 1}), 8);
    tells(58, bytes, sizeof bytes, sentences);
}

static void neighbours_and_redirects_are_told(void **state)
{
    uint8_t advertisement[32] = {136, [4] = 0x60, [24] = 2, 1, 2, 3, 4, 5, 6, 7};
    uint8_t redirect[40] = {137};
    const char *of_neighbour[] = {
        "type 136 (neighbor advertisement), code 0, checksum 0x0000, flags 0x60, target fd00:1::2, "
        "option target's link address 020304050607\n",
        NULL};
    const char *of_redirect[] = {
        "type 137 (redirect), code 0, checksum 0x0000, target fe80::2, destination fd00:1::2\n",
        NULL};

    (void)state;
    memcpy(advertisement + 8, NET6_PEER.bytes, 16);
    tells(58, advertisement, sizeof advertisement, of_neighbour);
    memcpy(redirect + 8, NET6_ROUTER.bytes, 16);
    memcpy(redirect + 24, NET6_PEER.bytes, 16);
    tells(58, redirect, sizeof redirect, of_redirect);
}

static void listeners_are_told(void **state)
{
    uint8_t report[28] = {143, [7] = 1, 4, [12] = 0xff, 2, [27] = 9};
    uint8_t query[28] = {130, [4] = 0x27, 0x10};
    const char *of_report[] = {"type 143 (multicast listener report), code 0, checksum 0x0000, 1 "
                               "records, record type 4, 0 sources, group ff02::9\n",
                               NULL};
    const char *of_query[] = {"type 130 (multicast listener query), code 0, checksum 0x0000, delay "
                              "10000, group ::\n",
                              NULL};

    (void)state;
    tells(58, report, sizeof report, of_report);
    tells(58, query, sizeof query, of_query);
}

static void dhcp_messages_are_told(void **state)
{
    uint8_t bytes[] = {2, 35, 2, 34, 0, 18, 0, 0, 7, 1, 2, 3, 0, 2, 0, 2, 0xab, 0xcd};
    const char *sentences[] = {
        "udp in: source port 547, destination port 546, length 18",
        "dhcp6 in: message type 7 (Reply), transaction 0x010203, option 2 abcd\n", NULL};

    (void)state;
    tells(17, bytes, sizeof bytes, sentences);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_the_header_is_told),
        cmocka_unit_test(headers_in_front_of_the_transport_are_told),
        cmocka_unit_test(a_routers_word_is_told),
        cmocka_unit_test(neighbours_and_redirects_are_told),
        cmocka_unit_test(listeners_are_told),
        cmocka_unit_test(dhcp_messages_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
