/* USB packets as bytes: packet identifiers, the two checksums, and bit stuffing (USB 2.0, 7.1.9 and 8.3).
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SIM_BUS_PACKET_H
#define SIM_BUS_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* USB 2.0, table 8-1; on the bus each is followed by its complement in the upper four bits. */
enum pid {
    PID_OUT = 0x1,
    PID_IN = 0x9,
    PID_SOF = 0x5,
    PID_SETUP = 0xD,
    PID_DATA0 = 0x3,
    PID_DATA1 = 0xB,
    PID_ACK = 0x2,
    PID_NAK = 0xA,
    PID_STALL = 0xE,
    PID_NYET = 0x6,
    PID_PING = 0x4,
};

enum {
    TOKEN_BYTES = 3,
    HANDSHAKE_BYTES = 1,
    DATA_OVERHEAD = 3, /* PID and CRC16 around the data */
    MAX_DATA = 1024,
    MAX_PACKET = MAX_DATA + DATA_OVERHEAD,
};

/* CRC5 over the low 11 bits, as it stands in bits 15:11 of a token. */
uint8_t packet_crc5(uint16_t eleven_bits);
uint16_t packet_crc16(const uint8_t *bytes, size_t len);

/* Each writes a packet to out and returns its length. */
size_t packet_token(uint8_t *out, enum pid pid, uint16_t eleven_bits);
size_t packet_data(uint8_t *out, enum pid pid, const uint8_t *data, size_t len);
size_t packet_handshake(uint8_t *out, enum pid pid);

/* The identifier of a packet, or -1 if it is empty or the complement is wrong. */
int packet_pid(const uint8_t *packet, size_t len);
/* True if packet, a data packet, is long enough and its CRC16 holds. */
bool packet_data_good(const uint8_t *packet, size_t len);

/* Ones in a row at the start of a packet: the last bit of SYNC is one (7.1.9). */
enum { STUFF_START = 1 };
/* Bits that stuffing adds while byte is sent; ones is the run of ones so far and is brought up to date. */
unsigned stuff_byte(unsigned *ones, uint8_t byte);
/* Bits that stuffing adds to a whole packet. */
unsigned stuff_packet(const uint8_t *packet, size_t len);

#endif
