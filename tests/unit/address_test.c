/* Addresses and endpoints, and their text.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>

#include "host/stack/address.h"

static void reads_and_writes_four_decimal_parts(void **state)
{
    static const char *const texts[] = {"0.0.0.0", "10.0.2.15", "255.255.255.255", "127.0.0.1"};
    struct address address;
    char text[ADDRESS_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(address_parse(texts[i], &address), 0);
        assert_string_equal(address_format(&address, text), texts[i]);
    }
    assert_int_equal(address_to_v4(&address), 0x7f000001);
    assert_true(address_is_v4(&address));
}

static void refuses_what_inet_pton_refuses(void **state)
{
    static const char *const texts[] = {
        "",          "1",        "1.2.3",    "1.2.3.",    "1.2.3.4.",
        "1.2.3.4.5", "1.2.3.4 ", " 1.2.3.4", "256.2.3.4", "1.2.3.999999999999",
        "01.2.3.4",  "1..3.4",   "a.b.c.d",  "-1.2.3.4",  "1.2.3.4/24",
        "0x1.2.3.4", "1.2.3.4:5"};
    struct address address;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(address_parse(texts[i], &address), -EINVAL);
}

static void reads_an_address_with_its_prefix(void **state)
{
    static const char *const bad[] = {"10.0.2.15",     "10.0.2.15/",   "10.0.2.15/33",
                                      "10.0.2.15/024", "10.0.2.15/2x", "/24"};
    struct address address;
    unsigned len;

    (void)state;
    assert_int_equal(address_parse_prefix("10.0.2.15/24", &address, &len), 0);
    assert_int_equal(address_to_v4(&address), 0x0a00020f);
    assert_int_equal(len, 24);
    assert_int_equal(address_parse_prefix("1.1.1.1/0", &address, &len), 0);
    assert_int_equal(len, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(address_parse_prefix(bad[i], &address, &len), -EINVAL);
}

static void reads_an_endpoint_with_or_without_its_port(void **state)
{
    static const char *const bad[] = {
        "", ":53", "10.0.2.3:", "10.0.2.3:65536", "10.0.2.3:5x", "10.0.2.3:05"};
    struct endpoint endpoint;
    char text[ADDRESS_TEXT_BYTES];

    (void)state;
    assert_int_equal(endpoint_parse("10.0.2.3", 53, &endpoint), 0);
    assert_int_equal(endpoint.port, 53);
    assert_int_equal(endpoint_parse("10.0.2.3:5353", 53, &endpoint), 0);
    assert_string_equal(endpoint_format(&endpoint, text), "10.0.2.3:5353");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(endpoint_parse(bad[i], 53, &endpoint), -EINVAL);
}

static void reads_and_writes_ipv6(void **state)
{
    static const char *const texts[][2] = {
        {"::", "::"},
        {"::1", "::1"},
        {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"}, /* RFC 5952, 4.2.3 */
        {"fe80::1%ferrite0", "fe80::1"},
        {"64:ff9b::10.0.2.2", "64:ff9b::a00:202"},
    };
    static const char *const bad[] = {
        ":",     "1::2::3",  "fe80::1%", "12345::", "::ffff:10.0.0.1",
        "[::1]", "fe80::1 ", "::1/64",   "g::1",
    };
    struct address address;
    char text[ADDRESS_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(address_parse(texts[i][0], &address), 0);
        assert_string_equal(address_format(&address, text), texts[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(address_parse(bad[i], &address), -EINVAL);
}

static void reads_ipv6_prefixes_and_endpoints(void **state)
{
    static const char *const bad[] = {"[fd00::3", "fd00::3]", "[fd00::3]53", "[fd00::3]:65536",
                                      "[10.0.2.3]:53"};
    struct endpoint endpoint;
    struct address address;
    char text[ADDRESS_TEXT_BYTES];
    unsigned len;

    (void)state;
    assert_int_equal(address_parse_prefix("fd00::1/128", &address, &len), 0);
    assert_int_equal(len, 128);
    assert_int_equal(address_parse_prefix("fd00::1/129", &address, &len), -EINVAL);
    assert_int_equal(endpoint_parse("fd00::3", 53, &endpoint), 0);
    assert_int_equal(endpoint.port, 53);
    assert_int_equal(endpoint_parse("[fe80::3%1]:5353", 53, &endpoint), 0);
    assert_string_equal(endpoint_format(&endpoint, text), "[fe80::3]:5353");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(endpoint_parse(bad[i], 53, &endpoint), -EINVAL);
}

static void any_address_covers_its_family(void **state)
{
    const struct address any6 = {{0}}, any4 = address_v4(0), host4 = address_v4(0x0a000202),
                         host6 = {{0xfd, [15] = 1}};

    (void)state;
    assert_true(address_covers(&any6, false, &host4) && address_covers(&any6, false, &host6));
    assert_true(address_covers(&any4, false, &host4));
    assert_false(address_covers(&any4, false, &host6));
    assert_false(address_covers(&any6, true, &host4));
    assert_true(address_covers(&any6, true, &host6));
    assert_true(address_covers(&host6, false, &host6));
    assert_false(address_covers(&host6, false, &host4));
}

static void tells_the_kinds_of_addresses_apart(void **state)
{
    struct address any = address_v4(0), any6 = {{0}}, all = address_v4(0xffffffff),
                   group = address_v4(0xe0000001);
    struct address loopback = address_v4(0x7f010203), host = address_v4(0x0a000202);

    (void)state;
    assert_true(address_is_unspecified(&any) && address_is_unspecified(&any6));
    assert_false(address_is_unspecified(&host));
    assert_true(address_is_broadcast(&all) && !address_is_broadcast(&group));
    assert_true(address_is_multicast(&group) && !address_is_multicast(&all) &&
                !address_is_multicast(&host));
    assert_true(address_is_loopback(&loopback) && !address_is_loopback(&host));
    assert_false(address_is_v4(&any6));
    assert_true(address_equal(&host, &host) && !address_equal(&host, &group));
}

static void a_prefix_holds_its_addresses_and_no_others(void **state)
{
    struct address network = address_v4(0x0a000280), inside = address_v4(0x0a0002ff),
                   outside = address_v4(0x0a00027f);
    struct address v6 = {{0x20, 0x01, 0x0d, 0xb8}}, v6_inside = {{0x20, 0x01, 0x0d, 0xb8, 0x12}};

    (void)state;
    assert_true(address_in_prefix(&inside, &network, 25));
    assert_false(address_in_prefix(&outside, &network, 25));
    assert_true(address_in_prefix(&outside, &network, 0));
    assert_true(address_in_prefix(&network, &network, 32));
    assert_false(address_in_prefix(&inside, &network, 32));
    assert_true(address_in_prefix(&v6_inside, &v6, 32));
    assert_false(address_in_prefix(&v6_inside, &v6, 40));
    assert_false(address_in_prefix(&v6, &network, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes_four_decimal_parts),
        cmocka_unit_test(refuses_what_inet_pton_refuses),
        cmocka_unit_test(reads_an_address_with_its_prefix),
        cmocka_unit_test(reads_an_endpoint_with_or_without_its_port),
        cmocka_unit_test(reads_and_writes_ipv6),
        cmocka_unit_test(reads_ipv6_prefixes_and_endpoints),
        cmocka_unit_test(any_address_covers_its_family),
        cmocka_unit_test(tells_the_kinds_of_addresses_apart),
        cmocka_unit_test(a_prefix_holds_its_addresses_and_no_others),
    };

    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
