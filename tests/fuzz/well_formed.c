/* Whether what our stack sends is well formed.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/well_formed.h"

#include "tests/fuzz/fuzz.h"

enum { ETHERNET = 14, FIN = 1, SYN = 2, RST = 4, ACK = 16 };

uint16_t ones_sum(uint32_t sum, const uint8_t *bytes, size_t len)
{
    uint64_t total = sum;

    for (size_t i = 0; i < len; i++)
        total += i & 1 ? bytes[i] : (uint64_t)bytes[i] << 8;
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return (uint16_t)total;
}

uint32_t pseudo_sum(const uint8_t *ip, uint8_t protocol, size_t transport_len)
{
    return (uint32_t)ones_sum(0, ip + 12, 8) + protocol + (uint32_t)transport_len;
}

/* RFC 826, and RFC 5227 for what we may ask. */
static void arp_must_be_right(const uint8_t *frame, size_t len)
{
    const uint8_t *arp = frame + ETHERNET;

    must(len >= ETHERNET + 28);
    must(number_get(arp, 4) == 0x00010800 && number_get(arp + 4, 2) == 0x0604);
    bool reply = number_get(arp + 6, 2) == 2; /* to a probe, which has no sender's address, too */
    must(reply || number_get(arp + 6, 2) == 1);
    must(!memcmp(arp + 8, frame + 6, 6));
    must(reply || number_get(arp + 24, 4) != 0);
}

/* RFC 9293, 3.1: a list that ends where the header does. */
static void options_must_be_right(const uint8_t *options, size_t len, bool syn)
{
    for (size_t at = 0; at < len && options[at] != 0;) {
        if (options[at] == 1) {
            at++;
            continue;
        }
        must(len - at >= 2);
        size_t size = options[at + 1];
        must(size >= 2 && size <= len - at);
        switch (options[at]) {
        case 2: must(size == 4 && syn); break;
        case 3: must(size == 3 && syn && options[at + 2] <= 14); break;
        case 4: must(size == 2 && syn); break;
        case 5: must(size >= 10 && size % 8 == 2 && !syn); break;
        case 8: must(size == 10); break;
        default: break;
        }
        at += size;
    }
}

void tcp_must_be_right(const uint8_t *tcp, size_t len)
{
    must(len >= 20);
    size_t header = 4 * (size_t)(tcp[12] >> 4);
    uint8_t flags = tcp[13];
    must(header >= 20 && header <= len);
    /* Who writes from or to port 0 is answered in kind. */
    must(number_get(tcp, 2) || (flags & RST));
    must(!(flags & SYN) || !(flags & (FIN | RST)));
    must(!(flags & FIN) || (flags & ACK));
    must(flags & (SYN | RST | ACK));
    must(!(flags & RST) || len == header);
    options_must_be_right(tcp + 20, header - 20, flags & SYN);
}

void udp_must_be_right(const uint8_t *udp, size_t len)
{
    must(len >= 8);
    must(number_get(udp + 4, 2) == len);
    must(number_get(udp + 2, 2));
}

/* A sum that the board is to finish holds the pseudo-header's. */
static void sum_must_be_right(const struct vnet_header *vnet, const uint8_t *frame, size_t header,
                              size_t len)
{
    const uint8_t *ip = frame + ETHERNET, *transport = ip + header;
    uint8_t protocol = ip[9];
    size_t at = protocol == 6 ? 16 : 6;
    uint32_t pseudo = pseudo_sum(ip, protocol, len);

    if (protocol == 1) {
        must(len >= 8 && ones_sum(0, transport, len) == 0xffff);
        return;
    }
    if (vnet->flags & VNET_NEEDS_CSUM) {
        must(vnet->csum_start == ETHERNET + header && vnet->csum_offset == at);
        must(number_get(transport + at, 2) == ones_sum(pseudo, NULL, 0));
        return;
    }
    must(ones_sum(pseudo, transport, len) == 0xffff);
}

static void super_frame_must_be_right(const struct vnet_header *vnet, const uint8_t *tcp,
                                      size_t len)
{
    size_t header = 4 * (size_t)(tcp[12] >> 4);

    must(vnet->gso_type == VNET_GSO_TCPV4 && (vnet->flags & VNET_NEEDS_CSUM));
    must(vnet->gso_size > 0 && len - header > vnet->gso_size);
    must(!(tcp[13] & (SYN | RST)));
}

static void ipv4_must_be_right(const struct vnet_header *vnet, const uint8_t *frame,
                               size_t frame_len, size_t mtu)
{
    const uint8_t *ip = frame + ETHERNET;
    must(frame_len >= ETHERNET + 20 && ip[0] >> 4 == 4);
    size_t header = 4 * (size_t)(ip[0] & 15), total = number_get(ip + 2, 2);
    uint32_t fragment = number_get(ip + 6, 2), source = number_get(ip + 12, 4);
    must(header >= 20 && total >= header && total == frame_len - ETHERNET);
    must(ones_sum(0, ip, header) == 0xffff);
    must(ip[8] != 0 && !(fragment & 0x8000));
    must(source >> 28 != 14 && source != UINT32_MAX && number_get(ip + 16, 4) != 0);
    must(vnet->gso_type || total <= mtu);
    must(!(fragment & 0x2000) || (total - header) % 8 == 0);
    if (fragment & 0x3fff)
        return; /* the transport's sum covers more than this */
    sum_must_be_right(vnet, frame, header, total - header);
    if (ip[9] == 6)
        tcp_must_be_right(ip + header, total - header);
    if (ip[9] == 17)
        udp_must_be_right(ip + header, total - header);
    if (vnet->gso_type)
        super_frame_must_be_right(vnet, ip + header, total - header);
}

void frame_must_be_well_formed(const struct vnet_header *vnet, const uint8_t *frame, size_t len,
                               size_t mtu)
{
    must(len >= ETHERNET);
    must(!(frame[6] & 1));
    switch (number_get(frame + 12, 2)) {
    case 0x0806: arp_must_be_right(frame, len); break;
    case 0x0800: ipv4_must_be_right(vnet, frame, len, mtu); break;
    case 0x86dd: ipv6_must_be_right(vnet, frame, len, mtu); break;
    default: must(!"an EtherType that we do not speak");
    }
}
