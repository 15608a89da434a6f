/* Ports for connections that did not ask for one. RFC 6056, algorithm 3.
 *
 * SPDX-License-Identifier: MIT
 *
 * Towards one peer the ports count up from a place that only the secret tells, so they come back
 * late and cannot be guessed.
 */
#include <errno.h>

#include "host/stack/tcp_conn.h"

enum { FIRST_PORT = 49152, PORTS = 65536 - FIRST_PORT }; /* RFC 6335, 6: the dynamic ports */

static bool port_taken(struct tcp *tcp, const struct endpoint *local, const struct endpoint *remote)
{
    if (tcp_table_port_bound(tcp, local, NULL))
        return true;
    return remote && tcp_table_find(tcp, local, remote);
}

int tcp_port_choose(struct tcp *tcp, struct endpoint *local, const struct endpoint *remote)
{
    static const struct endpoint nobody;
    struct endpoint from = {local->address, 0};
    uint32_t offset =
        (uint32_t)tcp_hash_again(tcp, &tcp->towards, 'P', &from, remote ? remote : &nobody);
    for (int i = 0; i < PORTS; i++) {
        local->port = (uint16_t)(FIRST_PORT + (offset + tcp->next_port++) % PORTS);
        if (!port_taken(tcp, local, remote))
            return 0;
    }
    local->port = 0;
    return -EADDRINUSE;
}
