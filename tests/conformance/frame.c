/* Packets to frames and back. See packet.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/packet.h"

#include <string.h>

enum { IP_HEADER = 20, TCP_HEADER = 20, UDP_HEADER = 8, ICMP_HEADER = 8, QUOTED = IP_HEADER + 8 };

const uint8_t peer_mac[6] = {2, 0, 0, 0, 0, 2}, stack_mac[6] = {2, 0, 0, 0, 0, 1};

static void number_put(uint8_t *at, uint64_t number, int bytes)
{
    while (bytes--) {
        at[bytes] = (uint8_t)number;
        number >>= 8;
    }
}

static uint32_t number_get(const uint8_t *at, int bytes)
{
    uint32_t number = 0;
    for (int i = 0; i < bytes; i++)
        number = number << 8 | at[i];
    return number;
}

/* RFC 1071 over bytes, beginning with sum. */
static uint16_t internet_sum(uint64_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum += i % 2 ? bytes[i] : (uint64_t)bytes[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static uint64_t pseudo_sum(const uint8_t *ip, size_t length)
{
    uint64_t sum = ip[9] + length;
    for (int i = 12; i < 20; i += 2)
        sum += number_get(ip + i, 2);
    return sum;
}

static void ip_write(uint8_t *ip, const struct packet *packet, uint32_t source,
                     uint32_t destination, uint8_t protocol, size_t length)
{
    memset(ip, 0, IP_HEADER);
    ip[0] = 0x45;
    ip[1] = packet->ecn & 3;
    number_put(ip + 2, IP_HEADER + length, 2);
    ip[8] = 64;
    ip[9] = protocol;
    number_put(ip + 12, source, 4);
    number_put(ip + 16, destination, 4);
    number_put(ip + 10, internet_sum(0, ip, IP_HEADER), 2);
}

/* What an option's values take: MSS 2 bytes, scale 1, the others 4; of an unknown kind 1. */
static int value_bytes(uint8_t kind)
{
    switch (kind) {
    case OPT_MSS: return 2;
    case OPT_SACK:
    case OPT_TS: return 4;
    default: return 1;
    }
}

static size_t options_write(const struct packet *packet, uint8_t *begin)
{
    uint8_t *at = begin;
    for (size_t i = 0; i < packet->option_count; i++) {
        const struct option *option = &packet->options[i];
        int bytes = value_bytes(option->kind);
        *at++ = option->kind;
        if (option->kind <= OPT_NOP)
            continue;
        *at++ = (uint8_t)(2 + option->count * bytes);
        for (int k = 0; k < option->count; k++, at += bytes)
            number_put(at, option->values[k], bytes);
    }
    while ((at - begin) % 4)
        *at++ = OPT_EOL;
    return (size_t)(at - begin);
}

static size_t tcp_write(const struct packet *packet, uint8_t *tcp)
{
    memset(tcp, 0, TCP_HEADER);
    size_t header = TCP_HEADER + options_write(packet, tcp + TCP_HEADER);
    number_put(tcp, packet->source_port, 2);
    number_put(tcp + 2, packet->destination_port, 2);
    number_put(tcp + 4, packet->seq, 4);
    number_put(tcp + 8, packet->ack, 4);
    tcp[12] = (uint8_t)(header / 4 << 4);
    tcp[13] = packet->flags;
    number_put(tcp + 14, packet->window, 2);
    number_put(tcp + 18, packet->urgent, 2);
    if (packet->length)
        memcpy(tcp + header, packet->data, packet->length);
    return header + packet->length;
}

static size_t udp_write(const struct packet *packet, uint8_t *udp)
{
    number_put(udp, packet->source_port, 2);
    number_put(udp + 2, packet->destination_port, 2);
    number_put(udp + 4, UDP_HEADER + packet->length, 2);
    number_put(udp + 6, 0, 2);
    if (packet->length)
        memcpy(udp + UDP_HEADER, packet->data, packet->length);
    return UDP_HEADER + packet->length;
}

/* An error about a packet of the stack: it quotes the header and the first eight bytes, of which
 * the stack knows ports and sequence number. */
static size_t icmp_write(const struct packet *packet, uint8_t *icmp)
{
    uint8_t *quoted = icmp + ICMP_HEADER, *head = quoted + IP_HEADER;
    memset(icmp, 0, ICMP_HEADER + QUOTED);
    icmp[0] = packet->icmp_type;
    icmp[1] = packet->icmp_code;
    number_put(icmp + 6, packet->icmp_mtu, 2);
    ip_write(quoted, packet, packet->destination_ip, packet->source_ip, packet->inner,
             TCP_HEADER + packet->length);
    number_put(head, packet->destination_port, 2);
    number_put(head + 2, packet->source_port, 2);
    number_put(head + 4, packet->seq, 4);
    number_put(icmp + 2, internet_sum(0, icmp, ICMP_HEADER + QUOTED), 2);
    return ICMP_HEADER + QUOTED;
}

size_t frame_write(const struct packet *packet, uint8_t *frame)
{
    static const int sum_offset[] = {[PROTOCOL_IS_TCP] = 16, [PROTOCOL_IS_UDP] = 6};
    uint8_t *ip = frame + FRAME_HEADER, *payload = ip + IP_HEADER;
    size_t length = packet->protocol == PROTOCOL_IS_TCP   ? tcp_write(packet, payload)
                    : packet->protocol == PROTOCOL_IS_UDP ? udp_write(packet, payload)
                                                          : icmp_write(packet, payload);
    memcpy(frame, stack_mac, 6);
    memcpy(frame + 6, peer_mac, 6);
    number_put(frame + 12, 0x0800, 2);
    ip_write(ip, packet, packet->source_ip, packet->destination_ip, packet->protocol, length);
    if (packet->protocol != PROTOCOL_IS_ICMP)
        number_put(payload + sum_offset[packet->protocol],
                   internet_sum(pseudo_sum(ip, length), payload, length) ^
                       (packet->bad_checksum ? 0x0100 : 0),
                   2);
    return FRAME_HEADER + IP_HEADER + length;
}

static bool options_read(const uint8_t *at, size_t length, struct packet *out)
{
    while (length) {
        struct option *option = &out->options[out->option_count++];
        option->kind = *at;
        size_t size = *at <= OPT_NOP ? 1 : length < 2 ? 0 : at[1];
        if (!size || size > length || (*at > OPT_NOP && size < 2))
            return false;
        int bytes = value_bytes(option->kind);
        for (size_t i = 2; i + (size_t)bytes <= size; i += (size_t)bytes)
            option->values[option->count++] = number_get(at + i, bytes);
        at += size;
        length -= size;
    }
    return true;
}

static bool tcp_read(const uint8_t *tcp, size_t length, struct packet *out)
{
    size_t header = length < TCP_HEADER ? 0 : (size_t)(tcp[12] >> 4) * 4;
    if (header < TCP_HEADER || header > length)
        return false;
    out->source_port = (uint16_t)number_get(tcp, 2);
    out->destination_port = (uint16_t)number_get(tcp + 2, 2);
    out->seq = number_get(tcp + 4, 4);
    out->ack = number_get(tcp + 8, 4);
    out->flags = tcp[13];
    out->has_window = true;
    out->window = (uint16_t)number_get(tcp + 14, 2);
    out->urgent = (uint16_t)number_get(tcp + 18, 2);
    out->data = tcp + header;
    out->length = (uint32_t)(length - header);
    return !(tcp[12] & 15) && options_read(tcp + TCP_HEADER, header - TCP_HEADER, out);
}

static bool udp_read(const uint8_t *udp, size_t length, struct packet *out)
{
    if (length < UDP_HEADER || number_get(udp + 4, 2) != length)
        return false;
    out->source_port = (uint16_t)number_get(udp, 2);
    out->destination_port = (uint16_t)number_get(udp + 2, 2);
    out->data = udp + UDP_HEADER;
    out->length = (uint32_t)length - UDP_HEADER;
    return true;
}

static bool icmp_read(const uint8_t *icmp, size_t length, struct packet *out)
{
    if (length < ICMP_HEADER || internet_sum(0, icmp, length))
        return false;
    out->icmp_type = icmp[0];
    out->icmp_code = icmp[1];
    return true;
}

bool frame_read(const uint8_t *frame, size_t length, struct packet *out, const char **why)
{
    const uint8_t *ip = frame + FRAME_HEADER;
    *out = (struct packet){.out = true};
    *why = "not IPv4 without options";
    if (length < FRAME_HEADER + IP_HEADER || ip[0] != 0x45)
        return false;
    size_t total = number_get(ip + 2, 2), payload = total - IP_HEADER;
    *why = "a wrong length or sum in the IP header, or a fragment";
    if (total < IP_HEADER || total > length - FRAME_HEADER || internet_sum(0, ip, IP_HEADER) ||
        number_get(ip + 6, 2) & 0x3fff)
        return false;
    out->ecn = ip[1] & 3;
    out->protocol = ip[9];
    out->source_ip = number_get(ip + 12, 4);
    out->destination_ip = number_get(ip + 16, 4);
    *why = "a wrong checksum";
    const uint8_t *at = ip + IP_HEADER;
    if (out->protocol != PROTOCOL_IS_ICMP && internet_sum(pseudo_sum(ip, payload), at, payload))
        return false;
    *why = "a wrong header";
    switch (out->protocol) {
    case PROTOCOL_IS_TCP: return tcp_read(at, payload, out);
    case PROTOCOL_IS_UDP: return udp_read(at, payload, out);
    case PROTOCOL_IS_ICMP: return icmp_read(at, payload, out);
    }
    *why = "an unknown protocol";
    return false;
}
