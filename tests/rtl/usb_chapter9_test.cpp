// Chapter 9 of USB 2.0 on usb_device, item by item, by the names of the USB-IF's command verifier (USB20CV), at both speeds.
// SPDX-License-Identifier: MIT
#include "tests/rtl/usb_chapter9.h"

constexpr int US = 60;            // clocks
constexpr int ENUMERATIONS = 150; // as the verifier does, through all addresses

static void device_descriptor(bool high, State state)
{
    Walk walk(high, state);
    Bytes d = walk.descriptor(DEVICE);
    check(d.size() == 18 && d[0] == 18 && d[1] == DEVICE, "%zu bytes of type %d", d.size(), d[1]);
    check(d[3] == 2 && d[2] == 1, "bcdUSB %02x%02x", d[3], d[2]); // 2.0.1: 2.0 with a BOS
    check(d[7] == 64, "control packets of %d bytes", d[7]);
    check((d[8] | d[9]) != 0 && d[17] >= 1, "no vendor, or no configuration");
    walk.expect_stall(0x80, 6, DEVICE << 8 | 1, 0, 18);
}

static void configuration_descriptor(bool high, State state)
{
    Walk walk(high, state);
    int count = walk.configurations();
    for (int number = 0; number < count; number++) {
        std::vector<Bytes> parts = walk.parts(number);
        const Bytes &c = parts[0];
        size_t total = 0, interfaces = 0;
        for (const Bytes &part : parts) {
            total += part[0];
            interfaces += part[1] == INTERFACE && part[3] == 0;
        }
        check(c[0] == 9 && c[1] == CONFIGURATION && total == (size_t)(c[2] | c[3] << 8),
              "wTotalLength %d for %zu", c[2] | c[3] << 8, total);
        check(c[4] == interfaces && c[5] != 0, "%d interfaces for %zu", c[4], interfaces);
        check((c[7] & 0x9f) == 0x80, "bmAttributes %02x", c[7]);
        check(c[8] <= 250, "%d mA", 2 * c[8]);
    }
    walk.expect_stall(0x80, 6, CONFIGURATION << 8 | count, 0, 9);
}

static void interface_association_descriptor(bool high)
{
    Walk walk(high);
    Bytes d = walk.descriptor(DEVICE);
    bool promised = d[4] == 0xef && d[5] == 2 && d[6] == 1;
    for (int number = 0; number < walk.configurations(); number++) {
        int found = 0;
        for (const Bytes &part : walk.parts(number))
            if (part[1] == 11) {
                check(part[0] == 8 && part[3] >= 2, "an association of %d interfaces", part[3]);
                found++;
            }
        check(promised == (found > 0), "%d associations, and the device's class says otherwise",
              found);
    }
}

static void interface_descriptor(bool high)
{
    Walk walk(high);
    for (int number = 0; number < walk.configurations(); number++) {
        walk.configure(walk.value_of(number));
        int endpoints = 0, promised = 0, expected = 0;
        Bytes answer;
        for (const Bytes &part : walk.parts(number)) {
            endpoints += part[1] == ENDPOINT;
            if (part[1] != INTERFACE)
                continue;
            check(part[0] == 9 && endpoints == promised, "an interface of %d endpoints has %d",
                  promised, endpoints);
            endpoints = 0;
            promised = part[4];
            check(part[3] ? part[2] == expected - 1 : part[2] == expected++,
                  "interface %d is out of order", part[2]);
            check(walk.out(0x01, 11, part[3], part[2]) == ACK, "SET_INTERFACE %d.%d", part[2],
                  part[3]);
            check(walk.in(answer, 0x81, 10, 0, part[2], 1) == ACK && answer == Bytes{part[3]},
                  "GET_INTERFACE %d", part[2]);
            check(walk.status(0x81, part[2]) == 0, "status of interface %d", part[2]);
        }
        check(endpoints == promised, "the last interface of %d endpoints has %d", promised,
              endpoints);
        walk.expect_stall(0x81, 10, 0, expected, 1);
        walk.expect_stall(0x01, 11, 0, expected);
        walk.expect_stall(0x01, 11, 7, 0);
        walk.expect_stall(0x81, 0, 0, expected, 2);
    }
}

static void endpoint_descriptor(bool high)
{
    Walk walk(high);
    for (int number = 0; number < walk.configurations(); number++) {
        std::map<int, std::pair<int, int>> seen; // an address is one interface's, once in a setting
        for (const Place &place : walk.places(number)) {
            const Bytes &e = place.endpoint;
            int size = e[4] | e[5] << 8, type = e[3] & 3;
            check(e[0] == 7 && (e[2] & 0x70) == 0 && (e[2] & 15) != 0, "endpoint %02x", e[2]);
            if (seen.count(e[2]))
                check(seen[e[2]].first == place.interface && seen[e[2]].second != place.setting,
                      "endpoint %02x is there twice", e[2]);
            seen[e[2]] = {place.interface, place.setting};
            if (type == 2)
                check(size == (high ? 512 : 64), "bulk packets of %d bytes", size);
            else
                check(type == 3 && size <= 64 && e[6] >= 1 && (!high || e[6] <= 16),
                      "type %d, packets of %d bytes, interval %d", type, size, e[6]);
        }
    }
}

static void device_qualifier_descriptor(bool high)
{
    Walk walk(high);
    Bytes q = walk.descriptor(QUALIFIER), d = walk.descriptor(DEVICE);
    check(q.size() == 10 && q[0] == 10 && q[1] == QUALIFIER && q[9] == 0, "%zu bytes", q.size());
    check(std::equal(q.begin() + 2, q.begin() + 8, d.begin() + 2) && q[8] == d[17],
          "the qualifier is of another device");
}

static void other_speed_configuration_descriptor(bool high)
{
    Walk walk(high), other(!high);
    for (int number = 0; number < walk.configurations(); number++) {
        Bytes here = walk.descriptor(OTHER_SPEED, number),
              there = other.descriptor(CONFIGURATION, number);
        check(here[1] == OTHER_SPEED, "type %d", here[1]);
        here[1] = CONFIGURATION;
        check(here == there, "configuration %d is another at the other speed", number);
    }
}

static void string_descriptor(bool high)
{
    Walk walk(high);
    Bytes languages = walk.descriptor(STRING), d = walk.descriptor(DEVICE);
    check(languages.size() == 4 && languages[0] == 4 && languages[1] == STRING,
          "%zu bytes of languages", languages.size());
    int language = languages[2] | languages[3] << 8;
    std::vector<int> named = {d[14], d[15], d[16]};
    for (int number = 0; number < walk.configurations(); number++)
        for (const Bytes &part : walk.parts(number))
            if (part[1] == CONFIGURATION || part[1] == INTERFACE)
                named.push_back(part[part[1] == INTERFACE ? 8 : 6]);
    for (int number : named) {
        if (number == 0) // none
            continue;
        Bytes text = walk.descriptor(STRING, number, language);
        check(text[0] == text.size() && text[1] == STRING && text.size() % 2 == 0 &&
                  text.size() > 2,
              "string %d", number);
    }
    walk.expect_stall(0x80, 6, STRING << 8 | 0xfe, language, 255);
}

static void halt_endpoint(bool high)
{
    Walk walk(high);
    for (int number = 0; number < walk.configurations(); number++) {
        for (const Place &place : walk.places(number))
            halt_and_clear(walk, number, place);
        walk.expect_stall(0x82, 0, 0, 0x0f, 2);
        walk.expect_stall(0x02, 3, 0, 0x8f);
    }
}

static void bad_descriptor(bool high)
{
    for (State state : {DEFAULT, ADDRESSED, CONFIGURED}) {
        Walk walk(high, state);
        for (int type : {0x42, INTERFACE + 0, ENDPOINT + 0, 0xff})
            walk.expect_stall(0x80, 6, type << 8, 0, 64);
        walk.expect_stall(0x00, 7, DEVICE << 8, 0);
        walk.expect_stall(0x82, 12, 0, 0x81, 2);
    }
}

static void bad_feature(bool high)
{
    Walk walk(high);
    for (int code : {1, 3}) {
        walk.expect_stall(0x00, code, 0xff, 0);
        walk.expect_stall(0x01, code, 0xff, 0);
        walk.expect_stall(0x02, code, 0xff, 0x81);
        walk.expect_stall(0x02, code, 0, 0x83);
        walk.expect_stall(0x00, code, 0, 0); // ENDPOINT_HALT of a device
    }
    walk.expect_stall(0x00, 1, 2, 0); // TEST_MODE cannot be cleared
}

static void remote_wakeup(bool high)
{
    Walk walk(high);
    check(!(walk.descriptor(CONFIGURATION)[7] & 0x20), "remote wake-up is announced");
    walk.expect_stall(0x00, 3, 1, 0);
    walk.expect_stall(0x00, 1, 1, 0);
    check(!(walk.status(0x80, 0) & 2), "remote wake-up is on");
}

static void set_configuration(bool high)
{
    Walk walk(high, ADDRESSED);
    int count = walk.configurations(), highest = 0;
    check(walk.current_configuration() == 0, "configured already");
    for (int number = 0; number < count; number++) {
        int value = walk.value_of(number);
        highest = std::max(highest, value);
        for (int set : {value, value, 0, value}) {
            walk.configure(set);
            check(walk.current_configuration() == set, "configuration %d is %d", set,
                  walk.current_configuration());
            for (const Place &place : walk.places(number)) // toggles begin anew
                if (set && place.setting == 0 && (place.endpoint[3] & 3) == 2)
                    walk.expect_packet(place.endpoint[2], "in a new configuration");
        }
    }
    walk.expect_stall(0x00, 9, highest + 1, 0);
    walk.expect_stall(0x00, 9, 0x0101, 0);
    check(walk.current_configuration() == walk.configuration, "a wrong value was taken");
    walk.configure(0);
    check(walk.host.out(1, {1}, DATA0) == NOTHING && walk.host.in(1) == NOTHING,
          "endpoints work without a configuration");
    walk.expect_stall(0x81, 10, 0, 0, 1);
    walk.expect_stall(0x82, 0, 0, 0x81, 2);
    check(walk.status(0x80, 0) == 0, "status of the device");
}

static void suspend_resume(bool high)
{
    Walk walk(high);
    auto &phy = walk.host.phy;
    phy.run(3010 * US);
    phy.line(LINE_J);
    phy.run(300 * US);
    check(walk.board.dut.suspended, "not suspended");
    phy.line(LINE_K);
    phy.run(20000 * US);
    phy.line(SE0);
    phy.run(80);
    if (!high)
        phy.line(LINE_J);
    phy.run(80);
    check(!walk.board.dut.suspended && walk.current_configuration() == 1,
          "the configuration is lost");
    check(walk.host.out(1, {1}) == ACK, "no answer after resume");
}

static void enumeration(bool high)
{
    Walk walk(high);
    for (int i = 0; i < ENUMERATIONS; i++) {
        walk.host.reset(high ? 14 : 0);
        check(walk.descriptor(DEVICE).size() == 18, "round %d: no descriptor at address 0", i);
        walk.board.set_address(1 + i % 127);
        check(walk.current_configuration() == 0, "round %d: configured already", i);
        walk.configure(1);
        check(walk.host.out(1, {1}) == ACK, "round %d: no answer", i);
    }
}

static void bus_or_self_powered(bool high)
{
    Walk walk(high);
    for (int number = 0; number < walk.configurations(); number++) {
        bool self = walk.descriptor(CONFIGURATION, number)[7] & 0x40;
        walk.configure(walk.value_of(number));
        check((walk.status(0x80, 0) & 1) == self, "the status says otherwise than descriptor %d",
              number);
    }
}

// Without L1 the BOS says so, and the token that asks for it (the ECN of link power management, 2) is nobody's.
static void lpm_suspend_resume(bool high)
{
    constexpr uint8_t EXT = 0xf0, LPM = 0xc3;
    Walk walk(high);
    Bytes bos = walk.descriptor(BOS);
    int found = 0;
    for (size_t at = 5; at + 7 <= bos.size() && bos[at]; at += bos[at])
        if (bos[at + 2] == 2) { // USB 2.0 extension
            check(bos[at] == 7 && !(bos[at + 3] & 2), "link power management is announced");
            found++;
        }
    check(found == 1 && bos[2] == bos.size() && bos[4] == 2, "%d extensions", found);
    walk.host.token((Pid)EXT, 0);
    walk.host.phy.receive(token_packet(LPM, 0x11, 0)); // L1, 75 us
    check(walk.host.handshake() == NOTHING, "it answers the token of link power management");
    walk.host.phy.run(20 * US);
    check(!walk.board.dut.suspended && walk.current_configuration() == 1, "it sleeps");
}

template <typename F> static void both(const std::string &name, F item)
{
    for (bool high : {true, false})
        bench::test((name + (high ? "_at_high_speed" : "_at_full_speed")).c_str(), [=] {
            try {
                item(high);
            } catch (const Absent &) {
            }
        });
}

int main()
{
    static const char *const states[] = {"default", "addressed", "configured"};
    for (State state : {DEFAULT, ADDRESSED, CONFIGURED}) {
        both(std::string("td_9_1_device_descriptor_test_") + states[state],
             [=](bool high) { device_descriptor(high, state); });
        both(std::string("td_9_2_configuration_descriptor_test_") + states[state],
             [=](bool high) { configuration_descriptor(high, state); });
    }
    both("td_9_3_interface_association_descriptor_test", interface_association_descriptor);
    both("td_9_4_interface_descriptor_test", interface_descriptor);
    both("td_9_5_endpoint_descriptor_test", endpoint_descriptor);
    both("td_9_6_device_qualifier_descriptor_test", device_qualifier_descriptor);
    both("td_9_7_other_speed_configuration_descriptor_test", other_speed_configuration_descriptor);
    both("td_9_8_string_descriptor_test", string_descriptor);
    both("td_9_9_halt_endpoint_test", halt_endpoint);
    both("td_9_10_bad_descriptor_test", bad_descriptor);
    both("td_9_11_bad_feature_test", bad_feature);
    both("td_9_12_remote_wakeup_test_not_supported", remote_wakeup);
    both("td_9_13_set_configuration_test", set_configuration);
    both("td_9_14_suspend_resume_test", suspend_resume);
    both("td_9_16_enumeration_test", enumeration);
    both("td_9_18_bus_or_self_powered_test", bus_or_self_powered);
    both("td_9_21_lpm_l1_suspend_resume_test_not_supported", lpm_suspend_resume);
    return bench::done();
}
