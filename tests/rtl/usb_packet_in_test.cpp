// Tests of usb_packet_in: what each packet is said to be, and the bytes of data packets.
// SPDX-License-Identifier: MIT
#include "Vusb_packet_in.h"
#include "tests/rtl/usb_host.h"

using bench::check;

struct Receiver {
    bench::Clocked<Vusb_packet_in> sim{"usb_packet_in"};
    Vusb_packet_in &dut = sim.top;
    bench::Random random{7};
    Bytes data;
    std::string verdict; // of the newest packet: t, d or a for token, data, ACK; then e for its end

    Receiver()
    {
        dut.rst = 1;
        dut.address = 42;
        clock();
        dut.rst = 0;
    }
    void clock()
    {
        sim.settle();
        if (dut.data_valid)
            data.push_back(dut.data);
        if (dut.token_good)
            verdict += 't';
        if (dut.data_good)
            verdict += 'd';
        if (dut.ack_good)
            verdict += 'a';
        if (dut.packet_end)
            verdict += 'e';
        sim.edge();
    }
    std::string receive(const Bytes &packet, bool error = false)
    {
        data.clear();
        verdict.clear();
        dut.rx_active = 1;
        for (int gap = random.below(3); gap > 0; gap--)
            clock();
        for (uint8_t byte : packet) {
            for (int gap = random.chance(0.3) ? 4 : 0; gap > 0; gap--)
                clock();
            dut.rx_data = byte;
            dut.rx_valid = 1;
            clock();
            dut.rx_valid = 0;
        }
        dut.rx_error = error;
        if (error)
            clock();
        dut.rx_error = 0;
        dut.rx_active = 0;
        for (int i = 0; i < 4; i++)
            clock();
        return verdict;
    }
};

static void hears_tokens_for_others_where_told_to()
{
    Receiver receiver;
    receiver.dut.any_address = 1;
    for (int address = 0; address < 128; address++) {
        Bytes token = token_packet(IN, address, 3);
        check(receiver.receive(token) == "te", "address %d", address);
        token[1] ^= 1;
        check(receiver.receive(token) == "e", "a bad CRC at address %d", address);
    }
}

static void knows_tokens()
{
    Receiver receiver;
    for (uint8_t pid : {OUT, IN, SETUP, PING})
        for (int endpoint = 0; endpoint < 16; endpoint++) {
            check(receiver.receive(token_packet(pid, 42, endpoint)) == "te", "PID %02x: %s", pid,
                  receiver.verdict.c_str());
            check(receiver.dut.pid == (pid & 15) && receiver.dut.endpoint == endpoint,
                  "endpoint %d", receiver.dut.endpoint);
        }
    check(receiver.receive(token_packet(SOF, 42, 0)) == "e", "SOF");
    check(receiver.receive(token_packet(IN, 43, 0)) == "e", "another address");
    check(receiver.receive({IN}) == "e" && receiver.receive({IN, 42}) == "e", "a token cut off");
    Bytes longer = token_packet(IN, 42, 0);
    longer.push_back(0);
    check(receiver.receive(longer) == "e", "a token with a byte too many");
    for (int bit = 0; bit < 24; bit++) {
        Bytes bad = token_packet(IN, 42, 3);
        bad[bit / 8] ^= 1 << bit % 8;
        check(receiver.receive(bad) == "e", "bit %d is not missed", bit);
    }
    check(receiver.receive(token_packet(IN, 42, 0), true) == "e", "a token with an error");
}

static void knows_data()
{
    Receiver receiver;
    bench::Random random(3);
    for (int i = 0; i < 200; i++) {
        Bytes bytes = bench::random_bytes(random, i < 4 ? i : random.below(600));
        Bytes packet = data_packet(i % 2 ? DATA1 : DATA0, bytes);
        check(receiver.receive(packet) == "de" && receiver.data == bytes, "%zu bytes: %s",
              bytes.size(), receiver.verdict.c_str());
        check(receiver.receive(packet, true) == "e", "an error");
        packet[random.below((uint32_t)packet.size())] ^= 1 << random.below(8);
        check(receiver.receive(packet) == "e", "a wrong bit: %s", receiver.verdict.c_str());
    }
    for (uint8_t pid : {0x87, 0x0f}) // DATA2, MDATA
        check(receiver.receive(data_packet(pid, {1, 2, 3})) == "e" && receiver.data.empty(),
              "PID %02x is data for another kind of endpoint", pid);
    for (const Bytes &shorter : {Bytes{DATA0}, Bytes{DATA0, 0}})
        check(receiver.receive(shorter) == "e", "a packet of %zu bytes", shorter.size());
}

static void knows_handshakes()
{
    Receiver receiver;
    check(receiver.receive({ACK}) == "ae", "ACK");
    for (uint8_t pid : {NAK, STALL, NYET})
        check(receiver.receive({pid}) == "e", "PID %02x", pid);
    check(receiver.receive({ACK, 0}) == "e", "an ACK with a byte");
    check(receiver.receive({0xd3}) == "e", "a bad PID");
    check(receiver.receive({}) == "e", "nothing");
    check(receiver.receive({ACK}) == "ae", "ACK");
}

int main()
{
    bench::test("knows_tokens_for_this_device", knows_tokens);
    bench::test("hears_tokens_for_others_where_told_to", hears_tokens_for_others_where_told_to);
    bench::test("knows_good_data_and_gives_its_bytes", knows_data);
    bench::test("knows_handshakes", knows_handshakes);
    return bench::done();
}
