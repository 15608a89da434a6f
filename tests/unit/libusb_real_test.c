/* The libusb transport with the real libusb, on a machine that need not have a board.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "driver/libusb.h"

static void count_board(void *user, const struct libusb_board *board)
{
    assert_true(board->port[0] != '\0');
    ++*(int *)user;
}

static void says_that_no_such_board_is_plugged_in(void **state)
{
    struct transport *transport;
    char error[300] = "";
    int boards = 0, listed = libusb_transport_list(count_board, &boards, error, sizeof(error));

    (void)state;
    if (listed < 0) {
        print_message("# %s\n", error);
        assert_non_null(strstr(error, "libusb"));
        skip();
    }
    assert_int_equal(listed, boards);
    assert_int_equal(libusb_transport_open(&transport, "no-such-board", error, sizeof(error)),
                     -ENODEV);
    assert_non_null(strstr(error, "'no-such-board'"));
    assert_non_null(strstr(error, "1209:0001"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_that_no_such_board_is_plugged_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
