/* What the files of `ferrite selftest` share: a board in loopback, whose frames to send come back.
 *
 * SPDX-License-Identifier: MIT
 *
 *     selftest.c         the command: options, steps one by one, what is printed
 *     selftest_steps.c   what is tried
 *     selftest_board.c   frames to and fro
 *     selftest_packet.c  the packets of the steps
 */
#ifndef HOST_CLI_SELFTEST_H
#define HOST_CLI_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "driver/lan.h"

enum {
    SELFTEST_FRAME_BYTES = 1514,
    SELFTEST_RECEIVED_MAX = 128,
    SELFTEST_NOTE_BYTES = 200,
};

struct selftest {
    struct lan *lan;
    struct transport *transport;
    const uint8_t *mac;
    int gone;
    bool failed, json;
    json_object *rows;
    char note[SELFTEST_NOTE_BYTES]; /* what a step says of itself */

    int count; /* of frames that came back in this step */
    struct back {
        size_t length;
        bool valid;
        uint8_t bytes[SELFTEST_FRAME_BYTES];
    } back[SELFTEST_RECEIVED_MAX];
};

/* selftest_board.c: 0, or -1 (an errno from selftest_open) and a note of what is wrong. */

/* Opens the driver of t->transport, in loopback; what comes back is kept in t->back. */
int selftest_open(struct selftest *t, const struct lan_config *config);
int selftest_send(struct selftest *t, const struct vnet_header *vnet, const uint8_t *frame,
                  size_t length);
/* Waits until count frames have come back. */
int selftest_await(struct selftest *t, int count);
/* Says what is wrong and returns -1. */
__attribute__((format(printf, 2, 3))) int selftest_wrong(struct selftest *t, const char *format,
                                                         ...);

/* selftest_steps.c */

struct selftest_step {
    const char *name;
    uint32_t feature;               /* that the board must have */
    int (*run)(struct selftest *t); /* 0, or -1 with a note of what is wrong */
};
extern const struct selftest_step selftest_steps[];
extern const size_t selftest_step_count;

#endif
