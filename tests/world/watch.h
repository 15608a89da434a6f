/* The oracle on the wire: keeps what a host has sent on a connection and what has reached it, and judges each segment
 * that it sends by that.
 *
 * SPDX-License-Identifier: MIT
 *
 * Sequence numbers are counted from the SYN's: it is 0, the first byte of data 1. What has reached a host is what its
 * adapter may have heard: with a frame that the adapter drops, a host knows less, and never more.
 */
#ifndef TESTS_WORLD_WATCH_H
#define TESTS_WORLD_WATCH_H

#include "tests/world/end.h"
#include "tests/world/segment.h"

/* Of one end of a connection. */
struct watch {
    struct end *end;
    struct watch *peer;
    uint16_t port; /* the client's, once its SYN is out */

    bool v6;
    uint8_t address6[16]; /* its end's, from the client's SYN on */
    bool syn_sent;
    uint32_t iss;
    int scale; /* that its SYN offers; -1: none */
    uint16_t mss;
    bool may_sack, has_time;
    bool acked;         /* it has sent an ACK … */
    uint32_t ack, edge; /* … the highest, and the right edge of its window, of the peer's numbers */
    uint32_t sent;      /* behind the last number sent */
    uint32_t fin;       /* its FIN's number; 0: none sent */
    bool fin_sent;      /* also where it is unclear */
    uint32_t fin_end;   /* the number behind it, as on the wire */
    bool has_fin;       /* it has acknowledged the peer's */
    uint64_t reset_ns;         /* when it sent an RST last; 0: never */
    unsigned in_vain;          /* segments sent again since an ACK for something new has come */
    uint32_t time;             /* its last timestamp */
    bool asks_ecn, grants_ecn; /* what its SYN says of it */
    unsigned syns;
    uint64_t data_ns; /* when it sent something last that is to be acknowledged */
    bool
        unclear; /* a listener that forgets (RFC 4987) has answered with two numbers: only the client knows which counts */

    bool syn_arrived;
    uint8_t *arrived;             /* by number of the peer's: it has reached this end */
    uint32_t contiguous;          /* all before it have */
    uint32_t peer_ack, peer_edge; /* the highest that have reached it, of its own numbers */
    uint32_t peer_time;           /* the newest timestamp that has reached it */
    bool ce_arrived;              /* congestion was experienced on the way to it */
    unsigned resets_arrived;
    bool fin_arrived;
    uint64_t arrived_ns;   /* when a segment came last */
    uint64_t fin_acked_ns; /* when an ACK of its FIN came; 0: none has */
};

void watch_open(struct watch *watch, struct end *end, struct watch *peer);
void watch_close(struct watch *watch);
/* The program has closed, and until until_ns its host may try to have all acknowledged (SO_LINGER); 0: as long as it likes. */
uint64_t watch_lingers_until(const struct end *end);
/* A segment leaves watch's end, or reaches it; now_ns 0: its fragments will, unless they are lost. */
void watch_sent(struct watch *watch, const struct segment *segment, uint64_t now_ns);
void watch_arrived(struct watch *watch, const struct segment *segment, uint64_t now_ns);

#endif
