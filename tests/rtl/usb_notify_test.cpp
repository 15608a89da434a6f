// Tests of usb_notify: when it has a notification, and what it says (CDC 1.2, table 20; ECM 1.2, 6.3).
// SPDX-License-Identifier: MIT
#include "Vusb_notify.h"
#include "tests/rtl/usb_in_rig.h"

using bench::check;

static const Bytes DOWN = {0xa1, 0, 0, 0, 0, 0, 0, 0}, UP = {0xa1, 0, 1, 0, 0, 0, 0, 0};
static const Bytes GIGABIT = {0xa1, 0x2a, 0,    0,    0,    0,    8,    0,
                              0x00, 0xca, 0x9a, 0x3b, 0x00, 0xca, 0x9a, 0x3b};
static const Bytes FAST = {0xa1, 0x2a, 0,    0,    0,    0,    8,    0,
                           0x00, 0xe1, 0xf5, 0x05, 0x00, 0xe1, 0xf5, 0x05};
static const Bytes SLOW = {0xa1, 0x2a, 0,    0,    0,    0,    8,    0,
                           0x80, 0x96, 0x98, 0x00, 0x80, 0x96, 0x98, 0x00};

struct Notifier : InPackets<Vusb_notify> {
    Notifier() : InPackets("usb_notify")
    {
    }
    void state(int link, int speed)
    {
        dut.link = (uint8_t)link;
        dut.speed = (uint8_t)speed;
        clock();
    }
    // Empty if there is none. The link may change while it goes out.
    Bytes give(bool taken = true, int link = -1)
    {
        sim.settle();
        if (!dut.packet_ready)
            return {};
        Bytes bytes = packet([&] { dut.link = link < 0 ? dut.link : (uint8_t)link; });
        if (taken)
            pulse(dut.taken);
        return bytes;
    }
};

int main()
{
    bench::test("tells_at_first_that_there_is_no_link", [] {
        Notifier notifier;
        check(notifier.give() == DOWN && notifier.give().empty(), "not once");
    });
    bench::test("tells_of_a_link_and_then_its_speed", [] {
        for (auto &[speed, bytes] :
             std::vector<std::pair<int, Bytes>>{{0, SLOW}, {1, FAST}, {2, GIGABIT}}) {
            Notifier notifier;
            notifier.state(1, speed);
            check(notifier.give() == UP && notifier.give() == bytes && notifier.give().empty(),
                  "speed %d", speed);
        }
    });
    bench::test("tells_each_change_once", [] {
        Notifier notifier;
        notifier.state(1, 2);
        notifier.give();
        notifier.give();
        notifier.state(1, 1);
        check(notifier.give() == FAST && notifier.give().empty(), "another speed");
        notifier.state(0, 1);
        check(notifier.give() == DOWN && notifier.give().empty(), "no link");
        notifier.state(0, 2);
        check(notifier.give().empty(), "the speed of no link");
        notifier.state(1, 2);
        check(notifier.give() == UP && notifier.give() == GIGABIT && notifier.give().empty(),
              "a link again");
    });
    bench::test("gives_one_that_was_not_acknowledged_again_as_it_was", [] {
        Notifier notifier;
        check(notifier.give(false, 1) == DOWN && notifier.give(false, 0) == DOWN, "the first");
        check(notifier.give(true, 1) == DOWN && notifier.give(false, 0) == UP, "the next");
        check(notifier.give(true) == UP && notifier.give() == DOWN, "the third");
        check(notifier.give().empty(), "a fourth");
    });
    bench::test("begins_nothing_while_it_is_silent_and_tells_all_anew_behind", [] {
        Notifier notifier;
        notifier.state(1, 2);
        notifier.give();
        check(notifier.give(false) == GIGABIT, "no speed");
        notifier.pulse(notifier.dut.silent);
        check(notifier.give() == GIGABIT, "what was on its way is gone");
        check(notifier.give() == UP && notifier.give() == GIGABIT && notifier.give().empty(),
              "not told anew");
        notifier.dut.silent = 1;
        notifier.state(0, 0);
        check(notifier.give().empty(), "not silent");
        notifier.dut.silent = 0;
        check(notifier.give() == DOWN, "nothing behind silence");
    });
    return bench::done();
}
