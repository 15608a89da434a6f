/* Initial sequence numbers nobody can guess, and the keyed hash below them: SipHash-2-4. RFC 6528.
 *
 * SPDX-License-Identifier: MIT
 *
 * ISN = M + F(addresses, ports, secret): M counts up every 4 µs, so that a new connection between
 * the same ends begins behind the old one; F differs for each pair of ends in a way that only the
 * secret's holder can tell: the half of the table's hash that the table does not use.
 */
#include <string.h>

#include "host/stack/bytes.h"
#include "host/stack/tcp_conn.h"

enum { ISN_TICK_NS = 4000 };

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static inline void sip_absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

/* 4 and 8 bytes, little-endian: spelt so that compilers make one load of it. */
static inline uint32_t sip_half(const uint8_t *b)
{
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t sip_word(const uint8_t *b)
{
    return sip_half(b) | (uint64_t)sip_half(b + 4) << 32;
}

/* As its bytes on the wire are read here. */
static inline uint16_t swapped(uint16_t port)
{
    return (uint16_t)(port >> 8 | port << 8);
}

/* The last up to 7 bytes, and the length. */
static uint64_t sip_last_word(const uint8_t *bytes, size_t len)
{
    uint64_t word = (uint64_t)len << 56;
    for (size_t i = len & ~(size_t)7; i < len; i++)
        word |= (uint64_t)bytes[i] << 8 * (i & 7);
    return word;
}

static inline void sip_begin(uint64_t v[4], const uint64_t key[2])
{
    v[0] = key[0] ^ UINT64_C(0x736f6d6570736575);
    v[1] = key[1] ^ UINT64_C(0x646f72616e646f6d);
    v[2] = key[0] ^ UINT64_C(0x6c7967656e657261);
    v[3] = key[1] ^ UINT64_C(0x7465646279746573);
}

static inline uint64_t sip_end(uint64_t v[4], uint64_t last_word)
{
    sip_absorb(v, last_word);
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t tcp_siphash(const uint64_t key[2], const void *data, size_t len)
{
    const uint8_t *bytes = data;
    uint64_t v[4];
    sip_begin(v, key);
    for (size_t at = 0; at + 8 <= len; at += 8)
        sip_absorb(v, sip_word(bytes + at));
    return sip_end(v, sip_last_word(bytes, len));
}

/* Both addresses, both ports, purpose. */
static uint64_t tuple_hash_v6(const struct tcp *tcp, uint8_t purpose, const struct endpoint *local,
                              const struct endpoint *remote)
{
    uint8_t message[37];
    memcpy(message, local->address.bytes, 16);
    memcpy(message + 16, remote->address.bytes, 16);
    put16(message + 32, local->port);
    put16(message + 34, remote->port);
    message[36] = purpose;
    return tcp_siphash(tcp->secret, message, sizeof message);
}

/* What all IPv4 addresses have in common tells nothing: the same of their last four bytes, 13 in all, as the two words that
 * they are. */
static uint64_t tuple_hash_v4(const struct tcp *tcp, uint8_t purpose, const struct endpoint *local,
                              const struct endpoint *remote)
{
    uint64_t addresses =
        (uint64_t)sip_half(remote->address.bytes + 12) << 32 | sip_half(local->address.bytes + 12);
    uint64_t ports = (uint64_t)swapped(remote->port) << 16 | swapped(local->port);
    uint64_t v[4];
    sip_begin(v, tcp->secret);
    sip_absorb(v, addresses);
    return sip_end(v, UINT64_C(13) << 56 | (uint64_t)purpose << 32 | ports);
}

uint64_t tcp_tuple_hash(const struct tcp *tcp, uint8_t purpose, const struct endpoint *local,
                        const struct endpoint *remote)
{
    return address_is_v4(&local->address) && address_is_v4(&remote->address)
               ? tuple_hash_v4(tcp, purpose, local, remote)
               : tuple_hash_v6(tcp, purpose, local, remote);
}

uint32_t tcp_isn_choose(struct tcp *tcp, const struct endpoint *local,
                        const struct endpoint *remote, uint64_t now_ns)
{
    return (uint32_t)((tcp_table_hash(tcp, local, remote) >> 32) + now_ns / ISN_TICK_NS);
}
