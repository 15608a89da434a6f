/* The oracle of frames on one way through a driver and its board: lost or delivered, never changed, doubled or in another order.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_FRAME_WATCH_H
#define TESTS_WORLD_FRAME_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Frames may be equal (an ARP request, a duplicate ACK), so the one that came out last may be one of several. */
struct frame_place {
    size_t next; /* behind it: the first that may still come out */
    size_t gaps; /* how often, at least, one came out with others missing before it */
};

struct frame_watch {
    uint64_t *hashes; /* of the frames that went in */
    size_t count, room;
    struct frame_place *
        places; /* by next; none has more gaps than one before it. None yet: nothing has come out */
    size_t place_count, place_room;
    bool full; /* no memory: nothing is judged any more */
};

void frame_watch_enters(struct frame_watch *watch, const uint8_t *frame, size_t len);
/* Returns false if none of the frames that may still come out is this one. Ethernet's padding is not looked at. */
bool frame_watch_leaves(struct frame_watch *watch, const uint8_t *frame, size_t len);
/* How often, at least, one came out with others missing before it: of all ways to tell what was lost, the one with fewest gaps. */
size_t frame_watch_gaps(const struct frame_watch *watch);
void frame_watch_close(struct frame_watch *watch);

#endif
