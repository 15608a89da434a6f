/* Frames from a station of libslirp's network, 10.0.2.15 or fd00::15, made byte by byte.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_UNIT_SLIRP_FRAMES_H
#define TESTS_UNIT_SLIRP_FRAMES_H

#include "tests/unit/wire_board.h"

extern const uint8_t SLIRP_MAC[6]; /* of the station */

unsigned slirp_get_16(const uint8_t *at);

/* Without a checksum. */
void slirp_send_udp(struct wire_board *board, const char *from, const char *to, unsigned from_port,
                    unsigned to_port, const uint8_t *data, size_t len);
/* Asks who has target. */
void slirp_send_arp(struct wire_board *board, const char *target);
/* From port 40000 to 10.0.2.2: a SYN, or with other flags what follows it. */
void slirp_send_tcp(struct wire_board *board, unsigned port, uint32_t seq, uint32_t ack,
                    uint8_t flags);
/* A DHCPDISCOVER from nobody. */
void slirp_send_discover(struct wire_board *board);
/* To fd00::2, with 24 bytes of next; no checksum, so libslirp drops it. */
void slirp_send_v6(struct wire_board *board, uint8_t next, uint8_t first);

#endif
