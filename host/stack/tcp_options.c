/* TCP options. See tcp_options.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host/stack/tcp_options.h"

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_MSS = 2, MSS_BYTES = 4 };

static void option_read(const uint8_t *option, size_t len, struct tcp_options *out)
{
    if (option[0] == OPTION_MSS && len == MSS_BYTES)
        out->mss = (uint16_t)(option[2] << 8 | option[3]);
}

void tcp_options_parse(const uint8_t *bytes, size_t len, struct tcp_options *out)
{
    *out = (struct tcp_options){0};
    for (size_t at = 0; at < len && bytes[at] != OPTION_END;) {
        if (bytes[at] == OPTION_NOP) {
            at++;
            continue;
        }
        if (len - at < 2 || bytes[at + 1] < 2 || bytes[at + 1] > len - at)
            return;
        option_read(bytes + at, bytes[at + 1], out);
        at += bytes[at + 1];
    }
}

size_t tcp_options_write(const struct tcp_options *options, uint8_t *out)
{
    if (!options->mss)
        return 0;
    out[0] = OPTION_MSS;
    out[1] = MSS_BYTES;
    out[2] = (uint8_t)(options->mss >> 8);
    out[3] = (uint8_t)options->mss;
    return MSS_BYTES;
}
