/* Tests the USB/IP server as a raw client sees it, with a transport whose transfers end when the test says so.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/usbip_rig.h"

static void lists_the_board(void **state)
{
    (void)state;
    struct usbip_rig *rig = usbip_rig_start();
    uint8_t reply[8 + 4 + 312 + 4];
    usbip_rig_put(rig, "\x01\x11\x80\x05\0\0\0\0", 8);
    usbip_rig_take(rig, reply, sizeof reply);
    assert_memory_equal(reply, "\x01\x11\x00\x05\0\0\0\0\0\0\0\1", 12);
    assert_string_equal((char *)reply + 12 + 256, "1-1");
    assert_memory_equal(reply + 12 + 296, "\0\0\0\3\x12\x09\0\1\1\5\xff\1\2\1\1\1", 16);
    assert_memory_equal(reply + 12 + 312, "\xff\7\x08\0", 4);
    usbip_rig_hung_up(rig);
    usbip_rig_stop(rig);
}

static void gives_the_board_to_one_client(void **state)
{
    (void)state;
    struct usbip_rig *rig = usbip_rig_imported();
    int first = rig->client;
    uint8_t request[40] = {1, 0x11, 0x80, 3}, reply[8];
    memcpy(request + 8, "1-1", 3);
    rig->client = usbip_rig_connect(rig);
    usbip_rig_put(rig, request, sizeof request);
    usbip_rig_take(rig, reply, sizeof reply);
    assert_int_equal(reply[7], 2);
    close(rig->client);
    rig->client = usbip_rig_connect(rig);
    request[8] = '9';
    usbip_rig_put(rig, request, sizeof request);
    usbip_rig_take(rig, reply, sizeof reply);
    assert_int_equal(reply[7], 4);
    close(rig->client);
    close(first);
    usbip_rig_alone(rig);
    request[8] = '1';
    rig->client = usbip_rig_connect(rig);
    usbip_rig_put(rig, request, sizeof request);
    usbip_rig_take(rig, reply, sizeof reply);
    assert_int_equal(reply[7], 0);
    usbip_rig_stop(rig);
}

static void carries_data_both_ways(void **state)
{
    (void)state;
    struct usbip_rig *rig = usbip_rig_imported();
    uint8_t message[USBIP_URB + 100], data[10];
    usbip_rig_urb(message, 1, 1, 0, 1, 100);
    message[23] = 0x40;
    memset(message + USBIP_URB, 'x', 100);
    for (size_t i = 0; i < sizeof message; i++) /* split at every byte */
        usbip_rig_put(rig, message + i, 1);
    assert_int_equal(rig->fake.count, 1);
    assert_int_equal(rig->fake.waiting[0]->endpoint, 1);
    assert_true(rig->fake.waiting[0]->zero_packet);
    assert_memory_equal(rig->fake.waiting[0]->data, message + USBIP_URB, 100);
    usbip_rig_end(&rig->fake, 0, 0, 100);
    usbip_rig_return(rig, 3, 1, 0, 100);
    usbip_rig_urb(message, 1, 2, 1, 1, 4096);
    usbip_rig_put(rig, message, USBIP_URB);
    assert_int_equal(rig->fake.waiting[0]->endpoint, 0x81);
    assert_int_equal(rig->fake.waiting[0]->length, 4096);
    memcpy(rig->fake.waiting[0]->data, "0123456789", 10);
    usbip_rig_end(&rig->fake, 0, 0, 10);
    usbip_rig_return(rig, 3, 2, 0, 10);
    usbip_rig_take(rig, data, 10);
    assert_memory_equal(data, "0123456789", 10);
    usbip_rig_stop(rig);
}

static void tells_stalls_and_refused_endpoints(void **state)
{
    (void)state;
    struct usbip_rig *rig = usbip_rig_imported();
    uint8_t message[USBIP_URB];
    usbip_rig_urb(message, 1, 1, 1, 1, 64);
    usbip_rig_put(rig, message, USBIP_URB);
    usbip_rig_end(&rig->fake, 0, -EPIPE, 0);
    usbip_rig_return(rig, 3, 1, -32, 0);
    usbip_rig_urb(message, 1, 2, 0, 5, 0);
    usbip_rig_put(rig, message, USBIP_URB);
    usbip_rig_return(rig, 3, 2, -22, 0);
    usbip_rig_urb(message, 1, 3, 1, 0, 64); /* the setup bytes say 0 bytes */
    usbip_rig_put(rig, message, USBIP_URB);
    usbip_rig_return(rig, 3, 3, -22, 0);
    usbip_rig_stop(rig);
}

static void unlinks_a_pending_urb(void **state)
{
    (void)state;
    struct usbip_rig *rig = usbip_rig_imported();
    uint8_t message[USBIP_URB];
    usbip_rig_urb(message, 1, 1, 1, 1, 64);
    usbip_rig_put(rig, message, USBIP_URB);
    usbip_rig_urb(message, 2, 2, 0, 0, 1);
    usbip_rig_put(rig, message, USBIP_URB);
    usbip_rig_return(rig, 4, 2, -104, 0);
    usbip_rig_silent(rig);
    usbip_rig_urb(message, 2, 3, 0, 0, 1); /* once more: it has been answered */
    usbip_rig_put(rig, message, USBIP_URB);
    usbip_rig_return(rig, 4, 3, 0, 0);
    usbip_rig_stop(rig);
}

static void keeps_the_bytes_of_a_partly_filled_urb(void **state)
{
    (void)state;
    struct usbip_rig *rig = usbip_rig_imported();
    uint8_t message[USBIP_URB], data[5];
    usbip_rig_urb(message, 1, 1, 1, 1, 64);
    usbip_rig_put(rig, message, USBIP_URB);
    memcpy(rig->fake.waiting[0]->data, "abcde", 5);
    rig->fake.waiting[0]->actual = 5;
    usbip_rig_urb(message, 2, 2, 0, 0, 1);
    usbip_rig_put(rig, message, USBIP_URB);
    usbip_rig_return(rig, 3, 1, -104, 5);
    usbip_rig_take(rig, data, 5);
    assert_memory_equal(data, "abcde", 5);
    usbip_rig_return(rig, 4, 2, 0, 0);
    usbip_rig_stop(rig);
}

static void holds_an_unlink_that_comes_before_its_submit(void **state)
{
    (void)state;
    struct usbip_rig *rig = usbip_rig_imported();
    uint8_t message[USBIP_URB + 3] = {0};
    usbip_rig_urb(message, 2, 2, 0, 0, 9);
    usbip_rig_put(rig, message, USBIP_URB);
    usbip_rig_silent(rig);
    usbip_rig_urb(message, 1, 9, 0, 1, 3);
    usbip_rig_put(rig, message, sizeof message);
    assert_int_equal(rig->fake.count, 0);
    usbip_rig_return(rig, 4, 2, -104, 0);
    usbip_rig_silent(rig);
    usbip_rig_stop(rig);
}

static void hangs_up_on_who_breaks_the_protocol(void **state)
{
    (void)state;
    struct usbip_rig *rig = usbip_rig_imported();
    uint8_t message[USBIP_URB];
    usbip_rig_urb(message, 7, 1, 0, 0, 0);
    usbip_rig_put(rig, message, USBIP_URB);
    usbip_rig_hung_up(rig);
    usbip_rig_stop(rig);
    rig = usbip_rig_imported();
    usbip_rig_urb(message, 1, 1, 0, 1, 0);
    message[24] = 0xFF; /* a negative length */
    usbip_rig_put(rig, message, USBIP_URB);
    usbip_rig_hung_up(rig);
    assert_int_equal(usbip_server_counters(rig->server)->bad_messages, 1);
    usbip_rig_stop(rig);
    rig = usbip_rig_start();
    usbip_rig_put(rig, "\x01\x11\x77\x77\0\0\0\0", 8);
    usbip_rig_hung_up(rig);
    usbip_rig_stop(rig);
}

static void cancels_everything_when_the_client_leaves(void **state)
{
    (void)state;
    struct usbip_rig *rig = usbip_rig_imported();
    uint8_t message[USBIP_URB];
    for (uint8_t i = 1; i < 20; i++) {
        usbip_rig_urb(message, 1, i, 1, 1, 64);
        usbip_rig_put(rig, message, USBIP_URB);
    }
    assert_int_equal(rig->fake.count, 19);
    close(rig->client);
    usbip_rig_alone(rig);
    assert_int_equal(rig->fake.count, 0);
    rig->client = usbip_rig_connect(rig);
    usbip_rig_stop(rig);
}

static void hangs_up_when_the_board_is_unplugged(void **state)
{
    (void)state;
    struct usbip_rig *rig = usbip_rig_imported();
    uint8_t message[USBIP_URB];
    usbip_rig_urb(message, 1, 1, 1, 1, 64);
    usbip_rig_put(rig, message, USBIP_URB);
    rig->fake.unplugged = true;
    usbip_rig_end(&rig->fake, 0, -ENODEV, 0);
    usbip_rig_return(rig, 3, 1, -19, 0);
    usbip_rig_hung_up(rig);
    usbip_rig_stop(rig);
}

static void names_a_bad_address_and_a_taken_port(void **state)
{
    (void)state;
    struct usbip_rig *rig = usbip_rig_start();
    struct usbip_server *other;
    char error[200];
    assert_int_equal(usbip_server_open(&other, &rig->fake.transport, NULL,
                                       usbip_server_port(rig->server), usbip_rig_ns, error,
                                       sizeof error),
                     -EADDRINUSE);
    assert_non_null(strstr(error, "choose another port"));
    assert_int_equal(usbip_server_open(&other, &rig->fake.transport, "nowhere", 0, usbip_rig_ns,
                                       error, sizeof error),
                     -EINVAL);
    assert_non_null(strstr(error, "'nowhere'"));
    usbip_rig_stop(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_the_board),
        cmocka_unit_test(gives_the_board_to_one_client),
        cmocka_unit_test(carries_data_both_ways),
        cmocka_unit_test(tells_stalls_and_refused_endpoints),
        cmocka_unit_test(unlinks_a_pending_urb),
        cmocka_unit_test(keeps_the_bytes_of_a_partly_filled_urb),
        cmocka_unit_test(holds_an_unlink_that_comes_before_its_submit),
        cmocka_unit_test(hangs_up_on_who_breaks_the_protocol),
        cmocka_unit_test(cancels_everything_when_the_client_leaves),
        cmocka_unit_test(hangs_up_when_the_board_is_unplugged),
        cmocka_unit_test(names_a_bad_address_and_a_taken_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
