/* Cuts super-frames into segments and inserts checksums.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/model/segment.h"

#include <errno.h>
#include <string.h>

#include "driver/registers.h"
#include "sim/model/checksum.h"

enum {
    ETHERNET_BYTES = 14,
    TAG_BYTES = 4,
    TYPE_TAG = 0x8100,
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86DD,

    IPV4_BYTES = 20,
    IPV4_LENGTH = 2, /* offsets in the header */
    IPV4_ID = 4,
    IPV4_CHECKSUM = 10,
    IPV6_BYTES = 40,
    IPV6_LENGTH = 4,
    HEADERS_MOST_BYTES = 256, /* in front of the payload, from the frame's start */

    TCP_BYTES = 20,
    TCP_SEQUENCE = 4,
    TCP_DATA_OFFSET = 12,
    TCP_FLAGS = 13,
    TCP_CHECKSUM = 16,
    TCP_FIN = 0x01,
    TCP_PSH = 0x08,
    TCP_CWR = 0x80,
    UDP_BYTES = 8,
    UDP_LENGTH = 4,
    UDP_CHECKSUM = 6,
};

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xFFFF);
}

uint32_t segments_features(const struct vnet_header *vnet)
{
    uint32_t sum = vnet->flags & VNET_NEEDS_CSUM ? REG_FEATURES_CSUM_SEND : 0;

    switch (vnet->gso_type) {
    case VNET_GSO_NONE: return sum;
    case VNET_GSO_TCPV4:
    case VNET_GSO_TCPV4 | VNET_GSO_ECN: return sum | REG_FEATURES_TSO4;
    case VNET_GSO_TCPV6:
    case VNET_GSO_TCPV6 | VNET_GSO_ECN: return sum | REG_FEATURES_TSO6;
    case VNET_GSO_UDP_L4: return sum | REG_FEATURES_USO;
    default: return UINT32_MAX;
    }
}

/* Finds the IP header behind at most one VLAN tag. Returns false unless the EtherType is of a version that is asked for. */
static bool find_network(struct segments *s, uint8_t type)
{
    s->network = ETHERNET_BYTES;
    if (get16(s->frame + ETHERNET_BYTES - 2) == TYPE_TAG)
        s->network += TAG_BYTES;
    if (s->held < s->network)
        return false;
    s->v4 = get16(s->frame + s->network - 2) == TYPE_IPV4;
    if (!s->v4 && get16(s->frame + s->network - 2) != TYPE_IPV6)
        return false;
    return type == VNET_GSO_UDP_L4 || s->v4 == (type == VNET_GSO_TCPV4);
}

/* Where the sum starts, IP's fixed header must have ended. Options and extension headers are not looked at. */
static bool network_fits(const struct segments *s)
{
    return s->transport >= s->network + (s->v4 ? IPV4_BYTES : IPV6_BYTES);
}

static bool find_payload(struct segments *s)
{
    size_t header = s->tcp ? TCP_BYTES : UDP_BYTES;

    if (s->transport + header > s->held)
        return false;
    if (s->tcp)
        header = (size_t)(s->frame[s->transport + TCP_DATA_OFFSET] >> 4) * 4;
    s->headers = s->transport + header;
    return header >= (s->tcp ? TCP_BYTES : UDP_BYTES) && s->headers <= s->held;
}

static bool begin_super(struct segments *s, const struct vnet_header *vnet)
{
    uint8_t type = vnet->gso_type & (uint8_t)~VNET_GSO_ECN;

    s->tcp = type != VNET_GSO_UDP_L4;
    s->ecn = vnet->gso_type & VNET_GSO_ECN;
    s->size = vnet->gso_size;
    return segments_features(vnet) != UINT32_MAX && (vnet->flags & VNET_NEEDS_CSUM) &&
           vnet->csum_offset == (s->tcp ? TCP_CHECKSUM : UDP_CHECKSUM) && find_network(s, type) &&
           network_fits(s) && find_payload(s) && s->size && s->headers <= HEADERS_MOST_BYTES &&
           s->headers + s->size <= MODEL_FRAME_BYTES;
}

static bool begin_whole(const struct segments *s)
{
    return s->held == s->length && s->length <= MODEL_FRAME_BYTES &&
           (!s->sums || s->checksum_at + 2 <= s->length);
}

int segments_begin(struct segments *segments, const struct vnet_header *vnet, const uint8_t *frame,
                   size_t length)
{
    return segments_begin_cut(segments, vnet, frame, length, length);
}

int segments_begin_cut(struct segments *segments, const struct vnet_header *vnet,
                       const uint8_t *frame, size_t length, size_t held)
{
    bool needs_sum = vnet->flags & VNET_NEEDS_CSUM, good;

    *segments = (struct segments){
        .frame = frame,
        .length = length,
        .held = held,
        .transport = vnet->csum_start,
        .checksum_at = needs_sum ? (size_t)vnet->csum_start + vnet->csum_offset : 0,
        .sums = needs_sum,
    };
    if (held < ETHERNET_BYTES)
        return -EBADMSG;
    good = vnet->gso_type == VNET_GSO_NONE ? begin_whole(segments) : begin_super(segments, vnet);
    return good ? 0 : -EBADMSG;
}

/* The field holds the sum of the pseudo-header, and is summed with the rest. 0 would mean "no checksum" in UDP, and is
 * the same number as 0xFFFF. */
static void insert_checksum(const struct segments *s, uint8_t *out, size_t length)
{
    uint16_t sum = (uint16_t)~model_sum(out + s->transport, length - s->transport);

    put16(out + s->checksum_at, sum ? sum : 0xFFFF);
}

static size_t whole_next(struct segments *s, uint8_t *out)
{
    if (s->number++)
        return 0;
    memcpy(out, s->frame, s->length);
    if (s->sums)
        insert_checksum(s, out, s->length);
    return s->length;
}

static void mend_network(const struct segments *s, uint8_t *out, size_t length)
{
    uint8_t *ip = out + s->network;

    if (!s->v4) {
        put16(ip + IPV6_LENGTH, length - s->network - IPV6_BYTES);
        return;
    }
    put16(ip + IPV4_LENGTH, length - s->network);
    put16(ip + IPV4_ID, (get16(ip + IPV4_ID) + s->number) & 0xFFFF);
    put16(ip + IPV4_CHECKSUM, 0);
    put16(ip + IPV4_CHECKSUM, (uint16_t)~model_sum(ip, s->transport - s->network));
}

static void mend_tcp(const struct segments *s, uint8_t *out, bool last)
{
    uint8_t *tcp = out + s->transport;

    put32(tcp + TCP_SEQUENCE, get32(tcp + TCP_SEQUENCE) + (uint32_t)s->sent);
    if (!last)
        tcp[TCP_FLAGS] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
    if (s->ecn && s->number)
        tcp[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
}

/* The given sum counts the super-frame's length in its pseudo-header; take that out and the segment's in. */
static void mend_sum(const struct segments *s, uint8_t *out, size_t length)
{
    uint16_t was = (uint16_t)(s->length - s->transport), is = (uint16_t)(length - s->transport);
    uint16_t change = model_sum_add((uint16_t)~was, is);

    put16(out + s->checksum_at, model_sum_add(get16(out + s->checksum_at), change));
}

static size_t super_next(struct segments *s, uint8_t *out)
{
    size_t left = s->length - s->headers - s->sent, part = left < s->size ? left : s->size;
    size_t length = s->headers + part;

    if ((s->number && !left) || length + s->sent > s->held)
        return 0;
    memcpy(out, s->frame, s->headers);
    memcpy(out + s->headers, s->frame + s->headers + s->sent, part);
    mend_network(s, out, length);
    if (s->tcp)
        mend_tcp(s, out, part == left);
    else
        put16(out + s->transport + UDP_LENGTH, length - s->transport);
    mend_sum(s, out, length);
    insert_checksum(s, out, length);
    s->sent += part;
    s->number++;
    return length;
}

size_t segments_next(struct segments *segments, uint8_t out[MODEL_FRAME_BYTES])
{
    return segments->headers ? super_next(segments, out) : whole_next(segments, out);
}

int model_send(const struct vnet_header *vnet, const uint8_t *frame, size_t length,
               void (*emit)(void *user, const uint8_t *frame, size_t length), void *user)
{
    uint8_t out[MODEL_FRAME_BYTES];
    struct segments segments;
    int count = 0, bad = segments_begin(&segments, vnet, frame, length);
    size_t made;

    if (bad)
        return bad;
    while ((made = segments_next(&segments, out))) {
        emit(user, out, made);
        count++;
    }
    return count;
}
