/* Captures the Ethernet wire into a pcapng file, which Wireshark and tshark read.
 *
 * SPDX-License-Identifier: MIT
 *
 * Frames are written without preamble and FCS, with the time of their last byte. epb_flags tell the direction as the
 * board sees it (inbound: to the board) and what was wrong with the frame.
 * Source: draft-ietf-opsawg-pcapng, sections 4.1 to 4.3.
 */
#ifndef SIM_WIRE_PCAPNG_H
#define SIM_WIRE_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

enum pcapng_flags {
    PCAPNG_INBOUND = 1,
    PCAPNG_OUTBOUND = 2,
    PCAPNG_BAD_FCS = 1 << 24,
    PCAPNG_TOO_LONG = 1 << 25,
    PCAPNG_TOO_SHORT = 1 << 26,
    PCAPNG_BAD_GAP = 1 << 27,
};

struct pcapng;

/* Returns 0, or a negative errno and a message. */
int pcapng_open(struct pcapng **out, const char *path, char *error, size_t error_len);
void pcapng_frame(struct pcapng *pcapng, uint64_t now_ns, uint32_t flags, const uint8_t *bytes,
                  size_t len);
/* Brings what was written so far to the file, so that it survives a crash. */
void pcapng_flush(struct pcapng *pcapng);
void pcapng_close(struct pcapng *pcapng);

#endif
