/* A USB/IP server (protocol 1.1.1): exports one transport on a TCP port, so that a kernel (vhci-hcd) or another
 * process's driver can use the board.
 *
 * SPDX-License-Identifier: MIT
 *
 * Event-driven, as a transport is: whoever runs it waits for the descriptors and the deadline, then calls
 * usbip_server_poll. The server polls the transport; nobody else may meanwhile.
 */
#ifndef SIM_USBIP_SERVER_H
#define SIM_USBIP_SERVER_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/transport.h"

struct usbip_server;

enum { USBIP_SERVER_SESSIONS = 8 }; /* connections at once; one of them may have the board */

/* Reads the device's descriptors (blocking; wall_ns reads CLOCK_MONOTONIC for that) and listens on host (NULL:
 * 127.0.0.1) and port (0: a free one). The transport stays the caller's, to close after the server. Returns 0, or a
 * negative errno with a message: -EADDRINUSE, -EACCES, -EINVAL (host), -ENODEV … */
int usbip_server_open(struct usbip_server **out, struct transport *transport, const char *host,
                      uint16_t port, uint64_t (*wall_ns)(void), char *error, size_t error_len);

/* The port that it listens on. */
uint16_t usbip_server_port(const struct usbip_server *server);

/* Runs transport and connections without blocking. Returns the transport's time. */
uint64_t usbip_server_poll(struct usbip_server *server, uint64_t wall_ns);
/* As in struct transport_ops. */
uint64_t usbip_server_deadline(struct usbip_server *server);
int usbip_server_fds(struct usbip_server *server, struct pollfd *fds, int max);

struct usbip_server_counters {
    uint64_t connections, imports, submits, unlinks, bad_messages;
};
const struct usbip_server_counters *usbip_server_counters(const struct usbip_server *server);

/* Hangs up on everybody; transfers in flight are cancelled and waited for (at most 1 s of wall time). */
void usbip_server_close(struct usbip_server *server);

#endif
