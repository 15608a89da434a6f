// Records in transfers as driver/README.md states them, written for tests and sharing nothing with the gateware.
// SPDX-License-Identifier: MIT
#ifndef TESTS_RTL_RECORDS_H
#define TESTS_RTL_RECORDS_H

#include <array>

#include "tests/rtl/clocked.h"

namespace bench
{

using Vnet = std::array<uint8_t, 12>;

// Appends a record; length is what its header says, which may be a lie.
inline void append_record(Bytes &transfer, const Bytes &frame, uint32_t length, uint8_t mark = 0xFE,
                          const Vnet &vnet = {})
{
    for (int i = 0; i < 3; i++)
        transfer.push_back((uint8_t)(length >> (8 * i)));
    transfer.push_back(mark);
    transfer.insert(transfer.end(), vnet.begin(), vnet.end());
    transfer.insert(transfer.end(), frame.begin(), frame.end());
    while (transfer.size() % 4)
        transfer.push_back(0);
}

inline void append_record(Bytes &transfer, const Bytes &frame)
{
    append_record(transfer, frame, (uint32_t)frame.size());
}

// What must become of a transfer to send.
struct Sent {
    std::vector<Bytes> frames;
    unsigned bad_records = 0, disabled = 0;
};

inline void expect_sent(Sent &sent, const Bytes &transfer, bool enable, size_t max_frame = 1518)
{
    size_t at = 0;
    while (at < transfer.size()) {
        const uint8_t *head = &transfer[at];
        size_t left = transfer.size() - at;
        size_t length = left < 16 ? 0 : head[0] + 256u * head[1] + 65536u * head[2];
        if (left < 16 || head[3] != 0xFE || length < 14 || length > max_frame || (head[4] & 1) ||
            head[5] || length > left - 16) {
            sent.bad_records++;
            return;
        }
        if (enable)
            sent.frames.push_back(Bytes(head + 16, head + 16 + length));
        else
            sent.disabled++;
        at += 16 + (length + 3) / 4 * 4;
    }
}

// Takes a received transfer apart; false if anything in it is not as it must be. marks: which frames are DATA_VALID.
inline bool parse_received(const Bytes &transfer, std::vector<Bytes> &frames,
                           std::vector<bool> *marks = nullptr)
{
    static const Vnet plain = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};
    const uint8_t data_valid = 2;
    size_t at = 0;
    while (at < transfer.size()) {
        if (transfer.size() - at < 16)
            return false;
        const uint8_t *head = &transfer[at];
        size_t length = head[0] + 256u * head[1] + 65536u * head[2], padded = (length + 3) / 4 * 4;
        bool marked = marks && head[4] == data_valid;
        if (head[3] != 0xFE || (head[4] && !marked) ||
            !std::equal(plain.begin() + 1, plain.end(), head + 5) ||
            padded > transfer.size() - at - 16)
            return false;
        frames.push_back(Bytes(head + 16, head + 16 + length));
        if (marks)
            marks->push_back(marked);
        for (size_t i = length; i < padded; i++)
            if (head[16 + i])
                return false;
        at += 16 + padded;
    }
    return !transfer.empty();
}

} // namespace bench
#endif
