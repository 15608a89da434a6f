/* Writes the record of a wire, which backend_replay.c reads.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/wire/record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wire_record {
    FILE *file;
    uint64_t start_ns;
};

int wire_record_open(struct wire_record **out, const char *path, uint64_t start_ns, char *error,
                     size_t error_len)
{
    struct wire_record *record = calloc(1, sizeof(*record));

    if (!record)
        return -ENOMEM;
    record->start_ns = start_ns;
    record->file = fopen(path, "we");
    if (!record->file) {
        int reason = errno;
        snprintf(error, error_len, "wire: cannot write the record '%s': %s", path,
                 strerror(reason));
        free(record);
        return -reason;
    }
    fprintf(record->file, "%s\n", RECORD_TITLE);
    *out = record;
    return 0;
}

void wire_record_frame(struct wire_record *record, uint64_t now_ns, char direction,
                       const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    fprintf(record->file, "%" PRIu64 " %c ", now_ns - record->start_ns, direction);
    for (size_t i = 0; i < len; i++) {
        putc(digits[bytes[i] >> 4], record->file);
        putc(digits[bytes[i] & 15], record->file);
    }
    putc('\n', record->file);
}

void wire_record_flush(struct wire_record *record)
{
    fflush(record->file);
}

void wire_record_close(struct wire_record *record)
{
    fclose(record->file);
    free(record);
}
