/* Builds and checks USB packets, and counts the bits that stuffing adds.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/bus/packet.h"

#include <string.h>

enum { STUFF_AFTER = 6 };

uint8_t packet_crc5(uint16_t eleven_bits)
{
    unsigned crc = 0x1F;
    for (int i = 0; i < 11; i++) {
        bool feedback = (crc ^ eleven_bits >> i) & 1;
        crc >>= 1;
        if (feedback)
            crc ^= 0x14;
    }
    return ~crc & 0x1F;
}

uint16_t packet_crc16(const uint8_t *bytes, size_t len)
{
    /* What four bits that leave the register feed back into it (polynomial 0xA001, bits reversed). */
    static const uint16_t nibble[16] = {0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00,
                                        0x2800, 0xE401, 0xA001, 0x6C00, 0x7800, 0xB401,
                                        0x5000, 0x9C01, 0x8801, 0x4400};
    unsigned crc = 0xFFFF;
    for (size_t i = 0; i < len; i++) {
        crc = crc >> 4 ^ nibble[(crc ^ bytes[i]) & 15];
        crc = crc >> 4 ^ nibble[(crc ^ bytes[i] >> 4) & 15];
    }
    return ~crc & 0xFFFF;
}

static uint8_t pid_byte(enum pid pid)
{
    return (uint8_t)(pid | (~(unsigned)pid & 15) << 4);
}

size_t packet_token(uint8_t *out, enum pid pid, uint16_t eleven_bits)
{
    unsigned field = (eleven_bits & 0x7FFu) | (unsigned)packet_crc5(eleven_bits) << 11;
    out[0] = pid_byte(pid);
    out[1] = field & 0xFF;
    out[2] = field >> 8 & 0xFF;
    return TOKEN_BYTES;
}

size_t packet_data(uint8_t *out, enum pid pid, const uint8_t *data, size_t len)
{
    uint16_t crc = packet_crc16(data, len);
    out[0] = pid_byte(pid);
    if (len)
        memcpy(out + 1, data, len);
    out[1 + len] = crc & 0xFF;
    out[2 + len] = crc >> 8;
    return len + DATA_OVERHEAD;
}

size_t packet_handshake(uint8_t *out, enum pid pid)
{
    out[0] = pid_byte(pid);
    return HANDSHAKE_BYTES;
}

int packet_pid(const uint8_t *packet, size_t len)
{
    if (len == 0 || ((packet[0] ^ packet[0] >> 4) & 15) != 15)
        return -1;
    return packet[0] & 15;
}

bool packet_data_good(const uint8_t *packet, size_t len)
{
    if (len < DATA_OVERHEAD)
        return false;
    uint16_t crc = packet_crc16(packet + 1, len - DATA_OVERHEAD);
    return packet[len - 2] == (crc & 0xFF) && packet[len - 1] == crc >> 8;
}

unsigned stuff_byte(unsigned *ones, uint8_t byte)
{
    unsigned added = 0, run = *ones;
    for (int i = 0; i < 8; i++) {
        run = byte >> i & 1 ? run + 1 : 0;
        if (run == STUFF_AFTER) {
            added++;
            run = 0;
        }
    }
    *ones = run;
    return added;
}

unsigned stuff_packet(const uint8_t *packet, size_t len)
{
    unsigned ones = STUFF_START, added = 0;
    for (size_t i = 0; i < len; i++)
        added += stuff_byte(&ones, packet[i]);
    return added;
}
