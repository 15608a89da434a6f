/* Verifies the checksums of received frames.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/model/verify.h"

#include "sim/model/checksum.h"

enum {
    ETHERNET_BYTES = 14,
    TAG_BYTES = 4,
    TYPE_TAG = 0x8100,
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86DD,

    IPV4_BYTES = 20,
    IPV4_FRAGMENT = 0x3FFF, /* more fragments, and the offset: 0 in a whole packet */
    IPV6_BYTES = 40,
    IPV6_HOP_BY_HOP = 0,
    IPV6_ROUTING = 43,
    IPV6_DESTINATION = 60,

    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    TCP_BYTES = 20,
    UDP_BYTES = 8,

    RIGHT = 0xFFFF, /* the sum of anything that holds its own checksum */
};

/* What is left to look at: an IP packet's payload, and the sum of its addresses. */
struct payload {
    const uint8_t *bytes;
    size_t length;
    uint8_t protocol;
    uint16_t addresses;
};

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static bool read_ipv4(const uint8_t *ip, size_t length, struct payload *out)
{
    size_t header, total;

    if (length < IPV4_BYTES || ip[0] >> 4 != 4)
        return false;
    header = (size_t)(ip[0] & 15) * 4;
    total = get16(ip + 2);
    if (header < IPV4_BYTES || total < header || total > length ||
        (get16(ip + 6) & IPV4_FRAGMENT) != 0)
        return false;
    *out = (struct payload){ip + header, total - header, ip[9], model_sum(ip + 12, 8)};
    return model_sum(ip, header) == RIGHT;
}

/* A routing header whose way is not over is none to pass over: the last destination, which the pseudo-header has,
 * stands in it. With no segments left it is the packet's own (RFC 8200, 4.4 and 8.1). */
static bool is_passed_over(const struct payload *payload)
{
    if (payload->protocol == IPV6_ROUTING)
        return payload->length > 3 && payload->bytes[3] == 0;
    return payload->protocol == IPV6_HOP_BY_HOP || payload->protocol == IPV6_DESTINATION;
}

static bool skip_extensions(struct payload *payload)
{
    while (is_passed_over(payload)) {
        size_t header;

        if (payload->length < 8)
            return false;
        header = ((size_t)payload->bytes[1] + 1) * 8;
        if (header > payload->length)
            return false;
        payload->protocol = payload->bytes[0];
        payload->bytes += header;
        payload->length -= header;
    }
    return true;
}

static bool read_ipv6(const uint8_t *ip, size_t length, struct payload *out)
{
    size_t payload;

    if (length < IPV6_BYTES || ip[0] >> 4 != 6)
        return false;
    payload = get16(ip + 4);
    if (payload > length - IPV6_BYTES)
        return false;
    *out = (struct payload){ip + IPV6_BYTES, payload, ip[6], model_sum(ip + 8, 32)};
    return skip_extensions(out);
}

static bool sum_is_right(const struct payload *p)
{
    uint16_t sum = model_sum_add(p->addresses, model_sum(p->bytes, p->length));

    sum = model_sum_add(sum, p->protocol);
    return model_sum_add(sum, (uint16_t)p->length) == RIGHT;
}

bool model_verify(const uint8_t *frame, size_t length)
{
    size_t at = ETHERNET_BYTES;
    struct payload payload;
    uint16_t type;

    if (length < ETHERNET_BYTES + TAG_BYTES)
        return false;
    if (get16(frame + at - 2) == TYPE_TAG)
        at += TAG_BYTES;
    type = get16(frame + at - 2);
    if (!(type == TYPE_IPV4   ? read_ipv4(frame + at, length - at, &payload)
          : type == TYPE_IPV6 ? read_ipv6(frame + at, length - at, &payload)
                              : false))
        return false;
    if (payload.protocol == PROTOCOL_TCP)
        return payload.length >= TCP_BYTES && sum_is_right(&payload);
    return payload.protocol == PROTOCOL_UDP && payload.length >= UDP_BYTES &&
           get16(payload.bytes + 4) == payload.length && get16(payload.bytes + 6) != 0 &&
           sum_is_right(&payload);
}
