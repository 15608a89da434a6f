/* Packets for the tests of the C model.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/unit/model_packet.h"

#include <string.h>

uint16_t packet_get16(const uint8_t *at)
{
    return (uint16_t)(at[0] * 256 + at[1]);
}

void packet_put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value / 256);
    at[1] = (uint8_t)value;
}

uint32_t packet_get32(const uint8_t *at)
{
    return packet_get16(at) * 65536u + packet_get16(at + 2);
}

size_t packet_network(const struct packet_shape *shape)
{
    return shape->tag ? 18 : 14;
}

size_t packet_transport(const struct packet_shape *shape)
{
    return packet_network(shape) + (shape->v6 ? 40 : 20) + shape->ip_options;
}

size_t packet_headers(const struct packet_shape *shape)
{
    return packet_transport(shape) + (shape->udp ? 8 : 20 + shape->tcp_options);
}

uint32_t packet_random(uint64_t *seed, uint32_t most)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*seed >> 33) % most);
}

struct packet_shape packet_random_shape(uint64_t *seed, uint32_t most_payload)
{
    struct packet_shape shape = {.v6 = packet_random(seed, 2), .udp = packet_random(seed, 2)};

    shape.tag = packet_random(seed, 2);
    if (packet_random(seed, 2))
        shape.ip_options = shape.v6 ? 8 * packet_random(seed, 6) : 4 * packet_random(seed, 11);
    if (!shape.udp && packet_random(seed, 2))
        shape.tcp_options = 4 * packet_random(seed, 11);
    shape.payload = packet_random(seed, most_payload + 1);
    shape.flags = (uint8_t)packet_random(seed, 256);
    return shape;
}

/* One extension header: hop-by-hop options, nothing but padding (RFC 8200, 4.2 and 4.3). */
static void make_ipv6(uint8_t *ip, size_t length, const struct packet_shape *shape)
{
    uint8_t protocol = shape->udp ? 17 : 6;

    ip[0] = 0x60 | (ip[0] & 15);
    packet_put16(ip + 4, length - 40);
    ip[6] = shape->ip_options ? 0 : protocol;
    if (!shape->ip_options)
        return;
    memset(ip + 40, 0, shape->ip_options);
    ip[40] = protocol;
    ip[41] = (uint8_t)(shape->ip_options / 8 - 1);
    ip[42] = 1; /* PadN */
    ip[43] = (uint8_t)(shape->ip_options - 4);
}

static void make_ipv4(uint8_t *ip, size_t length, const struct packet_shape *shape)
{
    ip[0] = (uint8_t)(0x40 + (20 + shape->ip_options) / 4);
    packet_put16(ip + 2, length);
    packet_put16(ip + 6, 0x4000); /* don't fragment */
    ip[9] = shape->udp ? 17 : 6;
    memset(ip + 20, 1, shape->ip_options); /* no operation */
}

size_t packet_make(uint8_t *out, const struct packet_shape *shape, uint64_t *seed)
{
    size_t network = packet_network(shape), length = packet_headers(shape) + shape->payload;
    uint8_t *transport = out + packet_transport(shape);

    for (size_t i = 0; i < length; i++)
        out[i] = (uint8_t)packet_random(seed, 256);
    packet_put16(out + 12, 0x8100);
    packet_put16(out + network - 2, shape->v6 ? 0x86DD : 0x0800);
    (shape->v6 ? make_ipv6 : make_ipv4)(out + network, length - network, shape);
    if (shape->udp) {
        packet_put16(transport + 4, 8 + shape->payload);
    } else {
        transport[12] = (uint8_t)((20 + shape->tcp_options) / 4 * 16);
        transport[13] = shape->flags;
    }
    packet_seal(out, length, shape);
    return length;
}

static uint32_t add_bytes(uint32_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        sum += i % 2 ? bytes[i] : bytes[i] * 256u;
        if (sum > 65535)
            sum -= 65535; /* the carry comes back in at the end */
    }
    return sum;
}

static uint32_t pseudo_header(const uint8_t *packet, size_t length,
                              const struct packet_shape *shape)
{
    const uint8_t *ip = packet + packet_network(shape);
    uint8_t last[4] = {0, shape->udp ? 17 : 6};
    uint32_t sum = shape->v6 ? add_bytes(0, ip + 8, 32) : add_bytes(0, ip + 12, 8);

    packet_put16(last + 2, length - packet_transport(shape));
    return add_bytes(sum, last, 4);
}

uint16_t packet_network_checksum(const uint8_t *packet, const struct packet_shape *shape)
{
    uint8_t header[60];
    size_t length = 20 + shape->ip_options;

    memcpy(header, packet + packet_network(shape), length);
    header[10] = header[11] = 0;
    return (uint16_t)(65535 - add_bytes(0, header, length));
}

uint16_t packet_transport_checksum(const uint8_t *packet, size_t length,
                                   const struct packet_shape *shape)
{
    static uint8_t copy[PACKET_ROOM];
    size_t from = packet_transport(shape), count = length - from;
    uint32_t sum;

    memcpy(copy, packet + from, count);
    memset(copy + (shape->udp ? 6 : 16), 0, 2);
    sum = 65535 - add_bytes(pseudo_header(packet, length, shape), copy, count);
    return sum ? (uint16_t)sum : 65535;
}

void packet_seal(uint8_t *packet, size_t length, const struct packet_shape *shape)
{
    if (!shape->v6)
        packet_put16(packet + packet_network(shape) + 10, packet_network_checksum(packet, shape));
    packet_put16(packet + packet_transport(shape) + (shape->udp ? 6 : 16),
                 packet_transport_checksum(packet, length, shape));
}

void packet_make_partial(uint8_t *packet, size_t length, const struct packet_shape *shape,
                         struct vnet_header *vnet)
{
    size_t transport = packet_transport(shape);

    *vnet = (struct vnet_header){
        .flags = VNET_NEEDS_CSUM,
        .csum_start = (uint16_t)transport,
        .csum_offset = shape->udp ? 6 : 16,
    };
    packet_put16(packet + transport + vnet->csum_offset, pseudo_header(packet, length, shape));
}
