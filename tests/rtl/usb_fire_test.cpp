// Hundreds of short runs of usb_device with a host that breaks rules, at high and full speed.
// SPDX-License-Identifier: MIT
//
// usage: usb_fire_test [FIRST LAST]    with two seeds it prints a line for each broken promise and one that counts
#include "tests/rtl/usb_board.h"

static const char PROGRAM[] = "usb_fire_test";

#include "tests/rtl/usb_fire_run.h"

int main(int count, char **arguments)
{
    return fire(count, arguments, 8, 25);
}
