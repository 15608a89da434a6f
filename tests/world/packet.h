/* Reads an IP packet of either family down to its data, extension headers and fragments included, with code of the world's own:
 * the oracles share none with the stack that they judge.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_PACKET_H
#define TESTS_WORLD_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PACKET_ICMP = 1, PACKET_TCP = 6, PACKET_UDP = 17, PACKET_ICMPV6 = 58 };

struct packet {
    const uint8_t *ip, *data;
    bool v6;
    uint8_t source[16], destination[16]; /* of IPv4 in ::ffff:0:0/96 */
    uint8_t protocol, hop_limit;
    uint32_t bytes, offset; /* of its data, and where this lies in the whole */
    bool fragment, more;
    uint32_t id; /* of a fragment, and of every packet of IPv4 */
};

/* cut: only the beginning of a packet may be there, as errors quote it; bytes counts what is there. Returns false if the header is
 * not sound. */
bool packet_read(const uint8_t *ip, size_t len, bool cut, struct packet *out);
bool packet_read_frame(const uint8_t *frame, size_t len, struct packet *out);

#endif
