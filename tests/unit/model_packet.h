/* Packets for the tests of the C model, and what is right about them, defined slowly: byte by byte, from the RFCs,
 * without a line of the model.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_MODEL_PACKET_H
#define TESTS_UNIT_MODEL_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/record.h"

enum { PACKET_ROOM = 66000 };

struct packet_shape {
    bool v6, udp, tag;
    size_t
        ip_options; /* bytes of IPv4 options (multiples of 4), or of IPv6 extension headers (of 8) */
    size_t tcp_options; /* bytes, multiples of 4 */
    size_t payload;
    uint8_t flags; /* of TCP */
};

/* Where things lie in a packet. */
size_t packet_network(const struct packet_shape *shape);
size_t packet_transport(const struct packet_shape *shape);
size_t packet_headers(const struct packet_shape *shape);

/* A number from 0 up to, not including, most; the same for the same seed. */
uint32_t packet_random(uint64_t *seed, uint32_t most);
/* A shape of any kind, with up to most_payload bytes. */
struct packet_shape packet_random_shape(uint64_t *seed, uint32_t most_payload);

/* Writes a packet of random addresses, ports and payload with right lengths and checksums. Returns its length. */
size_t packet_make(uint8_t *out, const struct packet_shape *shape, uint64_t *seed);
/* Puts what NEEDS_CSUM wants into the checksum field, the sum of the pseudo-header, and fills in the header. */
void packet_make_partial(uint8_t *packet, size_t length, const struct packet_shape *shape,
                         struct vnet_header *vnet);

/* What must stand in the packet's fields, given all others. */
uint16_t packet_network_checksum(const uint8_t *packet, const struct packet_shape *shape);
uint16_t packet_transport_checksum(const uint8_t *packet, size_t length,
                                   const struct packet_shape *shape);
/* Stores both. */
void packet_seal(uint8_t *packet, size_t length, const struct packet_shape *shape);

uint16_t packet_get16(const uint8_t *at);
void packet_put16(uint8_t *at, size_t value);
uint32_t packet_get32(const uint8_t *at);

#endif
