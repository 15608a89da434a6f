/* Frames told field by field, layer by layer, for a reader of the journal at JOURNAL_DETAIL.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_DISSECT_H
#define HOST_STACK_DISSECT_H

#include <stddef.h>
#include <stdint.h>

#include "driver/journal.h"

/* dissect_frame for a journal that has a reader. */
void dissect_whole_frame(struct journal *journal, uint64_t now_ns, const char *direction,
                         const uint8_t *frame, size_t len);
/* Writes a line for each header of the frame: Ethernet, ARP, IP, ICMP, UDP, TCP, DHCP, of both families. direction:
 * "in" or "out". Any bytes are allowed; what is cut off is said to be. Costs one comparison while
 * nobody reads. */
static inline void dissect_frame(struct journal *journal, uint64_t now_ns, const char *direction,
                                 const uint8_t *frame, size_t len)
{
    if (journal_wants(journal, JOURNAL_DETAIL))
        dissect_whole_frame(journal, now_ns, direction, frame, len);
}

#endif
