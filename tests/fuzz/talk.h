/* Conversations by TCP that a fuzzed station has: what of them the wire has seen, and a peer that may say anything.
 *
 * SPDX-License-Identifier: MIT
 *
 * Talks 0 to 3 are those that the station opens (to ports 80 to 83), 4 to 7 those that it accepts (from ports 2000 to 2003
 * to 5000). Each byte that the peer sends is a function of its sequence number, each that a program writes of its
 * place in the stream; so whatever overlaps, repeats or is thrown away, what arrives is known, and what the
 * station sends is judged byte by byte.
 */
#ifndef TESTS_FUZZ_TALK_H
#define TESTS_FUZZ_TALK_H

#include "host/stack/tcp.h"
#include "tests/fuzz/station.h"

enum { TALKS = 8, TALKS_OPENED = 4, LISTENER_PORT = 5000 };
enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_PSH = 8, FLAG_ACK = 16, FLAG_URG = 32 };

struct talk {
    struct tcp_conn *conn; /* of the program; NULL: none, or it was closed */
    uint32_t written;      /* bytes */
    uint32_t read_seq;     /* sequence number of the next byte that the program reads … */
    bool read_known;       /* … if it is known */
    bool any_data;         /* what the program writes is its own affair */

    /* As the wire saw it. */
    uint16_t local_port, remote_port;
    bool opened, answered; /* a SYN of the station's was seen; a segment with ACK too */
    uint32_t iss, next; /* the station's first sequence number, and the next behind what it sent */
    uint32_t ack;       /* its last acknowledgement: what it expects */
    bool timestamps;    /* its last segment had one: */
    uint32_t ts_value;
    uint32_t peer_iss; /* of the peer's SYN */
};

/* Learns from a frame of the station's, and judges its data: for station->heard, with the talks at user. */
void talk_heard(void *talks, const uint8_t *frame, size_t len);
/* Sends the station a segment that the input describes. */
void talk_segment(struct station *station, struct talk *talk, struct input *input);
/* A segment of the peer's that is right: the SYN,ACK or SYN that is due, which may offer all options; or an ACK of
 * everything, with so many bytes of data, so many ahead of what is expected. */
struct talk_good {
    uint8_t flags;
    bool offers;
    uint32_t ahead;
    size_t data;
};
void talk_good_segment(struct station *station, struct talk *talk, struct talk_good good);

uint8_t talk_byte_of_peer(uint32_t seq);
uint8_t talk_byte_of_program(uint32_t place);

#endif
