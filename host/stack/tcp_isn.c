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

/* 8 bytes, little-endian: spelt so that compilers make one load of it. */
static inline uint64_t sip_word(const uint8_t *b)
{
    return b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
           (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 |
           (uint64_t)b[7] << 56;
}

/* The last up to 7 bytes, and the length. */
static uint64_t sip_last_word(const uint8_t *bytes, size_t len)
{
    uint64_t word = (uint64_t)len << 56;
    for (size_t i = len & ~(size_t)7; i < len; i++)
        word |= (uint64_t)bytes[i] << 8 * (i & 7);
    return word;
}

uint64_t tcp_siphash(const uint64_t key[2], const void *data, size_t len)
{
    const uint8_t *bytes = data;
    uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                     key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    for (size_t at = 0; at + 8 <= len; at += 8)
        sip_absorb(v, sip_word(bytes + at));
    sip_absorb(v, sip_last_word(bytes, len));
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t tcp_tuple_hash(const struct tcp *tcp, uint8_t purpose, const struct endpoint *local,
                        const struct endpoint *remote)
{
    bool v4 = address_is_v4(&local->address) && address_is_v4(&remote->address);
    size_t same = v4 ? 12 : 0,
           bytes = 16 - same; /* of an address: what all IPv4 ones have in common tells nothing */
    uint8_t message[37], *at = message;
    memcpy(at, local->address.bytes + same, bytes);
    memcpy(at + bytes, remote->address.bytes + same, bytes);
    at += 2 * bytes;
    put16(at, local->port);
    put16(at + 2, remote->port);
    at[4] = purpose;
    return tcp_siphash(tcp->secret, message, 2 * bytes + 5);
}

uint32_t tcp_isn_choose(struct tcp *tcp, const struct endpoint *local,
                        const struct endpoint *remote, uint64_t now_ns)
{
    return (uint32_t)((tcp_table_hash(tcp, local, remote) >> 32) + now_ns / ISN_TICK_NS);
}
