// Tests of usb_interrupt: when it has a report, and what it says.
// SPDX-License-Identifier: MIT
#include "Vusb_interrupt.h"
#include "tests/rtl/usb_in_rig.h"

using bench::check;

struct Reporter : InPackets<Vusb_interrupt> {
    Reporter() : InPackets("usb_interrupt")
    {
    }
    // changes: the status becomes another one while the report goes out.
    Bytes report(uint32_t changes)
    {
        return packet([&] { dut.status = changes; });
    }
};

int main()
{
    bench::test("reports_first_even_a_status_of_0", [] {
        Reporter reporter;
        check(reporter.dut.packet_ready, "no report");
        check(reporter.report(0) == Bytes(8), "a wrong report");
        reporter.pulse(reporter.dut.taken);
        check(!reporter.dut.packet_ready, "taken, but reported again");
    });
    bench::test("reports_the_same_status_again_after_a_reset", [] {
        Reporter reporter;
        reporter.dut.status = 0x44332211;
        reporter.report(0x44332211);
        reporter.pulse(reporter.dut.taken);
        reporter.pulse(reporter.dut.rst);
        check(reporter.dut.packet_ready, "no report");
        check(reporter.report(0x44332211)[0] == 0x11, "a wrong report");
    });
    bench::test("reports_each_change_until_it_is_taken", [] {
        Reporter reporter;
        reporter.dut.status = 0x44332211;
        reporter.clock();
        check(reporter.dut.packet_ready, "no report");
        check(reporter.report(0x44332211) == Bytes({0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0}),
              "a wrong report");
        check(reporter.dut.packet_ready, "not acknowledged, but forgotten");
        check(reporter.report(0x44332211) == Bytes({0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0}),
              "a wrong report");
        reporter.pulse(reporter.dut.taken);
        check(!reporter.dut.packet_ready, "taken, but reported again");
    });
    bench::test("never_mixes_two_statuses_in_a_report", [] {
        Reporter reporter;
        reporter.dut.status = 0x44332211;
        check(reporter.report(0x88776655) == Bytes({0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0}),
              "a mixture");
        reporter.pulse(reporter.dut.taken);
        check(reporter.dut.packet_ready, "the change was missed");
        check(reporter.report(0) == Bytes({0x55, 0x66, 0x77, 0x88, 0, 0, 0, 0}), "a mixture");
    });
    bench::test("gives_an_unacknowledged_report_again_as_it_was", [] {
        Reporter reporter;
        reporter.dut.status = 0x44332211;
        Bytes first = reporter.report(0x88776655);
        check(reporter.report(0x88776655) == first, "the host would drop a newer status");
        reporter.pulse(reporter.dut.taken);
        check(reporter.dut.packet_ready, "the change was missed");
        check(reporter.report(0x88776655) == Bytes({0x55, 0x66, 0x77, 0x88, 0, 0, 0, 0}),
              "another");
        reporter.pulse(reporter.dut.taken);
        check(!reporter.dut.packet_ready, "taken, but reported again");
    });
    return bench::done();
}
