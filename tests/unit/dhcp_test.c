/* The DHCP client against a server that answers as it should, late, wrongly or not at all.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "tests/unit/dhcp_server.h"

static void start(struct net *net)
{
    struct stack_config config = net_config(net);

    config.source = ADDRESS_FROM_DHCP;
    config.skip_probing = true;
    strcpy(config.hostname, "ferrite");
    net_start_with(net, &config);
    net->answer_arp = true;
}

/* Up to the lease. */
static struct dhcp_asked start_leased(struct net *net)
{
    struct dhcp_asked asked;

    start(net);
    asked = dhcp_question_next(net, SAY_DISCOVER);
    dhcp_answer(net, SAY_OFFER, &asked, NET_ADDRESS);
    asked = dhcp_question_next(net, SAY_REQUEST);
    dhcp_answer(net, SAY_ACK, &asked, NET_ADDRESS);
    assert_int_equal(stack_state(net->stack), STACK_READY);
    return asked;
}

static void four_messages_make_a_lease(void **state)
{
    struct net net;
    struct dhcp_asked asked;
    const struct stack_lease *lease;

    (void)state;
    start(&net);
    assert_int_equal(stack_state(net.stack), STACK_ASKING);
    asked = dhcp_question_next(&net, SAY_DISCOVER);
    assert_int_equal(asked.source, 0);
    assert_int_equal(asked.destination, 0xffffffff);
    dhcp_answer(&net, SAY_OFFER, &asked, NET_ADDRESS);
    asked = dhcp_question_next(&net, SAY_REQUEST);
    assert_int_equal(asked.requested, NET_ADDRESS);
    assert_int_equal(asked.server, NET_PEER);
    assert_int_equal(asked.client, 0);
    assert_null(stack_lease(net.stack));
    dhcp_answer(&net, SAY_ACK, &asked, NET_ADDRESS);
    lease = stack_lease(net.stack);
    assert_non_null(lease);
    assert_true(lease->from_dhcp && !lease->link_local);
    assert_int_equal(address_to_v4(&lease->address), NET_ADDRESS);
    assert_int_equal(address_to_v4(&lease->gateway), NET_PEER);
    assert_int_equal(lease->prefix_len, 24);
    assert_int_equal(address_to_v4(&lease->dns[1].address), 0x0a000204);
    assert_int_equal(lease->dns[1].port, 53);
    assert_int_equal(lease->dns[2].port, 0);
    assert_int_equal(lease->expires_ns - lease->obtained_ns, DHCP_LEASE_S * NET_S);
    assert_int_equal(lease->renew_ns - lease->obtained_ns, DHCP_LEASE_S / 2 * NET_S);
    assert_int_equal(lease->rebind_ns - lease->obtained_ns, DHCP_LEASE_S * 7 / 8 * NET_S);
    assert_true(net_journal_has(
        &net, "dhcp: lease 10.0.2.15/24 from 10.0.2.2 for 1000 s, gateway 10.0.2.2, "
              "dns 10.0.2.3 10.0.2.4\n"));
    net_stop(&net);
}

static void a_silent_server_is_asked_again_with_growing_pauses(void **state)
{
    struct net net;
    struct stack_config config = net_config(&net);
    uint64_t last_ns = 0;

    (void)state;
    config.source = ADDRESS_FROM_DHCP;
    config.dhcp_patience_ns = 1000 * NET_S;
    net_start_with(&net, &config);
    net_run(&net, 300 * NET_S);
    for (int i = 0; i < 6; i++) {
        struct dhcp_asked asked = dhcp_question_next(&net, SAY_DISCOVER);
        uint64_t pause_s = i < 5 ? 2ull << i : 64;

        if (i > 0)
            assert_in_range(asked.time_ns - last_ns, (pause_s - 1) * NET_S, (pause_s + 1) * NET_S);
        last_ns = asked.time_ns;
    }
    net_stop(&net);
}

static void an_unanswered_request_ends_in_a_new_search(void **state)
{
    struct net net;
    struct dhcp_asked asked;

    (void)state;
    start(&net);
    asked = dhcp_question_next(&net, SAY_DISCOVER);
    dhcp_answer(&net, SAY_OFFER, &asked, NET_ADDRESS);
    net_run(&net, 70 * NET_S);
    for (int i = 0; i < 4; i++)
        dhcp_question_next(&net, SAY_REQUEST);
    dhcp_question_next(&net, SAY_DISCOVER);
    net_stop(&net);
}

static void at_half_time_the_server_is_asked_for_longer(void **state)
{
    struct net net;
    struct dhcp_asked asked;

    (void)state;
    start_leased(&net);
    net_run(&net, DHCP_LEASE_S / 2 * NET_S);
    asked = dhcp_question_next(&net, SAY_REQUEST);
    assert_int_equal(asked.time_ns, NET_S + DHCP_LEASE_S / 2 * NET_S);
    assert_int_equal(asked.source, NET_ADDRESS);
    assert_int_equal(asked.destination, NET_PEER);
    assert_int_equal(asked.client, NET_ADDRESS);
    assert_int_equal(asked.requested, 0);
    assert_int_equal(asked.server, 0);
    dhcp_answer(&net, SAY_ACK, &asked, NET_ADDRESS);
    assert_int_equal(stack_lease(net.stack)->expires_ns, net.now_ns + DHCP_LEASE_S * NET_S);
    assert_int_equal(stack_state(net.stack), STACK_READY);
    net_stop(&net);
}

static void without_an_answer_all_servers_are_asked_and_then_the_lease_ends(void **state)
{
    struct net net;
    struct dhcp_asked asked = {0};

    (void)state;
    start_leased(&net);
    net_run(&net, DHCP_LEASE_S * 7 / 8 * NET_S);
    while (dhcp_take(&net, &asked) && asked.destination == NET_PEER)
        assert_int_equal(asked.type, SAY_REQUEST);
    assert_int_equal(asked.destination, 0xffffffff);
    assert_int_equal(asked.client, NET_ADDRESS);
    assert_int_equal(stack_state(net.stack), STACK_READY);
    net_run(&net, DHCP_LEASE_S / 8 * NET_S);
    assert_null(stack_lease(net.stack));
    assert_int_equal(stack_state(net.stack), STACK_ASKING);
    assert_true(net_journal_has(&net, "dhcp: the lease is over: it has expired\n"));
    while (dhcp_take(&net, &asked))
        ;
    assert_int_equal(asked.type, SAY_DISCOVER);
    net_stop(&net);
}

static void a_refusal_ends_the_lease_and_begins_a_new_search(void **state)
{
    struct net net;
    struct dhcp_asked asked;

    (void)state;
    start_leased(&net);
    net_run(&net, DHCP_LEASE_S / 2 * NET_S);
    asked = dhcp_question_next(&net, SAY_REQUEST);
    dhcp_answer(&net, SAY_NAK, &asked, 0);
    assert_null(stack_lease(net.stack));
    net_run(&net, NET_S);
    dhcp_question_next(&net, SAY_DISCOVER);
    net_stop(&net);
}

static void after_a_pulled_cable_the_same_lease_is_asked_for(void **state)
{
    struct net net;
    struct dhcp_asked asked;

    (void)state;
    start_leased(&net);
    stack_link(net.stack, false, net.now_ns);
    assert_int_equal(stack_state(net.stack), STACK_NO_LINK);
    net_run(&net, 5 * NET_S);
    assert_false(dhcp_take(&net, &asked));
    stack_link(net.stack, true, net.now_ns);
    asked = dhcp_question_next(&net, SAY_REQUEST);
    assert_int_equal(asked.requested, NET_ADDRESS);
    assert_int_equal(asked.server, 0);
    assert_int_equal(asked.source, 0);
    dhcp_answer(&net, SAY_ACK, &asked, NET_ADDRESS);
    assert_int_equal(stack_state(net.stack), STACK_READY);
    net_stop(&net);
}

static void answers_to_others_and_impossible_offers_are_ignored(void **state)
{
    static const uint32_t impossible[] = {0, 0xffffffff, 0xe0000001, 0x7f000001};
    struct net net;
    struct dhcp_asked asked, other;
    uint8_t message[300];
    size_t len;

    (void)state;
    start(&net);
    asked = dhcp_question_next(&net, SAY_DISCOVER);
    len = dhcp_answer_write(message, SAY_OFFER, asked.xid + 1, NET_ADDRESS);
    dhcp_message_in(&net, message, len, 0xffffffff);
    len = dhcp_answer_write(message, SAY_OFFER, asked.xid, NET_ADDRESS);
    message[30] ^= 1;
    dhcp_message_in(&net, message, len, 0xffffffff);
    dhcp_answer(&net, SAY_ACK, &asked, NET_ADDRESS);
    dhcp_answer(&net, SAY_NAK, &asked, NET_ADDRESS);
    for (int i = 0; i < 4; i++) {
        len = dhcp_answer_write(message, SAY_OFFER, asked.xid, impossible[i]);
        dhcp_message_in(&net, message, len, 0xffffffff);
    }
    assert_false(dhcp_take(&net, &other));
    dhcp_answer(&net, SAY_OFFER, &asked, NET_ADDRESS);
    asked = dhcp_question_next(&net, SAY_REQUEST);
    len = dhcp_answer_write(message, SAY_ACK, asked.xid, NET_ADDRESS);
    message[248] = 9; /* another server's word */
    dhcp_message_in(&net, message, len, 0xffffffff);
    assert_null(stack_lease(net.stack));
    net_stop(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_messages_make_a_lease),
        cmocka_unit_test(a_silent_server_is_asked_again_with_growing_pauses),
        cmocka_unit_test(an_unanswered_request_ends_in_a_new_search),
        cmocka_unit_test(at_half_time_the_server_is_asked_for_longer),
        cmocka_unit_test(without_an_answer_all_servers_are_asked_and_then_the_lease_ends),
        cmocka_unit_test(a_refusal_ends_the_lease_and_begins_a_new_search),
        cmocka_unit_test(after_a_pulled_cable_the_same_lease_is_asked_for),
        cmocka_unit_test(answers_to_others_and_impossible_offers_are_ignored),
    };

    return cmocka_run_group_tests_name("dhcp", tests, NULL, NULL);
}
