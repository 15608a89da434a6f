/* The register map: the files made from it must say what it says.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "driver/registers.h"

/* Runs the generator on a map of our own and returns its exit status. */
static int check_map(const char *text)
{
    char path[] = "/tmp/registers-XXXXXX", command[200];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    fputs(text, file);
    fclose(file);
    snprintf(command, sizeof command, "driver/registers.py --check --map %s 2>/dev/null", path);
    int status = system(command);
    remove(path);
    return status;
}

static void the_generated_files_say_what_the_map_says(void **state)
{
    (void)state;
    assert_int_equal(system("driver/registers.py --check"), 0);
}

static void a_map_that_differs_is_noticed(void **state)
{
    (void)state;
    assert_int_not_equal(check_map("reg 0x000 ID ro -- another map\n"), 0);
}

static void overlapping_registers_and_fields_are_refused(void **state)
{
    (void)state;
    assert_int_not_equal(check_map("reg 0x004 B ro -- b\nreg 0x004 A ro -- a\n"), 0);
    assert_int_not_equal(check_map("reg 0x004 B ro -- b\nfield 3:0 X -- x\nfield 3 Y -- y\n"), 0);
    assert_int_not_equal(check_map("reg 0x006 B ro -- not aligned\n"), 0);
    assert_int_not_equal(check_map("field 3:0 X -- of nothing\n"), 0);
    assert_int_not_equal(check_map("what is this\n"), 0);
}

/* What the program says of a map, which differs from the files in any case. */
static void check_complaint(const char *map, const char *complaint)
{
    char line[400], command[] = "driver/registers.py --check --map /tmp/registers-complaint 2>&1";
    FILE *file = fopen("/tmp/registers-complaint", "w");

    fputs(map, file);
    fclose(file);
    file = popen(command, "r");
    assert_non_null(fgets(line, sizeof line, file));
    pclose(file);
    remove("/tmp/registers-complaint");
    assert_non_null(strstr(line, complaint));
}

static void each_counter_has_a_statistic_of_its_own(void **state)
{
    (void)state;
    check_complaint("reg 0x100 A counter -- a\n", "a statistic of its own");
    check_complaint("reg 0x004 A ro:a -- a\n", "a statistic of its own");
    check_complaint("reg 0x100 A counter:x -- a\nreg 0x104 B counter:x -- b\n", "A: each counter");
}

static void every_counter_lies_in_the_window_of_the_counters(void **state)
{
    (void)state;
    int count = 0;
#define IN_WINDOW(name, address)            \
    assert_in_range(address, 0x100, 0x17c); \
    assert_true(strlen(#name) > 3);         \
    count++;
    REG_COUNTERS(IN_WINDOW)
    assert_int_equal(count, 19);
}

static void the_first_register_reads_fer1(void **state)
{
    (void)state;
    uint8_t bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(REG_ID_VALUE >> (8 * i));
    assert_memory_equal(bytes, "FER1", 4);
    assert_int_equal(REG_ID, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generated_files_say_what_the_map_says),
        cmocka_unit_test(a_map_that_differs_is_noticed),
        cmocka_unit_test(overlapping_registers_and_fields_are_refused),
        cmocka_unit_test(each_counter_has_a_statistic_of_its_own),
        cmocka_unit_test(every_counter_lies_in_the_window_of_the_counters),
        cmocka_unit_test(the_first_register_reads_fer1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
