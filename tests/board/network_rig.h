/* A host that drives the board's network adapter (CDC ECM) as Linux' cdc_ether does, without being it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_BOARD_NETWORK_RIG_H
#define TESTS_BOARD_NETWORK_RIG_H

#include "tests/board/board_rig.h"

enum {
    FILTER_PROMISCUOUS = 1,
    FILTER_ALL_MULTICAST = 2,
    FILTER_DIRECTED = 4,
    FILTER_BROADCAST = 8,
    FILTER_EVERYTHING = FILTER_PROMISCUOUS | FILTER_DIRECTED | FILTER_BROADCAST,
    NETWORK_ROOM =
        1518, /* of a transfer to receive: what the descriptors promise, as Linux has it */
};

/* What the descriptors say, found as Linux finds it. */
struct network {
    struct transport *transport;
    uint8_t configuration, control, data,
        alternate; /* the interfaces, and the setting that has endpoints */
    uint16_t segment;
    uint8_t mac[6];
};

/* A control transfer without data, or a short one. Returns bytes moved or a negative errno. */
int network_request(struct transport *transport, uint8_t type, uint8_t code, uint16_t value,
                    uint16_t index, uint8_t *data, uint16_t length);

/* Chooses the configuration whose first interface is of no vendor's class, finds the interfaces by the union descriptor
 * and the MAC address by its string, and sets the alternate setting with endpoints. Fails the test if that cannot be. */
void network_open(struct network *network, struct transport *transport);
int network_set_data(struct network *network, uint8_t alternate);
int network_set_filter(struct network *network, uint16_t filter);

/* Sends a transfer as it is; an empty packet ends one of whole packets. Returns 0 or a negative errno. */
int network_send(struct network *network, const uint8_t *bytes, size_t length);
/* Returns the length of a received frame, or a negative errno: -ETIMEDOUT if none comes in 200 ms. */
int network_receive(struct network *network, uint8_t frame[NETWORK_ROOM]);

/* The next notification: returns its bNotification, its value (a connection's state, a speed in bit/s) in *value;
 * or -ETIMEDOUT. */
int network_notification(struct network *network, uint32_t *value);

/* ---- in loopback ---- */

/* Opens a board whose Ethernet PHY gives back what it gets, as a network adapter that takes everything. */
struct transport *network_open_loop(struct network *network, struct sim_config *config);
/* Makes a frame to one station, with a VLAN tag if it is longer than it may be without. */
void network_fill(uint8_t *frame, size_t length, unsigned seed);
/* Sends such a frame and expects it back, padded, and nothing else. */
void network_expect_back(struct network *network, size_t length, unsigned seed);

#endif
