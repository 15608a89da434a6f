/* Tests of IPv6 in host/engine and host/socket: addresses, families and mapped addresses of sockets between two engines.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/two_engines.h"

static struct two two;

static int start(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    two_start_dual(&two);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    two_stop(&two);
    return 0;
}

static int socket_on(int side, int family, int type)
{
    int fd;

    on(&two, side);
    fd = fe_socket(family, type, 0);
    assert_true(fd >= 0);
    return fd;
}

static struct sockaddr_in6 any6(uint16_t port)
{
    return (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
}

static struct sockaddr_in6 mapped(int side, uint16_t port)
{
    struct sockaddr_in6 in = any6(port);

    inet_pton(AF_INET6, side ? "::ffff:10.0.0.2" : "::ffff:10.0.0.1", &in.sin6_addr);
    return in;
}

static int listen_on(int side, int v6only, uint16_t port)
{
    struct sockaddr_in6 in = any6(port);
    int fd = socket_on(side, AF_INET6, SOCK_STREAM);

    assert_int_equal(fe_setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only), 0);
    assert_int_equal(fe_bind(fd, SOCKADDR(in)), 0);
    assert_int_equal(fe_listen(fd, 8), 0);
    return fd;
}

static void assert_name(const struct sockaddr_in6 *in, const char *address, uint16_t port)
{
    char text[INET6_ADDRSTRLEN];

    assert_int_equal(in->sin6_family, AF_INET6);
    assert_string_equal(inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text), address);
    if (port)
        assert_int_equal(ntohs(in->sin6_port), port);
}

static void a_connection_carries_bytes_and_names_both_ends(void **state)
{
    struct sockaddr_in6 to = address6_of(1, 80), name;
    int listener = listen_on(1, 0, 80), client = socket_on(0, AF_INET6, SOCK_STREAM), server;
    socklen_t length = sizeof name;

    (void)state;
    assert_int_equal(fe_connect(client, SOCKADDR(to)), 0);
    assert_int_equal(fe_getpeername(client, (struct sockaddr *)&name, &length), 0);
    assert_int_equal(length, sizeof name);
    assert_name(&name, "fd00::2", 80);
    assert_int_equal(fe_getsockname(client, (struct sockaddr *)&name, &length), 0);
    assert_name(&name, "fd00::1", 0);
    on(&two, 1);
    server = fe_accept(listener, (struct sockaddr *)&name, &length);
    assert_name(&name, "fd00::1", 0);
    write_pattern(client, 100000);
    shutdown(client, SHUT_WR);
    assert_int_equal(read_pattern(server), 100000);
    close(server);
    close(client);
    close(listener);
}

static void a_listener_on_any_address_takes_both_families(void **state)
{
    struct sockaddr_in to4 = address_of(1, 80);
    struct sockaddr_in6 to6 = address6_of(1, 80), from;
    int listener = listen_on(1, 0, 80), old = socket_on(0, AF_INET, SOCK_STREAM),
        new = socket_on(0, AF_INET6, SOCK_STREAM), server;
    socklen_t length = sizeof from;

    (void)state;
    assert_int_equal(fe_connect(old, SOCKADDR(to4)), 0);
    on(&two, 1);
    server = fe_accept(listener, (struct sockaddr *)&from, &length);
    assert_name(&from, "::ffff:10.0.0.1", 0);
    assert_int_equal(fe_getsockname(server, (struct sockaddr *)&from, &length), 0);
    assert_name(&from, "::ffff:10.0.0.2", 80);
    close(server);
    on(&two, 0);
    assert_int_equal(fe_connect(new, SOCKADDR(to6)), 0);
    on(&two, 1);
    server = fe_accept(listener, (struct sockaddr *)&from, &length);
    assert_name(&from, "fd00::1", 0);
    assert_true(report_has(&two, 1, "sockets", "\"local\":\"[::]:80\",\"remote\":\"[::]:*\""));
    assert_true(
        report_has(&two, 1, "sockets", "\"local\":\"[fd00::2]:80\",\"remote\":\"[fd00::1]:"));
    close(server);
    close(old);
    close(new);
    close(listener);
}

static void with_v6only_ipv4_has_the_port_to_itself(void **state)
{
    struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(80)},
                       to = address_of(1, 80);
    int listener = listen_on(1, 1, 80), both = socket_on(1, AF_INET6, SOCK_STREAM),
        old = socket_on(1, AF_INET, SOCK_STREAM), on_value = 1, off = 0, client;
    struct sockaddr_in6 in = any6(80), in4 = mapped(1, 81);
    socklen_t length = sizeof off;

    (void)state;
    client = socket_on(0, AF_INET, SOCK_STREAM);
    assert_int_equal(fe_connect(client, SOCKADDR(to)), -ECONNREFUSED);
    close(client);
    on(&two, 1);
    assert_int_equal(fe_bind(both, SOCKADDR(in)), -EADDRINUSE);
    assert_int_equal(fe_bind(old, SOCKADDR(any4)), 0);
    assert_int_equal(fe_getsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, &length), 0);
    assert_int_equal(off, 1);
    off = 0;
    assert_int_equal(fe_setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off), -EINVAL);
    assert_int_equal(fe_setsockopt(old, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off), -ENOPROTOOPT);
    assert_int_equal(fe_setsockopt(both, IPPROTO_IPV6, IPV6_V6ONLY, &on_value, sizeof off), 0);
    assert_int_equal(fe_bind(both, SOCKADDR(in4)), -EINVAL);
    close(both);
    close(old);
    close(listener);
}

static void a_mapped_address_is_reached_by_ipv4(void **state)
{
    struct sockaddr_in6 to = mapped(1, 80), name;
    int listener = two_listen(&two, 80), client = socket_on(0, AF_INET6, SOCK_STREAM),
        alone = socket_on(0, AF_INET6, SOCK_STREAM), yes = 1, server;
    struct sockaddr_in from;
    socklen_t length = sizeof name, length4 = sizeof from;

    (void)state;
    assert_int_equal(fe_connect(client, SOCKADDR(to)), 0);
    assert_int_equal(fe_getpeername(client, (struct sockaddr *)&name, &length), 0);
    assert_name(&name, "::ffff:10.0.0.2", 80);
    on(&two, 1);
    server = fe_accept(listener, (struct sockaddr *)&from, &length4);
    assert_int_equal(from.sin_addr.s_addr, htonl(0x0a000001));
    on(&two, 0);
    assert_int_equal(fe_setsockopt(alone, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes), 0);
    assert_int_equal(fe_connect(alone, SOCKADDR(to)), -ENETUNREACH);
    close(alone);
    close(server);
    close(client);
    close(listener);
}

static void addresses_that_are_not_of_the_socket_are_refused(void **state)
{
    struct sockaddr_in old = address_of(1, 80);
    struct sockaddr_in6 new = address6_of(1, 80), other = new;
    int fd4 = socket_on(0, AF_INET, SOCK_STREAM), fd6 = socket_on(0, AF_INET6, SOCK_STREAM);

    (void)state;
    other.sin6_scope_id = 7;
    assert_int_equal(fe_connect(fd4, SOCKADDR(new)), -EAFNOSUPPORT);
    assert_int_equal(fe_connect(fd6, SOCKADDR(old)), -EAFNOSUPPORT);
    assert_int_equal(fe_bind(fd6, SOCKADDR(old)), -EAFNOSUPPORT);
    assert_int_equal(fe_connect(fd6, SOCKADDR(other)), -ENODEV);
    assert_int_equal(fe_connect(fd6, (struct sockaddr *)&new, sizeof old), -EINVAL);
    assert_int_equal(fe_socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMP), -EPROTONOSUPPORT);
    assert_int_equal(fe_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMPV6), -EPROTONOSUPPORT);
    close(fd4);
    close(fd6);
}

static void link_local_addresses_have_a_scope(void **state)
{
    struct sockaddr_in6 to = any6(80), name;
    int listener = listen_on(1, 0, 80), client = socket_on(0, AF_INET6, SOCK_STREAM);
    socklen_t length = sizeof name;
    char *json, *at, text[64];

    (void)state;
    on(&two, 1);
    assert_int_equal(fe_query("addresses", &json), 0);
    at = strstr(json, "\"fe80::");
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s", (int)strcspn(at + 1, "\""), at + 1);
    assert_int_equal(inet_pton(AF_INET6, text, &to.sin6_addr), 1);
    free(json);
    to.sin6_scope_id = FE_SCOPE_LINK;
    on(&two, 0);
    assert_int_equal(fe_connect(client, SOCKADDR(to)), 0);
    assert_int_equal(fe_getpeername(client, (struct sockaddr *)&name, &length), 0);
    assert_int_equal(name.sin6_scope_id, FE_SCOPE_LINK);
    assert_int_equal(fe_getsockname(client, (struct sockaddr *)&name, &length), 0);
    assert_true(IN6_IS_ADDR_LINKLOCAL(&name.sin6_addr));
    close(client);
    close(listener);
}

static void a_datagram_socket_serves_both_families(void **state)
{
    struct sockaddr_in6 in = any6(2000), to = address6_of(1, 2000), to4 = mapped(1, 2000);
    int server = socket_on(1, AF_INET6, SOCK_DGRAM), client = socket_on(0, AF_INET6, SOCK_DGRAM);
    struct fe_datagram info;
    char data[64];

    (void)state;
    on(&two, 1);
    assert_int_equal(fe_bind(server, SOCKADDR(in)), 0);
    on(&two, 0);
    assert_int_equal(fe_sendto(client, "six", 3, SOCKADDR(to)), 3);
    assert_int_equal(fe_sendto(client, "four", 4, SOCKADDR(to4)), 4);
    assert_int_equal(fe_recvfrom(server, data, sizeof data, &info), 3);
    assert_name((struct sockaddr_in6 *)&info.from, "fd00::1", 0);
    assert_int_equal(fe_sendto(server, "answer", 6, (struct sockaddr *)&info.from, sizeof to), 6);
    assert_int_equal(fe_recvfrom(server, data, sizeof data, &info), 4);
    assert_name((struct sockaddr_in6 *)&info.from, "::ffff:10.0.0.1", 0);
    assert_int_equal(fe_recvfrom(client, data, sizeof data, &info), 6);
    assert_name((struct sockaddr_in6 *)&info.from, "fd00::2", 2000);
    assert_int_equal(fe_connect(client, SOCKADDR(to)), 0);
    assert_int_equal(fe_sendto(client, "again", 5, NULL, 0), 5);
    assert_int_equal(fe_recvfrom(server, data, sizeof data, NULL), 5);
    close(client);
    close(server);
}

static void a_datagram_socket_alone_on_ipv6_sends_and_takes_no_ipv4(void **state)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(2000)};
    struct sockaddr_in6 in = any6(2000), to4 = mapped(1, 2000);
    int alone = socket_on(1, AF_INET6, SOCK_DGRAM), old = socket_on(1, AF_INET, SOCK_DGRAM),
        yes = 1;
    char byte;

    (void)state;
    on(&two, 1);
    assert_int_equal(fe_setsockopt(alone, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes), 0);
    assert_int_equal(fe_bind(alone, SOCKADDR(in)), 0);
    assert_int_equal(fe_bind(old, SOCKADDR(in4)), 0);
    assert_int_equal(fe_setsockopt(alone, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes), -EINVAL);
    assert_int_equal(fe_sendto(alone, "x", 1, SOCKADDR(to4)), 1);
    assert_int_equal(fe_recvfrom(alone, &byte, 1, NULL), -ENETUNREACH);
    close(alone);
    close(old);
}

static void a_ping_comes_back_with_its_times(void **state)
{
    const unsigned char request[12] = {128, 0, 0, 0, 0, 0, 0x12, 0x34, 'd', 'a', 't', 'a'};
    struct sockaddr_in6 to = address6_of(1, 0);
    struct fe_datagram info;
    unsigned char reply[64];
    int fd, hops = 255, bad = 256, unset = -1;

    (void)state;
    on(&two, 0);
    fd = fe_socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6);
    assert_true(fd >= 0);
    assert_int_equal(fe_setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof hops), 0);
    assert_int_equal(fe_setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &unset, sizeof hops), 0);
    assert_int_equal(fe_setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &bad, sizeof bad), -EINVAL);
    assert_int_equal(fe_setsockopt(fd, IPPROTO_IP, IP_TTL, &hops, sizeof hops), -ENOPROTOOPT);
    assert_int_equal(fe_connect(fd, SOCKADDR(to)), 0);
    assert_int_equal(fe_sendto(fd, request, sizeof request, NULL, 0), sizeof request);
    assert_int_equal(fe_recvfrom(fd, reply, sizeof reply, &info), sizeof request);
    assert_int_equal(reply[0], 129);
    assert_memory_equal(reply + 6, request + 6, 6);
    assert_true(info.sent_ns > 0 && info.received_ns >= info.sent_ns);
    assert_name((struct sockaddr_in6 *)&info.from, "fd00::2", 0);
    close(fd);
}

static void an_engine_without_ipv6_says_so(void **state)
{
    struct two plain;

    (void)state;
    two_start(&plain);
    assert_int_equal(fe_socket(AF_INET6, SOCK_STREAM, 0), -EAFNOSUPPORT);
    assert_int_equal(fe_ready(AF_INET6, NULL, 0), -EAFNOSUPPORT);
    two_stop(&plain);
}

#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_connection_carries_bytes_and_names_both_ends),
        T(a_listener_on_any_address_takes_both_families),
        T(with_v6only_ipv4_has_the_port_to_itself),
        T(a_mapped_address_is_reached_by_ipv4),
        T(addresses_that_are_not_of_the_socket_are_refused),
        T(link_local_addresses_have_a_scope),
        T(a_datagram_socket_serves_both_families),
        T(a_datagram_socket_alone_on_ipv6_sends_and_takes_no_ipv4),
        T(a_ping_comes_back_with_its_times),
        cmocka_unit_test(an_engine_without_ipv6_says_so),
    };

    return cmocka_run_group_tests_name("engine_ipv6", tests, NULL, NULL);
}
