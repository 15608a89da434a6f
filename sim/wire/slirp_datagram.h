/* Which frames are a question to the machine's own network, or its answer: while one is open, time must not jump.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SIM_WIRE_SLIRP_DATAGRAM_H
#define SIM_WIRE_SLIRP_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether libslirp passes the frame on as a datagram or a ping, out: to the machine's sockets, else back. What it answers by
 * itself (DHCP, neighbour discovery) is none, nor is what is cut off. */
bool slirp_datagram(const uint8_t *bytes, size_t len, bool out);

#endif
