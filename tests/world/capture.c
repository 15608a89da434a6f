/* See capture.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/capture.h"

#include <string.h>

int capture_open(struct capture *capture, const char *path, char *error, size_t error_len)
{
    *capture = (struct capture){.hash = 0xcbf29ce484222325u};
    return path ? pcapng_open(&capture->file, path, error, error_len) : 0;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9fb21c651e98df25u;
    return hash ^ hash >> 32;
}

void capture_frame(struct capture *capture, uint64_t now_ns, int host, bool inbound,
                   const uint8_t *bytes, size_t len)
{
    uint64_t hash = mix(capture->hash, now_ns), word;
    size_t at = 0;

    hash = mix(hash, (uint64_t)host << 32 | (uint64_t)inbound << 24 | len);
    for (; at + 8 <= len; at += 8) {
        memcpy(&word, bytes + at, 8);
        hash = mix(hash, word);
    }
    word = 0;
    memcpy(&word, bytes + at, len - at);
    capture->hash = mix(hash, word);
    capture->frames++;
    if (capture->file)
        pcapng_frame(capture->file, now_ns, inbound ? PCAPNG_INBOUND : PCAPNG_OUTBOUND, bytes, len);
}

void capture_close(struct capture *capture)
{
    if (capture->file)
        pcapng_close(capture->file);
}
