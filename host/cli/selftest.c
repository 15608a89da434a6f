/* ferrite selftest: tries a board out by itself, with its Ethernet side turned round (CONTROL.LOOPBACK).
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "driver/lan.h"
#include "driver/registers.h"
#include "host/cli/commands.h"
#include "host/cli/selftest_packet.h"
#include "host/cli/session.h"

enum {
    FRAME_BYTES = 1514,
    LEAST_BYTES = 60, /* what a shorter frame is padded to */
    RECEIVED_MAX = 128,
    NOTE_BYTES = 200,
    MAX_FDS = 64,
    SEGMENT = 1400,
    SUPER_PAYLOAD = 20000,
};

static const uint64_t PATIENCE_NS =
    3000000000; /* of the wall clock, for the next frame to come back */

struct selftest {
    struct lan *lan;
    struct transport *transport;
    const uint8_t *mac;
    int gone;
    bool failed, json;
    json_object *rows;
    char note[NOTE_BYTES]; /* what a step says of itself */

    int count; /* of frames that came back in this step */
    struct back {
        size_t length;
        bool valid;
        uint8_t bytes[FRAME_BYTES];
    } back[RECEIVED_MAX];
};

/* ---- frames to and fro ---- */

static void keep(void *user, const struct vnet_header *vnet, const uint8_t *frame, size_t length,
                 uint64_t now_ns)
{
    struct selftest *t = user;
    struct back *back = &t->back[t->count];

    (void)now_ns;
    if (t->count == RECEIVED_MAX || length > FRAME_BYTES)
        return; /* then the step finds one missing */
    back->length = length;
    back->valid = vnet->flags & VNET_DATA_VALID;
    memcpy(back->bytes, frame, length);
    t->count++;
}

static void note_gone(void *user, int error, uint64_t now_ns)
{
    (void)now_ns;
    ((struct selftest *)user)->gone = error;
}

static void ignore_link(void *user, const struct lan_status *status, uint64_t now_ns)
{
    (void)user, (void)status, (void)now_ns;
}

static void ignore_room(void *user, uint64_t now_ns)
{
    (void)user, (void)now_ns;
}

/* Says what is wrong and returns -1. */
__attribute__((format(printf, 2, 3))) static int wrong(struct selftest *t, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(t->note, sizeof t->note, format, arguments);
    va_end(arguments);
    return -1;
}

static void turn(struct selftest *t)
{
    struct pollfd fds[MAX_FDS];
    uint64_t now = lan_poll(t->lan, session_wall_ns(), TIME_NEVER);
    uint64_t due = t->transport->ops->deadline(t->transport), driver = lan_deadline(t->lan);
    int count = t->transport->ops->fds(t->transport, fds, MAX_FDS);

    due = driver < due ? driver : due;
    if (due > now)
        poll(fds, (nfds_t)count, due - now > 10000000 ? 10 : 1);
}

/* Waits until count frames have come back. */
static int await(struct selftest *t, int count)
{
    uint64_t since = session_wall_ns();
    int before = t->count;

    while (t->count < count) {
        if (t->gone)
            return wrong(t, "the board is lost: %s", strerror(-t->gone));
        if (session_wall_ns() - since > PATIENCE_NS)
            return wrong(t, "%d of %d frames came back within 3 s", t->count, count);
        turn(t);
        if (t->count != before)
            since = session_wall_ns();
        before = t->count;
    }
    return 0;
}

static int send(struct selftest *t, const struct vnet_header *vnet, const uint8_t *frame,
                size_t length)
{
    uint64_t since = session_wall_ns();
    uint8_t *place;

    while (!(place = lan_reserve(t->lan, length))) {
        if (t->gone || session_wall_ns() - since > PATIENCE_NS)
            return wrong(t, "the board takes no more frames to send");
        turn(t);
    }
    memcpy(place, frame, length);
    lan_commit(t->lan, vnet, length);
    lan_flush(t->lan, t->transport->now_ns);
    return 0;
}

/* ---- steps: 0, or -1 with a note of what is wrong ---- */

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
            return wrong(t, "BATCH_TIME reads 0x%x after 0x%x was written", value, patterns[i]);
    }
    if (!error)
        error = lan_register_write(t->lan, REG_BATCH_TIME, before);
    if (error)
        return wrong(t, "%s", strerror(-error));
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
    uint8_t frame[FRAME_BYTES];

    for (int i = 0; i < LENGTHS * PATTERNS; i++) {
        make_plain(t, frame, lengths[i / PATTERNS], i % PATTERNS);
        if (send(t, &none, frame, lengths[i / PATTERNS]))
            return -1;
    }
    if (await(t, LENGTHS * PATTERNS))
        return -1;
    for (int i = 0; i < LENGTHS * PATTERNS; i++) {
        size_t length = lengths[i / PATTERNS];
        size_t padded = length < LEAST_BYTES ? LEAST_BYTES : length;

        memset(frame, 0, LEAST_BYTES);
        make_plain(t, frame, length, i % PATTERNS);
        if (t->back[i].length != padded || memcmp(t->back[i].bytes, frame, padded))
            return wrong(t, "frame %d, of %zu bytes, came back changed", i, length);
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
    if (lan_register_read(t->lan, REG_RX_FILTERED, &before) || send(t, &none, frame, sizeof frame))
        return -1;
    memset(frame, 0xFF, 6); /* everybody */
    if (send(t, &none, frame, sizeof frame) || await(t, 1))
        return -1;
    if (memcmp(t->back[0].bytes, frame, sizeof frame))
        return wrong(t, "a frame to somebody else was delivered");
    if (lan_register_read(t->lan, REG_RX_FILTERED, &after) || after != before + 1)
        return wrong(t, "a frame to somebody else was not counted");
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
    uint8_t frame[FRAME_BYTES];
    struct vnet_header vnet;

    for (int i = 0; i < 8; i++) {
        size_t length = selftest_make(frame, t->mac, &kinds[i / 2], 600 + i % 2, 0, &vnet);

        if (send(t, &vnet, frame, length))
            return -1;
    }
    if (await(t, 8))
        return -1;
    for (int i = 0; i < 8; i++) {
        const char *fault = selftest_check(t->back[i].bytes, t->back[i].length, &kinds[i / 2],
                                           (size_t)(600 + i % 2), 0, 0);

        if (fault)
            return wrong(t, "packet %d: %s", i, fault);
    }
    snprintf(t->note, sizeof t->note, "inserted into TCP and UDP over IPv4 and IPv6");
    return 0;
}

static int try_verification(struct selftest *t)
{
    static const struct vnet_header none;
    uint8_t frame[FRAME_BYTES];
    struct vnet_header vnet;

    for (int i = 0; i < 8; i++) {
        size_t length = selftest_make(frame, t->mac, &kinds[i / 2], 600, 0, &vnet);

        selftest_finish(frame, length, &vnet);
        frame[length - 1] ^= i % 2;
        if (send(t, &none, frame, length))
            return -1;
    }
    if (await(t, 8))
        return -1;
    for (int i = 0; i < 8; i++)
        if (t->back[i].valid != (i % 2 == 0))
            return wrong(t, "a packet with a %s checksum came %s DATA_VALID",
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
        return wrong(t, "records are only up to %u bytes", lan_info(t->lan)->max_frame);
    if (send(t, &vnet, frame, length) || await(t, SEGMENTS))
        return -1;
    for (int i = 0; i < SEGMENTS; i++) {
        const char *fault = selftest_check(t->back[i].bytes, t->back[i].length, kind, SUPER_PAYLOAD,
                                           SEGMENT, (size_t)i);

        if (fault)
            return wrong(t, "segment %d of %d: %s", i + 1, SEGMENTS, fault);
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
        return wrong(t, "the board counts %u frames received, the driver %llu", received,
                     (unsigned long long)lan_counters(t->lan)->rx_frames);
    for (int i = 0; i < 5; i++)
        if (lan_register_read(t->lan, errors[i], &value) || value)
            return wrong(t, "the counter of errors at 0x%03x reads %u", errors[i], value);
    snprintf(t->note, sizeof t->note, "%u frames received, no errors", received);
    return 0;
}

/* ---- the whole ---- */

static const struct {
    const char *name;
    uint32_t feature; /* that the board must have */
    int (*run)(struct selftest *t);
} steps[] = {
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

static void tell(struct selftest *t, const char *name, const char *result)
{
    json_object *row;

    if (!t->json) {
        printf("%-8s %-24s %s\n", result, name, t->note);
        fflush(stdout);
        return;
    }
    row = json_object_new_object();
    json_object_object_add(row, "step", json_object_new_string(name));
    json_object_object_add(row, "result", json_object_new_string(result));
    json_object_object_add(row, "note", json_object_new_string(t->note));
    json_object_array_add(t->rows, row);
}

static void run_steps(struct selftest *t)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps && !t->gone; i++) {
        bool bad;

        t->count = 0;
        snprintf(t->note, sizeof t->note, "this board does not do it, or was told not to");
        if (steps[i].feature & ~lan_info(t->lan)->features) {
            tell(t, steps[i].name, "skipped");
            continue;
        }
        snprintf(t->note, sizeof t->note, "the board does not answer");
        bad = steps[i].run(t);
        t->failed = t->failed || bad;
        tell(t, steps[i].name, bad ? "failed" : "ok");
    }
    t->failed = t->failed || t->gone;
}

/* Afterwards the board is as after power-on. */
static void run(struct selftest *t, const struct options *options)
{
    struct explain explain;
    struct lan_config config = {
        .features_off = options->features_off, .loopback = true, .journal = &explain.journal};
    const struct lan_handler handler = {
        .frame = keep, .link = ignore_link, .room = ignore_room, .gone = note_gone, .user = t};

    explain_init(&explain, stderr,
                 options->verbose > 1 ? JOURNAL_DETAIL
                 : options->explain   ? JOURNAL_EVENT
                                      : 0);
    t->failed = lan_open(&t->lan, t->transport, &config, &handler, session_wall_ns, t->note,
                         sizeof t->note) != 0;
    if (t->failed) {
        tell(t, "registers", "failed");
        return;
    }
    t->mac = lan_info(t->lan)->mac;
    run_steps(t);
    if (!t->gone && lan_register_write(t->lan, REG_CONTROL, REG_CONTROL_RESET)) {
        t->failed = true;
        snprintf(t->note, sizeof t->note, "the board cannot be reset");
        tell(t, "end", "failed");
    }
    lan_close(t->lan);
}

static void conclude(struct selftest *t)
{
    json_object *all;

    if (!t->json) {
        puts(t->failed ? "The board failed."
                       : "The board is fit; its Ethernet pins and cable were "
                         "not part of this.");
        return;
    }
    all = json_object_new_object();
    json_object_object_add(all, "passed", json_object_new_boolean(!t->failed));
    json_object_object_add(all, "steps", json_object_get(t->rows));
    puts(json_object_to_json_string_ext(all, JSON_C_TO_STRING_PRETTY));
    json_object_put(all);
}

static void help(void)
{
    puts("usage: ferrite selftest [options]\n"
         "Tries a board out without a network: its frames to send come back inside the board as "
         "received ones, in every length,\n"
         "with checksums inserted and verified and super-frames cut into segments. Only the "
         "Ethernet pins are left out. A line for\n"
         "each step; exit 0 if all is well, 1 if not. The board must not be in use.\n");
}

int command_selftest(int argc, char **argv)
{
    struct command_options command = {"", NULL, options_take_none, NULL, help};
    struct options common = {0};
    struct selftest *t;
    int first, code = options_parse(argc, argv, &common, &command, &first);

    if (code)
        return code == OPTIONS_HELP ? EXIT_OK : EXIT_USAGE;
    if (first != argc) {
        fprintf(stderr, "ferrite: selftest: '%s' is not expected; try 'ferrite selftest --help'\n",
                argv[first]);
        return EXIT_USAGE;
    }
    if (!common.wire_given)
        snprintf(common.wire_backend, sizeof common.wire_backend, "none");
    t = calloc(1, sizeof *t);
    if (!t || session_open_transport(&t->transport, &common)) {
        free(t);
        return EXIT_USAGE;
    }
    t->json = common.json;
    t->rows = json_object_new_array();
    run(t, &common);
    t->transport->ops->close(t->transport);
    conclude(t);
    code = t->failed ? EXIT_FAILED : EXIT_OK;
    json_object_put(t->rows);
    free(t);
    return code;
}
