/* One request to the engine and its answer.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_SOCKET_CALL_H
#define HOST_SOCKET_CALL_H

#include <sys/socket.h>

#include "host/socket/protocol.h"

/* Sends request, with the descriptor fd if it is not negative, and waits for the reply; *given
 * gets the descriptor that came with it, or -1 (given may be NULL). Returns reply->error, or
 * -ENETDOWN. */
int call_engine(struct fe_request *request, int fd, struct fe_reply *reply, int *given);

/* Receives one message of len bytes exactly and the descriptor that came with it, or -1.
 * Returns len or a shorter length, or a negative errno. */
ssize_t receive_with_descriptor(int fd, void *data, size_t len, int *given);

/* Between the system's addresses and ours: -EINVAL, -EAFNOSUPPORT, -ENODEV (a link that is not ours, RFC 3493, 3.3).
 * *family is an enum fe_family: a mapped address (RFC 3493, 3.7) is of IPv6 and makes an endpoint of IPv4. */
int endpoint_from_sockaddr(const struct sockaddr *address, socklen_t length, struct endpoint *out,
                           uint32_t *family);
/* As a socket of this family sees it. Writes at most *length bytes and sets it to the address' full length; address may
 * be NULL. */
void endpoint_to_sockaddr(const struct endpoint *endpoint, uint32_t family,
                          struct sockaddr *address, socklen_t *length);

#endif
