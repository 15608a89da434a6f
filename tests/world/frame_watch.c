/* See frame_watch.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/frame_watch.h"

#include <stdlib.h>

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

bool frame_watch_leaves(struct frame_watch *watch, const uint8_t *frame, size_t len)
{
    uint64_t value = hash(frame, len);

    for (size_t i = watch->next; i < watch->count; i++)
        if (watch->hashes[i] == value) {
            watch->gaps += i > watch->next;
            watch->next = i + 1;
            return true;
        }
    return watch->full;
}

void frame_watch_close(struct frame_watch *watch)
{
    free(watch->hashes);
}
