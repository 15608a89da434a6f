/* Two equal stacks, each with one connection to the same made-up peer, to whom everything happens alike: but for the
 * header of the second one's segments, which carries four NOPs, or its NOPs behind the timestamps instead of before them,
 * so that no header prediction knows it.
 *
 * SPDX-License-Identifier: MIT
 *
 * Whatever the test lets happen happens to both, and tcp_twins_compare ends the test at the first difference: of
 * frames sent, events, lines of the journal, received data, counters, deadlines, and every byte of the connections.
 */
#ifndef TESTS_UNIT_TCP_TWINS_H
#define TESTS_UNIT_TCP_TWINS_H

#include "host/stack/tcp_conn.h"
#include "tests/unit/stack_net.h"

enum { TWIN_PORT = 80, TWIN_PEER_PORT = 5000, TWIN_EVENTS = 65536 };

/* A segment for both. */
struct twin_segment {
    uint32_t source; /* address */
    uint16_t source_port, destination_port;
    uint32_t seq, ack, window, length;
    uint32_t tsval, tsecr;
    bool bare; /* without timestamps, though they were agreed to */
    uint8_t flags,
        offset;        /* offset: of the data, in words, as the header would say without options */
    uint16_t fragment; /* the IP header's field */
    uint16_t spoil;    /* of the checksum: added to the right one */
    uint32_t padding,
        cut;         /* bytes behind the packet; what the frame is cut down to, 0: it is whole */
    bool ip_options; /* four NOPs */
    bool broadcast_mac, verified; /* verified: DATA_VALID */
    uint8_t salt;                 /* of the data */
};

struct twin {
    struct net net;
    struct tcp_conn *listener, *conn; /* conn NULL: gone, or not accepted yet */
    bool closed;                      /* by its owner */
    uint8_t events[TWIN_EVENTS];
    size_t event_count;
};

struct tcp_twins {
    struct twin twin[2];
    bool timestamps; /* agreed to, with window scaling and SACK */
};

/* Both stacks, configured; then the peer's handshake with MSS 1460, in the middle of which it sends data too early. timestamps: it
 * offers RFC 7323's options and SACK. features: enum of device.h. */
void tcp_twins_start(struct tcp_twins *twins, bool timestamps, uint32_t features,
                     uint32_t receive_bytes, uint32_t peer_iss);
void tcp_twins_stop(struct tcp_twins *twins);

/* The next segment of a transfer to them: length bytes, nothing new but data. */
struct twin_segment tcp_twins_next(const struct tcp_twins *twins, uint32_t length);
void tcp_twins_segment(struct tcp_twins *twins, const struct twin_segment *segment);
void tcp_twins_batch(struct tcp_twins *twins, bool begin);
void tcp_twins_run(struct tcp_twins *twins, uint64_t ns);
void tcp_twins_room(struct tcp_twins *twins, bool room);
/* What an owner does; nothing if it has closed the connection. */
void tcp_twins_read(struct tcp_twins *twins, size_t most);
void tcp_twins_write(struct tcp_twins *twins, size_t count);
void tcp_twins_shutdown(struct tcp_twins *twins);
void tcp_twins_close(struct tcp_twins *twins);
void tcp_twins_abort(struct tcp_twins *twins);

void tcp_twins_compare(struct tcp_twins *twins);
/* Segments that the first one, or the second, has taken by header prediction. */
uint64_t tcp_twins_predicted(const struct tcp_twins *twins, int which);

#endif
