/* What `ferrite selftest` tries: each step returns 0, or -1 with a note of what is wrong.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "driver/registers.h"
#include "host/cli/selftest.h"
#include "host/cli/selftest_packet.h"

enum {
    LEAST_BYTES = 60, /* what a shorter frame is padded to */
    SEGMENT = 1400,
    SUPER_PAYLOAD = 20000,
};

static int try_registers(struct selftest *t)
{
    static const uint32_t patterns[] = {0x0000, 0x5555, 0xAAAA, 0xFFFF};
    const struct lan_info *info = lan_info(t->lan);
    uint32_t before, value;
    int error = lan_register_read(t->lan, REG_BATCH_TIME, &before);

    for (int i = 0; !error && i < 4; i++) {
        error = lan_register_write(t->lan, REG_BATCH_TIME, patterns[i]);
        if (!error)
            error = lan_register_read(t->lan, REG_BATCH_TIME, &value);
        if (!error && value != patterns[i])
            return selftest_wrong(t, "BATCH_TIME reads 0x%x after 0x%x was written", value,
                                  patterns[i]);
    }
    if (!error)
        error = lan_register_write(t->lan, REG_BATCH_TIME, before);
    if (error)
        return selftest_wrong(t, "%s", strerror(-error));
    snprintf(t->note, sizeof t->note, "%s, gateware %u.%u, features 0x%02x, records up to %u bytes",
             info->board, info->version_major, info->version_minor, info->features,
             info->max_frame);
    return 0;
}

static uint8_t pattern_byte(int pattern, size_t at)
{
    switch (pattern) {
    case 0: return 0x00;
    case 1: return 0xFF;
    case 2: return at % 2 ? 0xAA : 0x55;
    case 3: return (uint8_t)at;
    default: return (uint8_t)((at * 2654435761u) >> 13);
    }
}

/* A frame to us of the EtherType for experiments (IEEE 802, 88B5). */
static void make_plain(const struct selftest *t, uint8_t *frame, size_t length, int pattern)
{
    memcpy(frame, t->mac, 6);
    memcpy(frame + 6, t->mac, 6);
    frame[12] = 0x88;
    frame[13] = 0xB5;
    for (size_t at = 14; at < length; at++)
        frame[at] = pattern_byte(pattern, at);
}

static int try_lengths(struct selftest *t)
{
    static const uint16_t lengths[] = {14,  59,  60,  61,  62,  63,   64,   65,   127,  128,
                                       255, 256, 511, 512, 513, 1023, 1024, 1025, 1513, 1514};
    static const struct vnet_header none;
    enum { LENGTHS = sizeof lengths / sizeof *lengths, PATTERNS = 5 };
    uint8_t frame[SELFTEST_FRAME_BYTES];

    for (int i = 0; i < LENGTHS * PATTERNS; i++) {
        make_plain(t, frame, lengths[i / PATTERNS], i % PATTERNS);
        if (selftest_send(t, &none, frame, lengths[i / PATTERNS]))
            return -1;
    }
    if (selftest_await(t, LENGTHS * PATTERNS))
        return -1;
    for (int i = 0; i < LENGTHS * PATTERNS; i++) {
        size_t length = lengths[i / PATTERNS];
        size_t padded = length < LEAST_BYTES ? LEAST_BYTES : length;

        memset(frame, 0, LEAST_BYTES);
        make_plain(t, frame, length, i % PATTERNS);
        if (t->back[i].length != padded || memcmp(t->back[i].bytes, frame, padded))
            return selftest_wrong(t, "frame %d, of %zu bytes, came back changed", i, length);
    }
    snprintf(t->note, sizeof t->note, "%d frames of 14 to 1514 bytes", LENGTHS * PATTERNS);
    return 0;
}

static int try_filter(struct selftest *t)
{
    static const struct vnet_header none;
    uint32_t before = 0, after = 0;
    uint8_t frame[LEAST_BYTES];

    make_plain(t, frame, sizeof frame, 3);
    frame[5] ^= 1;
    if (lan_register_read(t->lan, REG_RX_FILTERED, &before) ||
        selftest_send(t, &none, frame, sizeof frame))
        return -1;
    memset(frame, 0xFF, 6); /* everybody */
    if (selftest_send(t, &none, frame, sizeof frame) || selftest_await(t, 1))
        return -1;
    if (memcmp(t->back[0].bytes, frame, sizeof frame))
        return selftest_wrong(t, "a frame to somebody else was delivered");
    if (lan_register_read(t->lan, REG_RX_FILTERED, &after) || after != before + 1)
        return selftest_wrong(t, "a frame to somebody else was not counted");
    snprintf(t->note, sizeof t->note, "to everybody and to nobody here");
    return 0;
}

static const struct selftest_kind kinds[] = {
    {false, false, VNET_GSO_TCPV4},
    {true, false, VNET_GSO_TCPV6},
    {false, true, VNET_GSO_UDP_L4},
    {true, true, VNET_GSO_UDP_L4},
};

static int try_checksums(struct selftest *t)
{
    uint8_t frame[SELFTEST_FRAME_BYTES];
    struct vnet_header vnet;

    for (int i = 0; i < 8; i++) {
        size_t length = selftest_make(frame, t->mac, &kinds[i / 2], 600 + i % 2, 0, &vnet);

        if (selftest_send(t, &vnet, frame, length))
            return -1;
    }
    if (selftest_await(t, 8))
        return -1;
    for (int i = 0; i < 8; i++) {
        const char *fault = selftest_check(t->back[i].bytes, t->back[i].length, &kinds[i / 2],
                                           (size_t)(600 + i % 2), 0, 0);

        if (fault)
            return selftest_wrong(t, "packet %d: %s", i, fault);
    }
    snprintf(t->note, sizeof t->note, "inserted into TCP and UDP over IPv4 and IPv6");
    return 0;
}

static int try_verification(struct selftest *t)
{
    static const struct vnet_header none;
    uint8_t frame[SELFTEST_FRAME_BYTES];
    struct vnet_header vnet;

    for (int i = 0; i < 8; i++) {
        size_t length = selftest_make(frame, t->mac, &kinds[i / 2], 600, 0, &vnet);

        selftest_finish(frame, length, &vnet);
        frame[length - 1] ^= i % 2;
        if (selftest_send(t, &none, frame, length))
            return -1;
    }
    if (selftest_await(t, 8))
        return -1;
    for (int i = 0; i < 8; i++)
        if (t->back[i].valid != (i % 2 == 0))
            return selftest_wrong(t, "a packet with a %s checksum came %s DATA_VALID",
                                  i % 2 ? "wrong" : "right", t->back[i].valid ? "with" : "without");
    snprintf(t->note, sizeof t->note, "right ones are marked DATA_VALID, wrong ones are not");
    return 0;
}

static int try_segments(struct selftest *t, const struct selftest_kind *kind)
{
    enum { SEGMENTS = (SUPER_PAYLOAD + SEGMENT - 1) / SEGMENT };
    static uint8_t frame[SUPER_PAYLOAD + 80];
    struct vnet_header vnet;
    size_t length = selftest_make(frame, t->mac, kind, SUPER_PAYLOAD, SEGMENT, &vnet);

    t->count = 0;
    if (length > lan_info(t->lan)->max_frame)
        return selftest_wrong(t, "records are only up to %u bytes", lan_info(t->lan)->max_frame);
    if (selftest_send(t, &vnet, frame, length) || selftest_await(t, SEGMENTS))
        return -1;
    for (int i = 0; i < SEGMENTS; i++) {
        const char *fault = selftest_check(t->back[i].bytes, t->back[i].length, kind, SUPER_PAYLOAD,
                                           SEGMENT, (size_t)i);

        if (fault)
            return selftest_wrong(t, "segment %d of %d: %s", i + 1, SEGMENTS, fault);
    }
    snprintf(t->note, sizeof t->note, "%d bytes came back as %d right segments", SUPER_PAYLOAD,
             SEGMENTS);
    return 0;
}

static int try_tcp4(struct selftest *t)
{
    return try_segments(t, &kinds[0]);
}

static int try_tcp6(struct selftest *t)
{
    return try_segments(t, &kinds[1]);
}

static int try_udp(struct selftest *t)
{
    return try_segments(t, &kinds[2]) ? -1 : try_segments(t, &kinds[3]);
}

/* What the board counted must be what the driver saw. */
static int try_counters(struct selftest *t)
{
    static const uint32_t errors[] = {REG_RX_CRC_ERRORS, REG_RX_RUNTS, REG_RX_OVERSIZE,
                                      REG_RX_OVERFLOWS, REG_TX_BAD_RECORDS};
    uint32_t received = 0, value = 0;

    if (lan_register_read(t->lan, REG_RX_FRAMES, &received) ||
        received != lan_counters(t->lan)->rx_frames)
        return selftest_wrong(t, "the board counts %u frames received, the driver %llu", received,
                              (unsigned long long)lan_counters(t->lan)->rx_frames);
    for (int i = 0; i < 5; i++)
        if (lan_register_read(t->lan, errors[i], &value) || value)
            return selftest_wrong(t, "the counter of errors at 0x%03x reads %u", errors[i], value);
    snprintf(t->note, sizeof t->note, "%u frames received, no errors", received);
    return 0;
}

const struct selftest_step selftest_steps[] = {
    {"registers", 0, try_registers},
    {"frames", 0, try_lengths},
    {"address filter", 0, try_filter},
    {"checksums to send", REG_FEATURES_CSUM_SEND, try_checksums},
    {"checksums received", REG_FEATURES_CSUM_RECEIVE, try_verification},
    {"TCP over IPv4 segmented", REG_FEATURES_TSO4, try_tcp4},
    {"TCP over IPv6 segmented", REG_FEATURES_TSO6, try_tcp6},
    {"UDP segmented", REG_FEATURES_USO, try_udp},
    {"counters", 0, try_counters},
};
const size_t selftest_step_count = sizeof selftest_steps / sizeof *selftest_steps;
