/* IPv6 extension headers: stepped over, refused, dropped. RFC 8200, 4.
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

enum { UDP = 17 };

static void known_extension_headers_are_stepped_over(void **state)
{
    struct net net;
    static const uint8_t headers[] = {
        60,  0, 5, 2, 0, 0, 1, 0, /* hop by hop: router alert */
        43,  0, 1, 4, 0, 0, 0, 0, /* destination options: padding */
        UDP, 2, 2, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0, /* led here */
    };

    (void)state;
    struct heard *heard = heard_start(&net);
    heard_datagram_behind(&net, 0, headers, sizeof headers);
    assert_int_equal(heard->count, 1);
    assert_memory_equal(heard->data, "data", 4);
    heard_stop(&net, heard);
}

static void bad_extension_headers_are_refused_where_they_are_bad(void **state)
{
    static const struct {
        uint8_t next, bytes[16];
        size_t len;
        int code;
        uint32_t pointer;
    } cases[] = {
        {60, {UDP, 0, 0x80, 0, 1, 2, 0, 0}, 8, 2, 42},           /* an option: "discard and tell" */
        {60, {UDP, 0, 0xc0, 0, 1, 2, 0, 0}, 8, 2, 42},           /* "unless to a group" */
        {60, {UDP, 0, 0x40, 0, 1, 2, 0, 0}, 8, -1, 0},           /* "discard" */
        {60, {UDP, 0, 0x1e, 9, 0, 0, 0, 0}, 8, 0, 42},           /* longer than its header */
        {43, {UDP, 0, 0, 1, 0, 0, 0, 0}, 8, 0, 42},              /* would lead on */
        {60, {0, 0, 1, 4, 0, 0, 0, 0, UDP, 0, 1, 4}, 16, 1, 40}, /* hop by hop in the middle */
        {99, {0}, 0, 1, 6},                                      /* nothing that we know */
        {60, {99, 0, 1, 4, 0, 0, 0, 0}, 8, 1, 40},
        {59, {0}, 0, -1, 0}, /* nothing follows */
    };
    struct net net;
    uint32_t pointer = 0;

    (void)state;
    struct heard *heard = heard_start(&net);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        heard_datagram_behind(&net, cases[i].next, cases[i].bytes, cases[i].len);
        assert_int_equal(heard_problem(&net, &pointer), cases[i].code);
        if (cases[i].code >= 0)
            assert_int_equal(pointer, cases[i].pointer);
    }
    assert_int_equal(heard->count, 0);
    heard_stop(&net, heard);
}

/* RFC 4443, 2.4 (e.1): stations would answer each other for ever. */
static void headers_in_front_of_an_error_are_never_refused(void **state)
{
    static const struct {
        uint8_t next, bytes[24];
        size_t len;
        int code;
    } cases[] = {
        {60,
         {58, 0, 0x80, 0, 1, 2, 0, 0, 1, 4},
         16,
         -1}, /* an option, "port unreachable" behind it */
        {60, {58, 0, 0x80, 0, 1, 2, 0, 0, 137}, 16, -1}, /* a redirect */
        {60, {58, 0, 0x80, 0, 1, 2, 0, 0, 128}, 16, 2},  /* an echo request is none */
        {60, {60, 0, 0x80, 0, 1, 2, 0, 0, 58, 0, 1, 4, 0, 0, 0, 0, 3}, 24, -1},
        {43, {44, 0, 0, 1, 0, 0, 0, 0, 58, 0, 0, 1, 0, 0, 0, 9, 2}, 24, -1},
        {43, {44, 0, 0, 1, 0, 0, 0, 0, 58, 0, 0, 9, 0, 0, 0, 9, 2}, 24, 0}, /* from its middle */
    };
    struct net net;
    uint32_t pointer = 0;

    (void)state;
    struct heard *heard = heard_start(&net);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        heard_datagram_behind(&net, cases[i].next, cases[i].bytes, cases[i].len);
        assert_int_equal(heard_problem(&net, &pointer), cases[i].code);
    }
    heard_stop(&net, heard);
}

static void too_many_or_too_long_headers_are_dropped(void **state)
{
    struct net net;
    uint8_t headers[400] = {0};

    (void)state;
    struct heard *heard = heard_start(&net);
    for (int i = 0; i < 8; i++)
        memcpy(headers + 8 * i, ((uint8_t[]){i < 7 ? 60 : UDP, 0, 1, 4, 0, 0, 0, 0}), 8);
    heard_datagram_behind(&net, 60, headers, 64);
    assert_int_equal(heard->count, 1);
    headers[56] = 60;
    memcpy(headers + 64, ((uint8_t[]){UDP, 0, 1, 4, 0, 0, 0, 0}), 8);
    heard_datagram_behind(&net, 60, headers, 72);
    memset(headers, 0, sizeof headers);
    headers[0] = UDP, headers[1] = 32; /* 264 bytes of Pad1 */
    heard_datagram_behind(&net, 60, headers, 264);
    assert_int_equal(heard->count, 1);
    assert_null(net_take(&net));
    headers[1] = 31;
    heard_datagram_behind(&net, 60, headers, 256);
    assert_int_equal(heard->count, 2);
    heard_stop(&net, heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_extension_headers_are_stepped_over),
        cmocka_unit_test(bad_extension_headers_are_refused_where_they_are_bad),
        cmocka_unit_test(headers_in_front_of_an_error_are_never_refused),
        cmocka_unit_test(too_many_or_too_long_headers_are_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
