/* Segments and datagrams to bytes and back: what is the same over IPv4 and IPv6. See frame.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/conformance/frame.h"

#include <string.h>

void number_put(uint8_t *at, uint64_t number, int bytes)
{
    while (bytes--) {
        at[bytes] = (uint8_t)number;
        number >>= 8;
    }
}

uint32_t number_get(const uint8_t *at, int bytes)
{
    uint32_t number = 0;
    for (int i = 0; i < bytes; i++)
        number = number << 8 | at[i];
    return number;
}

uint16_t internet_sum(uint64_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum += i % 2 ? bytes[i] : (uint64_t)bytes[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
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

size_t tcp_write(const struct packet *packet, uint8_t *tcp)
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

size_t udp_write(const struct packet *packet, uint8_t *udp)
{
    number_put(udp, packet->source_port, 2);
    number_put(udp + 2, packet->destination_port, 2);
    number_put(udp + 4, UDP_HEADER + packet->length, 2);
    number_put(udp + 6, 0, 2);
    if (packet->length)
        memcpy(udp + UDP_HEADER, packet->data, packet->length);
    return UDP_HEADER + packet->length;
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

bool tcp_read(const uint8_t *tcp, size_t length, struct packet *out)
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

bool udp_read(const uint8_t *udp, size_t length, struct packet *out)
{
    if (length < UDP_HEADER || number_get(udp + 4, 2) != length)
        return false;
    out->source_port = (uint16_t)number_get(udp, 2);
    out->destination_port = (uint16_t)number_get(udp + 2, 2);
    out->data = udp + UDP_HEADER;
    out->length = (uint32_t)length - UDP_HEADER;
    return true;
}

void quoted_write(const struct packet *packet, uint8_t *head)
{
    number_put(head, packet->destination_port, 2);
    number_put(head + 2, packet->source_port, 2);
    number_put(head + 4, packet->seq, 4);
}

int sum_offset(uint8_t protocol)
{
    return protocol == PROTOCOL_IS_TCP ? 16 : protocol == PROTOCOL_IS_UDP ? 6 : 2;
}

void sum_write(const struct packet *packet, uint64_t pseudo, uint8_t *transport, size_t length)
{
    uint16_t sum = packet->no_checksum ? 0 : internet_sum(pseudo, transport, length);
    number_put(transport + sum_offset(packet->protocol), sum ^ (packet->bad_checksum ? 0x100u : 0u),
               2);
}
