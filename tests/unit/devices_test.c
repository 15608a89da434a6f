/* What `ferrite devices -v` tells of boards on a libusb made of paper: whether the kernel copies what transfers carry.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "host/cli/commands.h"
#include "tests/unit/libusb_paper.h"

static char said[2000];

/* Runs `ferrite devices OPTION`; what it prints is in said. */
static void devices_said(char *option)
{
    char *arguments[] = {"devices", option, NULL};
    FILE *out = tmpfile();
    int code, kept = dup(1);

    fflush(stdout);
    dup2(fileno(out), 1);
    code = command_devices(2, arguments);
    fflush(stdout);
    dup2(kept, 1);
    close(kept);
    rewind(out);
    said[fread(said, 1, sizeof said - 1, out)] = '\0';
    fclose(out);
    assert_int_equal(code, EXIT_OK);
    assert_int_equal(memory_given, 0);
}

static int times_said(const char *text)
{
    int times = 0;

    for (const char *at = said; (at = strstr(at, text)); at++)
        times++;
    return times;
}

static int reset(void **state)
{
    (void)state;
    bus_reset();
    memory_there = false;
    return 0;
}

static void without_the_kernels_memory_it_names_the_copy_that_takes_its_place(void **state)
{
    (void)state;
    devices_said("-v");
    assert_int_equal(
        times_said("transfers copied by the kernel, as it gives no memory of its own\n"), 2);
    assert_int_equal(times_said("without a copy"), 0);
    devices_said("--json");
    assert_int_equal(times_said("\"memory\":\"transfers copied by the kernel, as"), 2);
}

static void with_it_there_is_no_copy(void **state)
{
    (void)state;
    memory_there = true;
    devices_said("-v");
    assert_int_equal(times_said("transfers without a copy, in the kernel's memory\n"), 2);
    assert_int_equal(times_said("copied"), 0);
}

static void of_a_board_that_may_not_be_opened_it_is_not_known(void **state)
{
    (void)state;
    devices[1].open_error = LIBUSB_ERROR_ACCESS;
    devices_said("-v");
    assert_int_equal(times_said("transfers copied by the kernel"), 1);
    devices_said("--json");
    assert_int_equal(times_said("\"memory\":null"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_the_kernels_memory_it_names_the_copy_that_takes_its_place,
                               reset),
        cmocka_unit_test_setup(with_it_there_is_no_copy, reset),
        cmocka_unit_test_setup(of_a_board_that_may_not_be_opened_it_is_not_known, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
