/* A world: hosts, links and a router in virtual time, from one seed. See README.md.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_WORLD_H
#define TESTS_WORLD_WORLD_H

#include "tests/world/capture.h"
#include "tests/world/datagram.h"
#include "tests/world/end.h"
#include "tests/world/tally.h"
#include "tests/world/watch.h"

struct fault;

struct world {
    struct scenario scenario;
    uint64_t now_ns;
    struct host hosts[WORLD_HOSTS];
    struct end ends[WORLD_CONNECTIONS][2];
    struct watch watches[WORLD_CONNECTIONS][2]; /* of what the end's host sends */
    struct flow flows[WORLD_FLOWS];
    struct frame_pool pool;
    struct chance stranger;
    unsigned attacks_left;
    uint64_t attack_ns;
    unsigned flood_left;
    uint64_t flood_ns;
    unsigned storm_left;
    uint64_t storm_ns;
    bool ipv6;                 /* hosts may have it */
    const struct fault *fault; /* that spoils this world, or NULL */
    struct chance mischief;
    struct capture capture;
    struct tally tally;
    bool verbose;
    const char *trace; /* file for the gates' waves, or NULL */
    char failure[300]; /* what an oracle found first; empty while all is well */
    uint64_t steps;
};

struct world_options {
    bool gates, lwip, usb, ipv6, verbose;
    const char *pcap, *trace; /* files, or NULL */
    const struct fault *fault;
};

/* Runs a whole world. Returns true if no oracle objected, else world->failure says what it did. */
bool world_run(struct world *world, uint64_t seed, const struct world_options *options);

/* An oracle objects. Only the first objection counts; the world ends soon after. */
__attribute__((format(printf, 2, 3))) void world_fail(struct world *world, const char *format, ...);

/* The end on host that a segment between these ports is from, or that it arrives for; NULL: none. */
struct watch *world_watch(struct host *host, uint16_t source, uint16_t destination, bool arrives);

/* A frame leaves a host's adapter, or reaches it. */
void world_sent(struct host *host, const uint8_t *bytes, size_t len, uint64_t now_ns);
void world_arrived(struct host *host, const uint8_t *bytes, size_t len, uint64_t now_ns);
/* The oracles count a packet as arrived, of which fragments are on their way (now_ns 0: who knows for how long). */
void world_will_arrive(struct host *host, const uint8_t *bytes, size_t len, uint64_t now_ns);

/* The same of a packet from host to another one, of which only fragments leave. */
void world_will_leave(struct host *host, struct host *to, const uint8_t *bytes, size_t len);

#endif
