/* The Internet checksum (RFC 1071): what every packet needs, in line, and sums over bytes.
 *
 * SPDX-License-Identifier: MIT
 *
 * A running sum is of 16-bit words in host order, and not folded yet.
 */
#ifndef HOST_STACK_CHECKSUM_H
#define HOST_STACK_CHECKSUM_H

#include "host/stack/address.h"

/* Adds len bytes to a running sum. len is even but for the last piece. */
uint32_t checksum_add(uint32_t sum, const void *data, size_t len);

/* Finishes it, ready to be stored big-endian. */
static inline uint16_t checksum_fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t) ~(sum + (sum >> 16));
}

uint32_t checksum_addresses6(const struct address *source, const struct address *destination);

/* The running sum of both addresses as they stand in a header. */
static inline uint32_t checksum_addresses(const struct address *source,
                                          const struct address *destination)
{
    if (!address_is_v4(source) || !address_is_v4(destination))
        return checksum_addresses6(source, destination);

    uint32_t from = address_to_v4(source), to = address_to_v4(destination);
    return (from >> 16) + (from & 0xffff) + (to >> 16) + (to & 0xffff);
}

/* What a pseudo-header has besides (RFC 9293, 3.1; RFC 8200, 8.1), and the whole. */
static inline uint32_t checksum_rest(uint8_t protocol, size_t len)
{
    return (uint32_t)(protocol + (len >> 16) + (len & 0xffff));
}
static inline uint32_t checksum_pseudo(const struct address *source,
                                       const struct address *destination, uint8_t protocol,
                                       size_t len)
{
    return checksum_addresses(source, destination) + checksum_rest(protocol, len);
}

#endif
