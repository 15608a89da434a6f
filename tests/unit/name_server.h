/* A name server on engine 1's UDP and TCP port 5300, in a thread of its own.
 *
 * SPDX-License-Identifier: MIT
 *
 * It knows www.test (10.0.0.2), big.test (12 addresses and the last is 10.0.0.2; over UDP the
 * answer is cut off, so it must be asked again over TCP), two.test (10.0.0.77, where nobody is,
 * and 10.0.0.2) and bare.test (no address). silent.test gets no answer, broken.test a server
 * failure, lies.test an answer whose lengths lie; every other name does not exist. Addresses of IPv6 have both.test (fd00::2
 * and 10.0.0.2), six.test (no other), dark.test (fd00::4d, where nobody is, and 10.0.0.2), many.test (fd00::4e besides), half.test (fd00::2, and no
 * answer about IPv4), slow.test (10.0.0.2, and no answer about IPv6).
 */
#ifndef TESTS_UNIT_NAME_SERVER_H
#define TESTS_UNIT_NAME_SERVER_H

#include "tests/unit/two_engines.h"

struct name_server;

struct name_server *name_server_start(const struct two *two);
/* Before engine 1 ends. Returns how many questions have come over TCP. */
int name_server_stop(struct name_server *server);

#endif
