/* The journal: what each layer did, line by line, for whoever wants to read it (`--explain`, `-vv`).
 *
 * SPDX-License-Identifier: MIT
 *
 * A layer that has something to tell calls journal_write with its own name and time; without a reader that
 * costs one comparison. Nothing here reads a clock or owns memory.
 */
#ifndef DRIVER_JOURNAL_H
#define DRIVER_JOURNAL_H

#include <stdint.h>

enum journal_level {
    JOURNAL_EVENT = 1,  /* --explain: what happened, for a person */
    JOURNAL_DETAIL = 2, /* -vv: header fields and USB transfers */
};

struct journal {
    /* NULL while nobody reads. layer: "tcp", "udp", "ip", "icmp", "arp", "dhcp", "dns", "socket", "driver", "usb".
     * text is one line without a line feed, or at JOURNAL_DETAIL several separated by '\n'. */
    void (*line)(void *user, uint64_t now_ns, enum journal_level level, const char *layer,
                 const char *text);
    void *user;
    enum journal_level level; /* the highest that line wants */
};

static inline int journal_wants(const struct journal *journal, enum journal_level level)
{
    return journal && journal->line && level <= journal->level;
}

/* Formats a line (at most 1,000 characters, longer ones are cut) and hands it to the reader, if there is one. */
__attribute__((format(printf, 5, 6))) void journal_write(const struct journal *journal,
                                                         uint64_t now_ns, enum journal_level level,
                                                         const char *layer, const char *format,
                                                         ...);

#endif
