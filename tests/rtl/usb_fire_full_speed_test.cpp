// Short runs of usb_device_full_speed, at D+ and D- themselves, with a host that breaks rules and has a clock of its own.
// SPDX-License-Identifier: MIT
//
// usage: usb_fire_full_speed_test [FIRST LAST]    as usb_fire_test
#include "tests/rtl/usb_board_full_speed.h"

using Board = FullSpeedBoard;
static const char PROGRAM[] = "usb_fire_full_speed_test";

#include "tests/rtl/usb_fire_run.h"

int main(int count, char **arguments)
{
    return fire(count, arguments, 2, 25);
}
