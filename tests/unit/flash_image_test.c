/* What a bitstream says of its device, and which board it fits.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "host/cli/flash_boards.h"
#include "host/cli/flash_image.h"

enum { BYTES = 400 };

/* The first commands of an ECP5's bitstream, as ecppack writes them, and its last one. */
static const uint8_t ecp5_head[] =
    "\xFF\0Part: LFE5UM5G-85F-8CABGA554\0\xFF\xFF\xFF\xBD\xB3\xFF\xFF\xFF\xFF\x3B\0\0\0\xE2\0\0\0"
    "\x81\x11\x30\x43\x22\0\0\0";
static const uint8_t ecp5_end[] = "\x5E\0\0\0\xFF\xFF\xFF";
/* Those of an iCE40 with 8k cells, as icepack writes them. */
static const uint8_t ice40_head[] =
    "\xFF\0\0\xFF\x7E\xAA\x99\x7E\x51\0\x01\x05\x92\0\x20\x62\x03\x67\x72\x01\x10";
static const uint8_t ice40_named[] =
    "\xFF\0"
    "board: somebody's\0\0\xFF\x7E\xAA\x99\x7E\x51\0\x01\x05\x92\0\x20\x62\x03\x67\x72\x01\x10";
static const uint8_t ice40_end[] = "\x22\x5B\x4C\x01\x06";

struct made {
    uint8_t data[BYTES];
    struct flash_image image;
    const char *why;
};

static int parse(struct made *made, const uint8_t *head, size_t head_length, const uint8_t *end,
                 size_t end_length)
{
    memset(made->data, 0, sizeof made->data);
    memcpy(made->data, head, head_length);
    memcpy(made->data + BYTES - end_length, end, end_length);
    return flash_image_parse(made->data, BYTES, &made->image, &made->why);
}

#define PARSE(made, head, end) parse(made, head, sizeof head - 1, end, sizeof end - 1)

static void reads_the_part_and_idcode_of_an_ecp5(void **state)
{
    struct made made;

    (void)state;
    assert_int_equal(PARSE(&made, ecp5_head, ecp5_end), 0);
    assert_int_equal(made.image.family, FLASH_ECP5);
    assert_string_equal(made.image.comment, "LFE5UM5G-85F-8CABGA554");
    assert_int_equal(made.image.idcode, 0x81113043);
}

static void reads_the_size_of_an_ice40_and_its_board_if_told(void **state)
{
    struct made made;

    (void)state;
    assert_int_equal(PARSE(&made, ice40_head, ice40_end), 0);
    assert_int_equal(made.image.family, FLASH_ICE40);
    assert_int_equal(made.image.columns, FLASH_ICE40_8K_COLUMNS);
    assert_string_equal(made.image.comment, "");
    assert_int_equal(PARSE(&made, ice40_named, ice40_end), 0);
    assert_string_equal(made.image.comment, "somebody's");
}

static void refuses_what_is_cut_off_wherever(void **state)
{
    struct made made;

    (void)state;
    PARSE(&made, ecp5_head, ecp5_end);
    for (size_t length = 0; length < BYTES - sizeof ecp5_end + 4; length++)
        assert_int_equal(flash_image_parse(made.data, length, &made.image, &made.why), -EBADMSG);
    assert_string_equal(made.why, "its end is missing");
    PARSE(&made, ice40_named, ice40_end);
    for (size_t length = 0; length < BYTES - 1; length++)
        assert_int_equal(flash_image_parse(made.data, length, &made.image, &made.why), -EBADMSG);
}

static void refuses_commands_that_do_not_name_the_device(void **state)
{
    uint8_t head[sizeof ecp5_head];
    struct made made;

    (void)state;
    memcpy(head, ecp5_head, sizeof head);
    head[40] = 0x46; /* another command than the reset of the CRC */
    assert_int_equal(PARSE(&made, head, ecp5_end), -EBADMSG);
    assert_string_equal(made.why, "its commands do not name the device");
}

static void fits_only_the_board_with_that_fpga(void **state)
{
    char why[240];
    struct made made;
    const struct flash_board *large = flash_board_find("ecpix5-85f"),
                             *small = flash_board_find("ecpix5-45f");

    (void)state;
    assert_null(flash_board_find("ecpix5"));
    PARSE(&made, ecp5_head, ecp5_end);
    assert_true(flash_board_fits(large, &made.image, why, sizeof why));
    assert_false(flash_board_fits(small, &made.image, why, sizeof why));
    strcpy(made.image.comment,
           "LFE5UM5G-85F-6CABGA554"); /* another speed grade is no other device */
    assert_true(flash_board_fits(large, &made.image, why, sizeof why));
    strcpy(made.image.comment, "LFE5UM5G-85F-8CABGA381");
    assert_false(flash_board_fits(large, &made.image, why, sizeof why));
    PARSE(&made, ice40_head, ice40_end);
    assert_true(flash_board_fits(flash_board_find("tinyfpga-bx"), &made.image, why, sizeof why));
    made.image.columns = 332; /* an iCE40 with 1k cells */
    assert_false(flash_board_fits(flash_board_find("tinyfpga-bx"), &made.image, why, sizeof why));
    PARSE(&made, ice40_named, ice40_end);
    assert_false(flash_board_fits(flash_board_find("tinyfpga-bx"), &made.image, why, sizeof why));
    assert_non_null(strstr(why, "'somebody's'"));
    assert_false(flash_board_fits(large, &made.image, why, sizeof why));
    assert_non_null(strstr(why, "iCE40"));
}

/* The same FPGA in another package, and the same die under another name, are other boards. */
static void tells_boards_with_the_same_die_apart(void **state)
{
    char why[240];
    struct made made;

    (void)state;
    PARSE(&made, ecp5_head, ecp5_end);
    assert_false(flash_board_fits(flash_board_find("butterstick"), &made.image, why, sizeof why));
    strcpy(made.image.comment, "LFE5UM5G-85F-8CABGA381");
    assert_true(flash_board_fits(flash_board_find("butterstick"), &made.image, why, sizeof why));
    made.image.idcode = 0x21111043;
    strcpy(made.image.comment, "LFE5U-12F-6CABGA256");
    assert_true(flash_board_fits(flash_board_find("kopflos"), &made.image, why, sizeof why));
    assert_false(flash_board_fits(flash_board_find("ulx3s-12f"), &made.image, why, sizeof why));
    PARSE(&made, ice40_named, ice40_end);
    strcpy(made.image.comment, "tinyfpga-bx");
    assert_false(flash_board_fits(flash_board_find("hx8k-breakout"), &made.image, why, sizeof why));
    strcpy(made.image.comment, "hx8k-breakout");
    assert_true(flash_board_fits(flash_board_find("hx8k-breakout"), &made.image, why, sizeof why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_part_and_idcode_of_an_ecp5),
        cmocka_unit_test(reads_the_size_of_an_ice40_and_its_board_if_told),
        cmocka_unit_test(refuses_what_is_cut_off_wherever),
        cmocka_unit_test(refuses_commands_that_do_not_name_the_device),
        cmocka_unit_test(fits_only_the_board_with_that_fpga),
        cmocka_unit_test(tells_boards_with_the_same_die_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
