/* When a connection has something under way. See tcp_sending.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>

#include "host/stack/tcp_loss.h"
#include "host/stack/tcp_output.h"
#include "host/stack/tcp_pace.h"

const struct tcp_sending tcp_nothing_under_way;

void tcp_sending_pool_free(struct tcp_sending_pool *pool)
{
    while (pool->count)
        free(pool->spares[--pool->count]);
}

/* The flight has no memory, nothing is to be undone and nothing watched: so it comes out of the pool. */
static void start(struct tcp_sending *sending, uint32_t una)
{
    tcp_flight_reset(&sending->flight, una);
    tcp_rack_start(&sending->rack, una);
    sending->prr = (struct tcp_prr){0};
    sending->tail = (struct tcp_tail){0};
    sending->ticket = 0;
    sending->pace_ns = 0;
    sending->duplicate_acks = 0;
    sending->frto = TCP_FRTO_OFF;
    sending->partial_seen = false;
}

int tcp_sending_start(struct tcp_conn *conn)
{
    struct tcp_sending_pool *pool = &conn_tcp(conn)->sendings;
    struct tcp_sending *sending =
        pool->count ? pool->spares[--pool->count] : calloc(1, sizeof *sending);
    if (!sending)
        return -ENOMEM;
    start(sending, conn->snd_una);
    conn->sending = sending;
    return 0;
}

void tcp_sending_stop(struct tcp_conn *conn)
{
    struct tcp_sending_pool *pool = &conn_tcp(conn)->sendings;
    struct tcp_sending *sending = conn->sending;
    tcp_sent_forget(conn);
    tcp_undo_forget(conn);
    if (sending->flight.memory)
        tcp_flight_reset(&sending->flight, 0);
    conn->sending = (struct tcp_sending *)&tcp_nothing_under_way;
    if (pool->count < TCP_SENDING_SPARES)
        pool->spares[pool->count++] = sending;
    else
        free(sending);
}

/* A recovery may yet turn out to have been in vain, pacing go on, and the answer to a probe of the tail may still come. */
void tcp_sending_settle(struct tcp_conn *conn)
{
    const struct tcp_sending *sending = conn->sending;
    if (conn->recovery == TCP_OPEN && !sending->undo && !sending->tail.probing &&
        !tcp_pace_keeps(conn))
        tcp_sending_end(conn);
}
