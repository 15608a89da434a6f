/* What the files of the lwIP host share. Both become one object, which shows nothing but lwip_ops (tests/world.mk).
 *
 * SPDX-License-Identifier: MIT
 *
 *     lwip_host.c     link, time, programs
 *     lwip_socket.c   its sockets
 */
#ifndef TESTS_WORLD_LWIP_HOST_H
#define TESTS_WORLD_LWIP_HOST_H

#include "tests/world/world.h"

/* struct host_ops */
void lwip_socket_listen(struct end *end);
int lwip_socket_connect(struct end *end, const struct target *target, uint16_t port);
void lwip_socket_set_options(struct end *end);
size_t lwip_socket_write(struct end *end, const uint8_t *bytes, size_t len);
size_t lwip_socket_read(struct end *end, uint8_t *bytes, size_t len);
bool lwip_socket_at_end(const struct end *end);
bool lwip_socket_unsent(const struct end *end);
void lwip_socket_shutdown(struct end *end);
void lwip_socket_close(struct end *end);
void lwip_socket_abort(struct end *end);

#endif
