/* See forge6.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/world/forge6.h"

#include <string.h>

#include "tests/world/router6.h"
#include "tests/world/segment.h"
#include "tests/world/world.h"

enum { ETHERNET = 14, IPV6 = 40, LEAST_FRAME = 60 };

uint8_t *forge6_begin(struct forged6 *forged, uint8_t type, size_t bytes)
{
    memset(forged->frame, 0, sizeof forged->frame);
    forged->bytes = bytes;
    forged->frame[ETHERNET + IPV6] = type;
    return forged->frame + ETHERNET + IPV6;
}

void forge6_link(struct forged6 *forged, uint8_t option, const uint8_t mac[6])
{
    uint8_t *at = forged->frame + ETHERNET + IPV6 + forged->bytes;

    at[0] = option;
    at[1] = 1;
    memcpy(at + 2, mac, 6);
    forged->bytes += 8;
}

void forge6_send_as_it_is(struct forged6 *forged, struct host *host, const uint8_t mac[6])
{
    uint8_t *frame = forged->frame;
    size_t len = ETHERNET + IPV6 + forged->bytes;

    host_mac(host->index, 0, frame);
    if (frame[ETHERNET + 24] == 0xff) { /* RFC 2464, 7 */
        frame[0] = frame[1] = 0x33;
        memcpy(frame + 2, frame + ETHERNET + 36, 4);
    }
    memcpy(frame + 6, mac, 6);
    segment_store(frame + 12, 2, 0x86dd);
    link_push(&host->aside, frame, len < LEAST_FRAME ? LEAST_FRAME : len, host->world->now_ns);
}

void forge6_send(struct forged6 *forged, struct host *host, const uint8_t mac[6],
                 const uint8_t source[16], const uint8_t destination[16], uint8_t hop_limit)
{
    router6_seal(forged->frame + ETHERNET, source, destination, hop_limit, forged->bytes);
    forge6_send_as_it_is(forged, host, mac);
}
