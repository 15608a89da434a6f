// Tests of usb_device through its pins.
// SPDX-License-Identifier: MIT
#include "tests/rtl/usb_device_bulk.h"
#include "tests/rtl/usb_device_line.h"
#include "tests/rtl/usb_device_network.h"
#include "tests/rtl/usb_device_requests.h"
#include "tests/rtl/usb_device_test_modes.h"

int main()
{
    using bench::test;
    test("negotiates_high_speed", negotiates_high_speed);
    test("falls_back_to_full_speed", falls_back_to_full_speed);
    test("gives_every_descriptor_at_high_speed", [] { gives_every_descriptor(true); });
    test("gives_every_descriptor_at_full_speed", [] { gives_every_descriptor(false); });
    test("answers_standard_requests", answers_standard_requests);
    test("stalls_what_is_wrong", stalls_what_is_wrong);
    test("takes_its_address_after_the_status_stage", takes_its_address_after_the_status_stage);
    test("shows_each_configuration_request", shows_each_configuration_request);
    test("reads_and_writes_registers", reads_and_writes_registers);
    test("writes_registers_once_and_only_good_ones", writes_registers_once_and_only_good_ones);
    test("gives_control_data_again_until_acknowledged",
         gives_control_data_again_until_acknowledged);
    test("begins_anew_at_each_setup", begins_anew_at_each_setup);
    test("ends_a_request_early_if_the_host_does", ends_a_request_early_if_the_host_does);
    test("carries_bulk_data_both_ways_at_high_speed", [] { carries_bulk_data_both_ways(true); });
    test("carries_bulk_data_both_ways_at_full_speed", [] { carries_bulk_data_both_ways(false); });
    test("pushes_back_when_nobody_takes_its_bytes", pushes_back_when_nobody_takes_its_bytes);
    test("delivers_a_repeated_packet_once", delivers_a_repeated_packet_once);
    test("ignores_damaged_packets", ignores_damaged_packets);
    test("gives_a_packet_again_until_acknowledged_at_high_speed",
         [] { gives_a_packet_again_until_acknowledged(true); });
    test("gives_a_packet_again_until_acknowledged_at_full_speed",
         [] { gives_a_packet_again_until_acknowledged(false); });
    test("reports_the_status_first_and_when_it_has_changed",
         reports_the_status_first_and_when_it_has_changed);
    test("halts_and_goes_on", halts_and_goes_on);
    test("keeps_up_with_13_packets_a_microframe", keeps_up_with_13_packets_a_microframe);
    test("gives_the_network_adapter_s_descriptors_at_high_speed",
         [] { gives_the_network_descriptors(true); });
    test("gives_the_network_adapter_s_descriptors_at_full_speed",
         [] { gives_the_network_descriptors(false); });
    test("tells_its_mac_address", tells_its_mac_address);
    test("gives_the_bos_byte_by_byte", gives_the_bos);
    test("gives_microsoft_s_descriptors_byte_by_byte", gives_the_microsoft_descriptors);
    test("has_bulk_endpoints_in_alternate_setting_1_alone", has_bulk_endpoints_in_one_alternate);
    test("answers_for_both_interfaces", answers_for_both_interfaces);
    test("begins_data_anew_with_its_interface_alone", begins_data_anew_with_its_interface_alone);
    test("notifies_of_the_link_and_its_speed", notifies_of_the_link);
    test("sets_the_packet_filter", sets_the_packet_filter);
    test("lets_nobody_write_registers_of_a_network_adapter", lets_nobody_write_registers);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        test("loses_nothing_on_a_bad_line_at_high_speed",
             [=] { loses_nothing_on_a_bad_line(true, seed); });
        test("loses_nothing_on_a_bad_line_at_full_speed",
             [=] { loses_nothing_on_a_bad_line(false, seed); });
    }
    test("takes_a_short_se0_for_no_reset", takes_a_short_se0_for_no_reset);
    test("suspends_and_resumes_at_high_speed", [] { suspends_and_resumes(true); });
    test("suspends_and_resumes_at_full_speed", [] { suspends_and_resumes(false); });
    test("is_reset_from_every_state", is_reset_from_every_state);
    test("forgets_everything_when_unplugged", forgets_everything_when_unplugged);
    test("is_idle_when_nothing_is_under_way", is_idle_when_nothing_is_under_way);
    test("holds_the_line_at_j", [] { holds_the_line(1, 0xff); });
    test("holds_the_line_at_k", [] { holds_the_line(2, 0x00); });
    test("holds_the_line_again_when_the_phy_took_the_bus",
         holds_the_line_again_when_the_phy_took_the_bus);
    test("answers_only_in_tokens_in_the_nak_test", answers_only_in_tokens_in_the_nak_test);
    test("repeats_the_test_packet", repeats_the_test_packet);
    test("takes_test_modes_in_every_state", takes_test_modes_in_every_state);
    test("begins_no_test_before_the_status_stage", begins_no_test_before_the_status_stage);
    test("refuses_other_tests", refuses_other_tests);
    test("refuses_tests_at_full_speed", refuses_tests_at_full_speed);
    test("survives_rubbish_at_high_speed", [] { survives_rubbish(true); });
    test("survives_rubbish_at_full_speed", [] { survives_rubbish(false); });
    return bench::done();
}
