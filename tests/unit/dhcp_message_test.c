/* DHCP messages: hostile ones refused, options found wherever they may stand.
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

#include "host/stack/dhcp_message.h"
#include "tests/unit/dhcp_server.h"

static void a_message_cut_anywhere_or_with_random_bytes_is_refused_or_read(void **state)
{
    uint8_t message[300];
    size_t len = dhcp_answer_write(message, SAY_OFFER, 1, NET_ADDRESS);
    struct dhcp_answer parsed;

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *exact = malloc(cut ? cut : 1);

        memcpy(exact, message, cut);
        if (cut < 243)
            assert_int_equal(dhcp_parse(exact, cut, &parsed), -EBADMSG);
        else
            (void)dhcp_parse(exact, cut, &parsed);
        free(exact);
    }
    srand(1);
    for (int i = 0; i < 20000; i++) {
        uint8_t *exact = malloc(len);

        memcpy(exact, message, len);
        for (int n = 0; n < 4; n++)
            exact[236 + (size_t)rand() % (len - 236)] = (uint8_t)rand();
        (void)dhcp_parse(exact, len, &parsed);
        free(exact);
    }
}

static void options_may_go_on_in_the_file_and_server_name_fields(void **state)
{
    uint8_t message[300] = {0};
    struct dhcp_answer parsed;

    (void)state;
    dhcp_answer_write(message, SAY_OFFER, 1, NET_ADDRESS);
    memcpy(message + 240, (uint8_t[]){52, 1, 3, 255}, 4);
    memcpy(message + 108, (uint8_t[]){53, 1, SAY_ACK, 0, 51, 4, 0, 0, 0, 9, 255}, 11);
    memcpy(message + 44, (uint8_t[]){1, 4, 255, 255, 0, 0, 255}, 7);
    assert_int_equal(dhcp_parse(message, 244, &parsed), 0);
    assert_int_equal(parsed.type, SAY_ACK);
    assert_int_equal(parsed.lease_s, 9);
    assert_int_equal(address_to_v4(&parsed.mask), 0xffff0000);
    message[107 + 128] = 51; /* an option cut off by the field's end */
    memset(message + 108, 0, 127);
    assert_int_equal(dhcp_parse(message, 244, &parsed), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_cut_anywhere_or_with_random_bytes_is_refused_or_read),
        cmocka_unit_test(options_may_go_on_in_the_file_and_server_name_fields),
    };

    return cmocka_run_group_tests_name("dhcp_message", tests, NULL, NULL);
}
