/* TCP's story in the journal: which lines it has, in which order, and how long they get.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/tcp_raw.h"

/* Every part must stand in text behind the one before. */
/* Buffers that stay as they begin. */
static const struct stack_config fixed = {.tcp_send_bytes = 65535, .tcp_receive_bytes = 65535};

static void has_in_order(const char *text, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *at = strstr(text, parts[i]);
        if (!at)
            fail_msg("\"%s\" does not follow in:\n%s", parts[i], text);
        text = at + strlen(parts[i]);
    }
}

static void no_longer_than(const char *text, size_t most)
{
    enum { TIME = 11 };
    for (size_t len; *text; text += len + (text[len] == '\n')) {
        len = strcspn(text, "\n");
        if (len > TIME + most)
            fail_msg("%zu characters: %.*s", len - TIME, (int)len, text);
    }
}

static void tells_a_connection_from_its_syn_to_its_end(void **state)
{
    static const char *const parts[] = {
        "10.0.0.1:",
        " > 10.0.0.2:",
        " SYN, sequence number ",
        " (0), window 65535, MSS 1460, scale 0, SACK\n",
        " SYN,ACK, sequence number ",
        " (1), window 65535, MSS 1460, scale 0, SACK\n",
        " ESTABLISHED after 20.000 ms: segments of at most 1460 bytes, cwnd 14600, timeout 220 "
        "ms\n",
        " ACK: wants byte 1, window 65535\n",
        " has 3000 bytes to send: cut into segments of at most 1460\n",
        " bytes 1..1460 (1460), ACK; wants byte 1, window 65535\n",
        " bytes 1..1460 (1460); window left 64075\n",
        " ACK: wants byte 2921, window 64075\n",
        " ACK: 2920 bytes up to 2920; round trip 20.000 ms (smoothed 20.000 +- 7.500), timeout 220 "
        "ms\n",
        " peer's window 65535 to 64075\n",
        " bytes 2921..3000 (80), PSH,ACK; wants byte ",
        " FIN-WAIT-1\n",
        " FIN,ACK at 3001; wants byte ",
        " the FIN",
        " FIN-WAIT-2\n",
        " FIN at 5001: the peer sends no more\n",
        " TIME-WAIT for 60 s\n",
        " ACK: wants byte 5002, window ",
        " erased\n",
    };
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &fixed);
    (void)state;
    p->server.closes_at_end = true;
    p->server.to_send = 5000;
    tcp_net_join(&p->net, &p->client, &p->server);
    tcp_app_send(&p->client, 3000);
    tcp_net_run(&p->net, TCP_S);
    tcp_app_close(&p->client);
    tcp_net_run(&p->net, 70 * TCP_S);
    has_in_order(p->net.text, parts, sizeof parts / sizeof *parts);
    no_longer_than(p->net.text, 125);
    tcp_pair_stop(p);
}

static void tells_losses_and_timeouts_in_short_lines(void **state)
{
    struct tcp_pair pair, *p = tcp_pair_start_with(&pair, &fixed);
    (void)state;
    tcp_net_join(&p->net, &p->client, &p->server);
    p->net.loss = 100;
    tcp_app_send(&p->client, 400000);
    tcp_net_run(&p->net, 200 * TCP_S);
    assert_non_null(strstr(p->net.text, " lost: later ones have arrived; again, cwnd "));
    assert_non_null(strstr(p->net.text, " again: bytes "));
    assert_non_null(strstr(p->net.text, "; cwnd "));
    assert_non_null(strstr(p->net.text, "timeout: byte "));
    no_longer_than(p->net.text, 120);
    tcp_pair_stop(p);
}

/* RFC 6093: the data comes in line, the pointer is told. */
static void tells_of_urgent_data(void **state)
{
    enum { FLAG_URG = 32 };
    struct tcp_raw raw;
    (void)state;
    tcp_raw_start(&raw);
    tcp_raw_join(&raw, 1000);
    tcp_raw_send_data(&raw, FLAG_ACK, 1, 1, 100);
    assert_null(strstr(raw.net.text, "urgent"));
    tcp_raw_send_data(&raw, FLAG_ACK | FLAG_URG, 101, 1, 100); /* with a pointer of 0 */
    assert_non_null(
        strstr(raw.net.text, " < :80 urgent data before byte 101: delivered in line\n"));
    tcp_app_has(&raw.app, 2, 200);
    assert_int_equal(stack_counters(raw.net.stations[0].stack)->tcp_in_urgent, 1);
    tcp_raw_stop(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_a_connection_from_its_syn_to_its_end),
        cmocka_unit_test(tells_losses_and_timeouts_in_short_lines),
        cmocka_unit_test(tells_of_urgent_data),
    };

    return cmocka_run_group_tests_name("tcp_tell", tests, NULL, NULL);
}
