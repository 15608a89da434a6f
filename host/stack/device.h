/* The device as the stack sees it: where frames go, and what it can do for us.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef HOST_STACK_DEVICE_H
#define HOST_STACK_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/record.h"

/* Capabilities; the same bits as the FEATURES register. */
enum {
    DEVICE_CSUM_SEND = 1 << 0,
    DEVICE_TSO4 = 1 << 1,
    DEVICE_TSO6 = 1 << 2,
    DEVICE_USO = 1 << 3,
    DEVICE_CSUM_RECEIVE = 1 << 4,
    DEVICE_MERGE = 1 << 5,
};

struct device {
    uint8_t mac[6];
    uint16_t mtu;       /* of IP packets: 1500 */
    uint32_t features;  /* DEVICE_… */
    uint32_t max_frame; /* bytes of the longest super-frame (TSO) without FCS; 0: it takes none */

    /* Place for a frame of at most len bytes, or NULL if there is no room now (stack_room is called
     * later). */
    uint8_t *(*reserve)(void *user, size_t len);
    /* How many bytes of frames and their record headers a bulk sender should queue at most now;
     * stack_sent tells when to look again. NULL: any number. */
    size_t (*room)(void *user);
    /* Sends the reserved frame, of len bytes without FCS. Returns its ticket, which stack_sent
     * names once it has left; tickets grow. 0: it has left already. */
    uint64_t (*commit)(void *user, const struct vnet_header *vnet, size_t len);
    /* Frames to these groups are wanted, and to no others; others may come. NULL: the device gives every group's. */
    void (*listen)(void *user, const uint8_t (*groups)[6], size_t count);
    void *user;
};

#endif
