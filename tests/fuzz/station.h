/* A stack that is fuzzed: 10.0.2.15/24 in virtual time, with a peer, 10.0.2.2, that is the target's.
 *
 * SPDX-License-Identifier: MIT
 *
 * Every frame that the stack sends is judged (well_formed.h) and the last ones are kept. Held besides: a deadline that
 * has passed is met by stack_poll, or something is sent; nothing is committed that was not reserved.
 */
#ifndef TESTS_FUZZ_STATION_H
#define TESTS_FUZZ_STATION_H

#include "host/stack/ip.h"
#include "host/stack/stack.h"
#include "tests/fuzz/fuzz.h"

#define STATION_ADDRESS 0x0a00020fu
#define PEER_ADDRESS    0x0a000202u

enum { STATION_KEEPS = 16, STATION_ETHERNET = 14, STATION_IP = 20, STATION_HEADERS = 34 };
extern const uint8_t STATION_MAC[6], PEER_MAC[6];

struct station {
    struct stack *stack;
    uint64_t now_ns, seed, sent_count;
    uint16_t mtu;
    bool no_room;      /* reserve returns NULL */
    bool keeps_silent; /* the peer does not answer ARP */
    bool verified;     /* frames in have been verified by the board (DATA_VALID) */
    uint8_t *reserved;
    size_t reserved_len;
    struct {
        uint8_t *bytes;
        size_t len;
    } sent[STATION_KEEPS]; /* the frame number n at n % STATION_KEEPS */
    uint32_t asked;        /* address in an ARP request that waits for its answer; 0: none */
    struct journal journal;
    /* Called for each frame sent, or NULL. Must not call the stack. */
    void (*heard)(void *user, const uint8_t *frame, size_t len);
    void *user;
};

/* A configuration with the static address, used at once; then the stack with link up. */
struct stack_config station_config(struct station *station);
void station_start(struct station *station, const struct stack_config *config);
/* Everything in the stack must have been closed. */
void station_stop(struct station *station);

/* Runs to a time, each timer at its own. */
void station_run(struct station *station, uint64_t ns);
/* Lets the next timer run, if there is one before limit_ns from now. Returns false if there is none. */
bool station_next(struct station *station, uint64_t limit_ns);
/* Hands in a copy of a frame. */
void station_input(struct station *station, const uint8_t *frame, size_t len);
/* The same for an IPv4 packet from the peer, whose header is made; sums says where in payload the transport's checksum
 * goes, -1: nowhere. */
void station_packet(struct station *station, uint8_t protocol, uint8_t *payload, size_t len,
                    int sums);
/* The peer tells its MAC address. */
void station_meet(struct station *station);
/* The frame sent so many frames ago (0: the last), or NULL. */
const uint8_t *station_sent(const struct station *station, unsigned ago, size_t *len);
/* Fills in an Ethernet and IPv4 header in front of payload_len bytes. */
void station_headers(uint8_t *frame, uint32_t source, uint32_t destination, uint8_t protocol,
                     size_t payload_len);
/* Makes the header's checksum right again. */
void station_header_sum(uint8_t *frame);

/* After every socket was closed: runs until the stack has let go of the last connection, which it must within
 * the time that its retransmissions may take. */
void station_must_let_go(struct station *station);

#endif
