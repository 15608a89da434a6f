/* Records what passed between wire and far end, so that a run can be had again without it.
 *
 * SPDX-License-Identifier: MIT
 *
 * A text file: the line RECORD_TITLE, then a line for each frame: nanoseconds since the start, a space, '>' (from
 * the board) or '<' (to it), a space, the frame's bytes in hexadecimal. Lines that start with '#' are comments.
 */
#ifndef SIM_WIRE_RECORD_H
#define SIM_WIRE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#define RECORD_TITLE "# ferrite wire record 1"

struct wire_record;

/* Returns 0, or a negative errno and a message. */
int wire_record_open(struct wire_record **out, const char *path, uint64_t start_ns, char *error,
                     size_t error_len);
/* direction: '>' or '<'. */
void wire_record_frame(struct wire_record *record, uint64_t now_ns, char direction,
                       const uint8_t *bytes, size_t len);
void wire_record_flush(struct wire_record *record);
void wire_record_close(struct wire_record *record);

#endif
