/* Makes and judges packets for the self-test.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/cli/selftest_packet.h"

#include <string.h>

enum {
    IP_AT = 14,
    TCP_BYTES = 20,
    UDP_BYTES = 8,
    FIRST_ID = 0xFFFE, /* wraps in the third segment */
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    FLAGS_LAST = 0x19, /* FIN, PSH, ACK */
    FLAGS_OTHER = 0x10,
};

static const uint32_t FIRST_SEQUENCE = 0xFFFFFC00; /* wraps too */

static size_t transport_at(const struct selftest_kind *kind)
{
    return IP_AT + (kind->v6 ? 40 : 20);
}

static size_t header_bytes(const struct selftest_kind *kind)
{
    return transport_at(kind) + (kind->udp ? UDP_BYTES : TCP_BYTES);
}

static uint8_t payload_byte(size_t at)
{
    return (uint8_t)(at * 7 + at / 253);
}

static uint32_t get(const uint8_t *at, int bytes)
{
    uint32_t value = 0;

    for (int i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

static void put(uint8_t *at, int bytes, uint32_t value)
{
    while (bytes--) {
        at[bytes] = (uint8_t)value;
        value >>= 8;
    }
}

static uint16_t sum(const uint8_t *bytes, size_t length, uint32_t start)
{
    uint64_t total = start;

    for (size_t i = 0; i < length; i++)
        total += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    while (total >> 16)
        total = (total & 0xFFFF) + (total >> 16);
    return (uint16_t)total;
}

static uint16_t pseudo_sum(const uint8_t *frame, const struct selftest_kind *kind, size_t length)
{
    size_t addresses = kind->v6 ? 32 : 8;
    uint32_t rest = (kind->udp ? PROTOCOL_UDP : PROTOCOL_TCP) + (uint32_t)length;

    return sum(frame + transport_at(kind) - addresses, addresses, rest);
}

/* From 192.0.2.1 to 192.0.2.2, or from 2001:db8::1 to 2001:db8::2. */
static void make_network(uint8_t *ip, const struct selftest_kind *kind, size_t length)
{
    uint8_t protocol = kind->udp ? PROTOCOL_UDP : PROTOCOL_TCP;

    if (kind->v6) {
        memcpy(ip, (uint8_t[]){0x60, 0, 0, 0, 0, 0, protocol, 64, 0x20, 0x01, 0x0D, 0xB8}, 12);
        put(ip + 4, 2, (uint32_t)length);
        ip[23] = 1;
        memcpy(ip + 24, ip + 8, 16);
        ip[39] = 2;
        return;
    }
    memcpy(ip, (uint8_t[]){0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, protocol, 0, 0, 192, 0, 2, 1}, 16);
    memcpy(ip + 16, (uint8_t[]){192, 0, 2, 2}, 4);
    put(ip + 2, 2, (uint32_t)length + 20);
    put(ip + 4, 2, FIRST_ID);
    put(ip + 10, 2, (uint16_t)~sum(ip, 20, 0));
}

static void make_transport(uint8_t *at, const struct selftest_kind *kind, size_t length)
{
    put(at, 2, 1025);
    put(at + 2, 2, 9);
    if (kind->udp) {
        put(at + 4, 2, (uint32_t)length);
        return;
    }
    put(at + 4, 4, FIRST_SEQUENCE);
    at[12] = TCP_BYTES / 4 << 4;
    at[13] = FLAGS_LAST;
    put(at + 14, 2, 4096);
}

size_t selftest_make(uint8_t *frame, const uint8_t mac[6], const struct selftest_kind *kind,
                     size_t payload, size_t segment, struct vnet_header *vnet)
{
    size_t headers = header_bytes(kind), transport = transport_at(kind);
    size_t length = headers + payload - transport;

    *vnet = (struct vnet_header){
        .flags = VNET_NEEDS_CSUM,
        .gso_type = segment ? kind->gso_type : VNET_GSO_NONE,
        .gso_size = (uint16_t)segment,
        .csum_start = (uint16_t)transport,
        .csum_offset = kind->udp ? 6 : 16,
    };
    memset(frame, 0, headers);
    memcpy(frame, mac, 6);
    memcpy(frame + 6, mac, 6);
    put(frame + 12, 2, kind->v6 ? 0x86DD : 0x0800);
    make_network(frame + IP_AT, kind, length);
    make_transport(frame + transport, kind, length);
    for (size_t i = 0; i < payload; i++)
        frame[headers + i] = payload_byte(i);
    put(frame + transport + vnet->csum_offset, 2, pseudo_sum(frame, kind, length));
    return headers + payload;
}

void selftest_finish(uint8_t *frame, size_t length, const struct vnet_header *vnet)
{
    uint16_t whole = (uint16_t)~sum(frame + vnet->csum_start, length - vnet->csum_start, 0);

    put(frame + vnet->csum_start + vnet->csum_offset, 2, whole ? whole : 0xFFFF);
}

static const char *check_network(const uint8_t *ip, const struct selftest_kind *kind, size_t length,
                                 size_t number)
{
    if (kind->v6)
        return get(ip + 4, 2) == length - 40 ? NULL : "the IPv6 length is wrong";
    if (get(ip + 2, 2) != length)
        return "the IPv4 length is wrong";
    if (get(ip + 4, 2) != ((FIRST_ID + number) & 0xFFFF))
        return "the IPv4 identification is wrong";
    return sum(ip, 20, 0) == 0xFFFF ? NULL : "the IPv4 header's checksum is wrong";
}

static const char *check_transport(const uint8_t *at, const struct selftest_kind *kind,
                                   size_t length, size_t offset, bool last)
{
    if (kind->udp)
        return get(at + 4, 2) == length ? NULL : "the UDP length is wrong";
    if (get(at + 4, 4) != (uint32_t)(FIRST_SEQUENCE + offset))
        return "the sequence number is wrong";
    return at[13] == (last ? FLAGS_LAST : FLAGS_OTHER) ? NULL : "the TCP flags are wrong";
}

const char *selftest_check(const uint8_t *frame, size_t length, const struct selftest_kind *kind,
                           size_t payload, size_t segment, size_t number)
{
    size_t headers = header_bytes(kind), transport = transport_at(kind), offset = number * segment;
    size_t left = payload - offset, part = segment && segment < left ? segment : left;
    const char *wrong;

    if (offset > payload || length != headers + part)
        return "it has another length";
    wrong = check_network(frame + IP_AT, kind, length - IP_AT, number);
    if (!wrong)
        wrong = check_transport(frame + transport, kind, length - transport, offset, part == left);
    if (wrong)
        return wrong;
    for (size_t i = 0; i < part; i++)
        if (frame[headers + i] != payload_byte(offset + i))
            return "its data differ";
    if (sum(frame + transport, length - transport, pseudo_sum(frame, kind, length - transport)) !=
        0xFFFF)
        return "its checksum is wrong";
    return NULL;
}
