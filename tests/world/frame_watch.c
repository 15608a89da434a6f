/* See frame_watch.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/frame_watch.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_BYTES = 60 };

/* FNV-1a, of the frame padded to what Ethernet sends. */
static uint64_t hash(const uint8_t *frame, size_t len)
{
    uint64_t value = 0xcbf29ce484222325u;

    for (size_t i = 0; i < len || i < LEAST_BYTES; i++)
        value = (value ^ (i < len ? frame[i] : 0)) * 0x100000001b3u;
    return value;
}

void frame_watch_enters(struct frame_watch *watch, const uint8_t *frame, size_t len)
{
    if (watch->count == watch->room) {
        size_t room = watch->room ? 2 * watch->room : 256;
        uint64_t *more = realloc(watch->hashes, room * sizeof *more);

        watch->full |= !more;
        if (watch->full)
            return;
        watch->hashes = more;
        watch->room = room;
    }
    watch->hashes[watch->count++] = hash(frame, len);
}

static bool add_place(struct frame_watch *watch, struct frame_place place)
{
    if (watch->place_count == watch->place_room) {
        size_t room = watch->place_room ? 2 * watch->place_room : 8;
        struct frame_place *more = realloc(watch->places, room * sizeof *more);

        if (!more)
            return false;
        watch->places = more;
        watch->place_room = room;
    }
    watch->places[watch->place_count++] = place;
    return true;
}

/* A place with more gaps than one before it is left out: from there no fewer gaps lead anywhere. */
bool frame_watch_leaves(struct frame_watch *watch, const uint8_t *frame, size_t len)
{
    uint64_t value = hash(frame, len);
    size_t old, from = 0, gaps;

    if (!watch->place_count)
        watch->full |= !add_place(watch, (struct frame_place){0});
    if (watch->full)
        return true;
    old = watch->place_count;
    for (size_t i = watch->places[0].next; i < watch->count; i++) {
        while (from + 1 < old && watch->places[from + 1].next <= i)
            from++;
        gaps = watch->places[from].gaps + (i > watch->places[from].next);
        if (watch->hashes[i] == value &&
            (watch->place_count == old || gaps <= watch->places[watch->place_count - 1].gaps) &&
            !add_place(watch, (struct frame_place){i + 1, gaps}))
            watch->full = true;
    }
    if (watch->place_count == old)
        return watch->full;
    watch->place_count -= old;
    memmove(watch->places, watch->places + old, watch->place_count * sizeof *watch->places);
    return true;
}

size_t frame_watch_gaps(const struct frame_watch *watch)
{
    return watch->place_count ? watch->places[watch->place_count - 1].gaps : 0;
}

void frame_watch_close(struct frame_watch *watch)
{
    free(watch->hashes);
    free(watch->places);
}
