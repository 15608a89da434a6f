/* How journal lines are printed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "host/cli/explain.h"

static char *printed; /* by the last run */

static void print(const char *text)
{
    size_t len;
    FILE *out = open_memstream(&printed, &len);
    struct explain explain;

    explain_init(&explain, out, JOURNAL_DETAIL);
    explain.color = false;
    journal_write(&explain.journal, 5000000, JOURNAL_EVENT, "tcp", "first");
    journal_write(&explain.journal, 6500000, JOURNAL_EVENT, "usb", "%s", text);
    fclose(out);
}

static void times_count_from_the_first_line(void **state)
{
    (void)state;
    print("second");
    assert_string_equal(printed, "      0.000 ms tcp    first\n      1.500 ms usb    second\n");
    free(printed);
}

static void long_lines_break_behind_a_comma(void **state)
{
    char text[600] = "";

    (void)state;
    for (int i = 0; i < 30; i++)
        strcat(text, i ? ", field 12" : "field 1");
    print(text);
    for (const char *line = printed; *line; line = strchr(line, '\n') + 1)
        assert_true(strcspn(line, "\n") <= 135);
    assert_non_null(strstr(printed, ",\n                       field 12"));
    free(printed);
}

static void a_line_without_a_comma_stays_whole(void **state)
{
    char text[401];

    (void)state;
    memset(text, 'x', 400);
    text[400] = '\0';
    print(text);
    assert_non_null(strstr(printed, text));
    free(printed);
    print("");
    assert_non_null(strstr(printed, "usb    \n"));
    free(printed);
}

static void several_lines_stand_under_each_other(void **state)
{
    (void)state;
    print("one\ntwo\n");
    assert_non_null(strstr(printed, "one\n                       two\n                       \n"));
    free(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_count_from_the_first_line),
        cmocka_unit_test(long_lines_break_behind_a_comma),
        cmocka_unit_test(a_line_without_a_comma_stays_whole),
        cmocka_unit_test(several_lines_stand_under_each_other),
    };

    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
