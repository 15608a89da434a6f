/* A stack and a peer that the test plays by hand: every segment to the stack is made by the test,
 * every segment from it is looked at.
 *
 * SPDX-License-Identifier: MIT
 *
 * Sequence numbers are counted from the initial ones: a SYN is 0, the first byte 1.
 */
#ifndef TESTS_UNIT_TCP_RAW_H
#define TESTS_UNIT_TCP_RAW_H

#include "tests/unit/tcp_net.h"

struct tcp_raw {
    struct tcp_net net;
    struct tcp_app app;
    int station;                      /* of the stack: 0 connects, 1 listens */
    uint16_t port;                    /* of the end at station 0 */
    uint32_t iss;                     /* the stack's initial sequence number */
    uint32_t peer_iss;                /* the test's */
    uint32_t window;                  /* what the test offers with each segment, as in the header */
    struct wire_options syn, options; /* of the test's SYN, and of all its other segments */
    uint8_t ecn;                      /* codepoint of what the test sends */
    size_t looked_at;
};

void tcp_raw_start(struct tcp_raw *raw);
void tcp_raw_start_with(struct tcp_raw *raw, const struct stack_config *wish);
void tcp_raw_stop(struct tcp_raw *raw);
/* The stack connects; its SYN is the next segment. */
void tcp_raw_connect(struct tcp_raw *raw);
/* The whole handshake, the test being the server with this MSS option (0: none); or the client. */
void tcp_raw_join(struct tcp_raw *raw, uint16_t mss);
void tcp_raw_join_listener(struct tcp_raw *raw, uint16_t mss);

void tcp_raw_send(struct tcp_raw *raw, uint8_t flags, uint32_t seq, uint32_t ack);
/* length bytes of the pattern of salt 2, as it is at seq. */
void tcp_raw_send_data(struct tcp_raw *raw, uint8_t flags, uint32_t seq, uint32_t ack,
                       uint32_t length);

/* The stack's next segment; a failure if there is none. Its seq and ack are relative. */
struct wire_segment tcp_raw_next(struct tcp_raw *raw);
/* The next segment must have these flags (PSH aside), seq, ack and length. */
void tcp_raw_expect(struct tcp_raw *raw, uint8_t flags, uint32_t seq, uint32_t ack,
                    uint32_t length);
void tcp_raw_expect_nothing(struct tcp_raw *raw);
void tcp_raw_skip(struct tcp_raw *raw); /* all that was sent so far */
void tcp_raw_run(struct tcp_raw *raw, uint64_t ns);
enum tcp_state tcp_raw_state(const struct tcp_raw *raw);

#endif
