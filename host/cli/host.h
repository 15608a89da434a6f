/* Hosts as commands take and show them: names, addresses of both families, ports.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_CLI_HOST_H
#define HOST_CLI_HOST_H

#include <sys/socket.h>

enum { HOST_TEXT_BYTES = 64, HOST_ADDRESSES = 32 };

/* The addresses of host (a name or an address, also fe80::1%ZONE), the best first; family as in fe_lookup. Returns how
 * many, or a negative errno after a message in command's name. */
int host_resolve(const char *command, const char *host, int family, struct sockaddr_storage *out,
                 int max);
void host_set_port(struct sockaddr_storage *address, unsigned long port);
unsigned host_port(const struct sockaddr_storage *address);
/* "10.0.2.2" or "fd00::2", without the port; a mapped address as the one of IPv4 that it is. Returns text. */
const char *host_format(const struct sockaddr *address, char text[HOST_TEXT_BYTES]);
socklen_t host_length(const struct sockaddr_storage *address);

/* A socket of this type (as fe_socket) bound to port on all addresses of family, AF_UNSPEC: of both. *any gets what it is
 * bound to. Returns the descriptor or a negative errno. */
int host_bind_any(int family, int type, unsigned long port, struct sockaddr_storage *any);

#endif
