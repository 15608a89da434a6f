// Every class of request to usb_device, as the product of the classes of its fields, and every address that is not its own.
// SPDX-License-Identifier: MIT
//
// What is right is acknowledged, all else stalled; the device is as good as before behind each, which the next one shows.
#include "tests/rtl/usb_board.h"
#include "tests/rtl/usb_requests.h"

using bench::check;

// Configuration, and the alternate setting of the second one's data interface.
struct State {
    int configuration, alternate;
    const char *name;
};

constexpr State STATES[] = {{0, 0, "without_a_configuration"},
                            {1, 0, "in_configuration_1"},
                            {2, 0, "in_configuration_2"},
                            {2, 1, "in_configuration_2_with_bulk_endpoints"}};

// Every direction, type and recipient; one recipient stands for the 27 that are reserved. Or, of types other than the
// standard's, the one of which there are requests.
static std::vector<int> types(bool all)
{
    std::vector<int> list;
    for (int direction : {0x00, 0x80})
        for (int type : {0x00, 0x20, 0x40, 0x60})
            for (int recipient : {0, 1, 2, 3, 0x1f})
                if (all || type == 0 || (type == 0x20 && recipient == 1) ||
                    (type == 0x40 && recipient == 0))
                    list.push_back(direction | type | recipient);
    return list;
}

// All of chapter 9's with the two that are reserved there, ECM's that the device has and one that it lacks, the highest.
static const int CODES[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x43, 0x44, 0xff};
static const int VALUES[] = {0,      1,      2,      3,      0x1f,   0x20,   0x7f,   0x80,
                             0x0100, 0x0201, 0x0304, 0x0305, 0x0600, 0x0701, 0x0f00, 0xffff};
static const int INDEXES[] = {0,    1,    2,      4,      7,      0x0f,   0x80,
                              0x81, 0x82, 0x0083, 0x0100, 0x0181, 0x0409, 0xffff};

static bool has_descriptor(int value)
{
    int type = value >> 8, index = value & 0xff;
    int count = type == 1 || type == 6 || type == 15 ? 1
                : type == 2 || type == 7             ? 2
                : type == 3                          ? 5
                                                     : 0;
    return index < count;
}

struct Asker {
    Board board;
    UsbHost<Vusb_device> &host = board.host;
    State state;
    int asked = 0, right = 0;

    explicit Asker(const State &wanted) : state(wanted)
    {
        board.hurry();
        board.start();
        enter();
    }
    void must(int type, int code, int value, int index)
    {
        check(host.control_out(host.request(type, code, value, index, 0)) == ACK,
              "request %02x %02x %04x %04x is refused", type, code, value, index);
    }
    void enter()
    {
        must(0x00, 9, state.configuration, 0);
        if (state.alternate)
            must(0x01, 11, state.alternate, 1);
    }
    // What it has done is undone.
    void undo(Verdict verdict, const Request &r)
    {
        if (verdict == SET_ADDRESS) {
            host.address = r.value;
            board.set_address(5);
        } else if (verdict == SET_CONFIGURATION || verdict == SET_INTERFACE) {
            enter();
        } else if (verdict == SET_HALT) {
            must(0x02, 1, 0, r.index);
        }
    }
    void ask(int type, int code, int value, int index, int length)
    {
        Request r = {type,
                     code,
                     value,
                     index,
                     length,
                     state.configuration,
                     state.alternate,
                     has_descriptor(value),
                     true};
        Verdict verdict = judge(r);
        if (verdict == SET_TEST) // would last until power is cut
            return;
        Bytes setup = host.request(type, code, value, index, length), answer;
        Pid pid = type & 0x80 ? host.control_in(setup, answer)
                              : host.control_out(setup, pattern((size_t)length, 1));
        check(pid == (verdict == WRONG ? STALL : ACK),
              "request %02x %02x %04x %04x of %d bytes ends with PID %02x", type, code, value,
              index, length, pid);
        check(verdict != WRONG || answer.empty(), "a wrong request is answered");
        check(board.dut.configured == (state.configuration == 1 || state.alternate) ||
                  verdict == SET_CONFIGURATION || verdict == SET_INTERFACE,
              "request %02x %02x %04x %04x changes the configuration", type, code, value, index);
        asked++;
        right += verdict != WRONG;
        if (verdict != WRONG)
            undo(verdict, r);
    }
};

static void every_request(const State &state)
{
    Asker asker(state);
    for (int type : types(state.configuration == 1))
        for (int code : CODES)
            for (int value : VALUES)
                for (int index : INDEXES) {
                    asker.ask(type, code, value, index, type & 0x80 ? 64 : 0);
                    if (type == 0x40)
                        asker.ask(type, code, value, index, 4);
                    if (!bench::failure.empty())
                        return;
                }
    check(asker.right >= 40, "only %d of %d were right", asker.right, asker.asked);
}

// Every code with the fields that some request has, which the device must not take for another's.
static void every_code()
{
    Asker asker(STATES[1]);
    for (int type : types(true))
        for (int code = 0; code < 256; code++)
            asker.ask(type, code, 0, 0, type & 0x80 ? 64 : 0);
}

static void every_other_address(int own)
{
    Board board;
    board.hurry();
    board.start();
    board.set_address(own);
    for (int other = 0; other < 128; other++)
        for (Pid token : {OUT, IN, SETUP, PING})
            for (int endpoint = 0; endpoint < 16; endpoint++) {
                if (other == own)
                    continue;
                board.host.gap();
                board.host.phy.receive(token_packet(token, other, endpoint));
                if (token == OUT || token == SETUP)
                    board.host.data(DATA0, Bytes(8, 0));
                board.host.phy.run(Board::ANSWER_CLOCKS);
                check(board.host.phy.packets.empty() && !board.host.phy.transmitting(),
                      "address %d answers for %d", own, other);
            }
    check(board.from_host.empty(), "bytes of another device's come out");
    check(board.descriptor(0x0100).size() == 18, "no answer at its own address");
}

static void longest_reads(bool high_speed)
{
    Board board;
    Bytes words, descriptor;
    board.hurry();
    board.start(high_speed);
    check(board.host.control_in(board.host.request(0xc0, 1, 0, 0, 65532), words) == ACK &&
              words.size() == 65532,
          "%zu bytes of registers", words.size());
    for (size_t at = 0; at + 4 <= words.size(); at += 4)
        check(words[at] == 0xcd && words[at + 1] == 0xab && words[at + 2] == (at & 0xff) &&
                  words[at + 3] == at >> 8,
              "register %zx", at);
    check(board.host.control_in(board.host.request(0xc0, 1, 0, 0, 65535), words) == STALL,
          "registers that end in the middle of a word");
    check(board.descriptor(0x0201, 65535).size() == 80, "a descriptor, of 65,535 bytes asked for");
    check(board.descriptor(0x0100).size() == 18, "no answer afterwards");
}

int main()
{
    for (const State &state : STATES)
        bench::test((std::string("judges_every_class_of_request_") + state.name).c_str(),
                    [=] { every_request(state); });
    bench::test("judges_every_request_code", every_code);
    for (int own : {5, 127, 64, 1})
        bench::test(("never_answers_for_another_address_than_" + std::to_string(own)).c_str(),
                    [=] { every_other_address(own); });
    bench::test("serves_the_longest_reads_at_high_speed", [] { longest_reads(true); });
    bench::test("serves_the_longest_reads_at_full_speed", [] { longest_reads(false); });
    return bench::done();
}
