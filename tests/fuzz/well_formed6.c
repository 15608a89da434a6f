/* Whether what our stack sends by IPv6 is well formed.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/well_formed.h"

enum { ETHERNET = 14, HEADER = 40, MLD_REPORT1 = 131, MLD_DONE = 132, MLD_REPORT = 143 };

uint32_t pseudo_sum6(const uint8_t *ip, uint8_t protocol, size_t transport_len)
{
    return (uint32_t)ones_sum(0, ip + 8, 32) + protocol + (uint32_t)transport_len;
}

static void discovery_must_be_right(const uint8_t *ip, const uint8_t *message, size_t len)
{
    size_t fixed = message[0] == 133 ? 8 : 24;

    must(ip[7] == 255 && message[1] == 0);
    must(message[0] == 133 || message[0] == 135 || message[0] == 136);
    must(len >= fixed && (fixed == 8 || message[8] != 0xff));
    for (size_t at = fixed; at < len; at += 8) {
        must(len - at >= 8 && message[at + 1] == 1); /* we send link addresses alone */
        must(message[at] == (message[0] == 136 ? 2 : 1));
        must(number_get(ip + 8, 4) != 0 || message[0] == 136); /* nobody's address has none */
    }
}

/* RFC 4443, 2.4; RFC 4861; RFC 3810: behind a router alert. */
static void icmp_must_be_right(const uint8_t *ip, const uint8_t *message, size_t len, bool alert)
{
    bool listener = message[0] == MLD_REPORT1 || message[0] == MLD_DONE || message[0] == MLD_REPORT;

    must(len >= 8 && listener == alert);
    if (listener)
        must(ip[7] == 1 &&
             (message[0] == MLD_REPORT ? len == 8 + 20 * number_get(message + 6, 2) : len == 24));
    else if (message[0] >= 133 && message[0] <= 137)
        discovery_must_be_right(ip, message, len);
    else
        must((message[0] >= 1 && message[0] <= 4) || message[0] == 128 || message[0] == 129);
    if (message[0] < 128) {
        must(HEADER + len <= 1280 && len >= 8 + HEADER);
        must(ip[24] != 0xff && number_get(ip + 24, 4) != 0);
    }
}

static void sum_must_be_right(const struct vnet_header *vnet, const uint8_t *frame,
                              const uint8_t *transport, uint8_t protocol, size_t len)
{
    size_t at = protocol == 6 ? 16 : 6;
    uint32_t pseudo = pseudo_sum6(frame + ETHERNET, protocol, len);

    if (vnet->flags & VNET_NEEDS_CSUM) {
        must(vnet->csum_start == (size_t)(transport - frame) && vnet->csum_offset == at);
        must(number_get(transport + at, 2) == ones_sum(pseudo, NULL, 0));
    } else {
        must(ones_sum(pseudo, transport, len) == 0xffff);
        must(protocol != 17 || number_get(transport + 6, 2) != 0);
    }
}

static void addresses_must_be_right(const uint8_t *frame)
{
    const uint8_t *ip = frame + ETHERNET;

    must(ip[8] != 0xff); /* no group sends */
    if (ip[24] != 0xff)
        return;
    must(frame[0] == 0x33 && frame[1] == 0x33); /* RFC 2464, 7 */
    for (int i = 0; i < 4; i++)
        must(frame[2 + i] == ip[36 + i]);
}

void ipv6_must_be_right(const struct vnet_header *vnet, const uint8_t *frame, size_t frame_len,
                        size_t mtu)
{
    const uint8_t *ip = frame + ETHERNET, *at = ip + HEADER;
    size_t len = frame_len - ETHERNET - HEADER;
    uint8_t protocol;

    must(frame_len >= ETHERNET + HEADER && ip[0] >> 4 == 6);
    must(number_get(ip + 4, 2) == len && ip[7] != 0);
    must(vnet->gso_type || HEADER + len <= mtu);
    addresses_must_be_right(frame);
    protocol = ip[6];
    if (protocol == 44) {
        must(len > 8 && !at[1] && !(at[3] & 6));
        must(!(at[3] & 1) || (len - 8) % 8 == 0);
        return; /* the transport's sum covers more than this */
    }
    if (protocol == 0) { /* a router alert, nothing else */
        must(len >= 8 && at[1] == 0 && number_get(at + 2, 4) == 0x05020000);
        protocol = at[0];
        must(protocol == 58);
        at += 8;
        len -= 8;
    }
    must(protocol == 58 || protocol == 6 || protocol == 17);
    sum_must_be_right(vnet, frame, at, protocol, len);
    if (protocol == 58)
        icmp_must_be_right(ip, at, len, at != ip + HEADER);
    else if (protocol == 6)
        tcp_must_be_right(at, len);
    else
        udp_must_be_right(at, len);
}
