/* Between the files that turn packets into frames and back.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_CONFORMANCE_FRAME_H
#define TESTS_CONFORMANCE_FRAME_H

#include "tests/conformance/packet.h"

enum { TCP_HEADER = 20, UDP_HEADER = 8, ICMP_HEADER = 8, ICMP_QUOTED = 8 };

/* Big-endian. */
void number_put(uint8_t *at, uint64_t number, int bytes);
uint32_t number_get(const uint8_t *at, int bytes);
/* RFC 1071 over bytes, beginning with sum. */
uint16_t internet_sum(uint64_t sum, const uint8_t *bytes, size_t length);
/* RFC 8200, 8.1: of the pseudo-header, for internet_sum to go on from. */
uint64_t ipv6_pseudo_sum(const struct ip *source, const struct ip *destination, uint8_t protocol,
                         size_t length);

/* Each writes header and data with a checksum of 0 and returns the length of both. */
size_t tcp_write(const struct packet *packet, uint8_t *tcp);
size_t udp_write(const struct packet *packet, uint8_t *udp);
bool tcp_read(const uint8_t *tcp, size_t length, struct packet *out);
bool udp_read(const uint8_t *udp, size_t length, struct packet *out);
/* What an error quotes of a packet of the stack's transport: ports and sequence number, ICMP_QUOTED bytes. */
void quoted_write(const struct packet *packet, uint8_t *head);
/* Where a transport's checksum stands; what is written there if the script wants a wrong one. */
int sum_offset(uint8_t protocol);
void sum_write(const struct packet *packet, uint64_t pseudo, uint8_t *transport, size_t length);

/* Everything behind the Ethernet header. */
size_t ipv4_write(const struct packet *packet, uint8_t *ip);
size_t ipv6_write(const struct packet *packet, uint8_t *ip);
bool ipv4_read(const uint8_t *ip, size_t length, struct packet *out, const char **why);
bool ipv6_read(const uint8_t *ip, size_t length, struct packet *out, const char **why);

#endif
