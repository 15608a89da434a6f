/* Cancels transfers on a board at every moment, and checks that no byte of a frame is lost, repeated or altered by it.
 *
 * SPDX-License-Identifier: MIT
 *
 * Frames with a number in them turn round in the board (CONTROL.LOOPBACK). Bulk IN transfers are cancelled while they come
 * back; what a cancelled one brings along is part of the stream (driver/README.md, section 6).
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/libusb.h"
#include "driver/record.h"
#include "driver/registers.h"

enum {
    FRAMES = 600,       /* at least */
    MOST_FRAMES = 6000, /* while fewer cancelled transfers than this have brought bytes along: */
    WANTED_WITH_BYTES = 10,
    HEADER_BYTES = 14,
    LONGEST = 1500,
    IN_TRANSFERS = 4,
    IN_BYTES = 16384,
    STREAM_BYTES = MOST_FRAMES * 1600,
    PATIENCE_MS = 30000,
};

static struct transport *transport;
static uint8_t stream[STREAM_BYTES];
static size_t streamed;
static unsigned cancelled, with_bytes; /* bulk IN transfers; the latter brought bytes along */

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void fail(const char *what, long value)
{
    printf("%s: %ld\n", what, value);
    exit(1);
}

static void turn(int wait_ms)
{
    struct pollfd fds[16];
    int count = transport->ops->fds(transport, fds, 16);

    poll(fds, (nfds_t)count, wait_ms);
    transport->ops->poll(transport, now_ns(), TIME_NEVER);
}

static void note_done(struct transfer *transfer)
{
    *(bool *)transfer->user = true;
}

/* Runs one transfer to its end. */
static void run(struct transfer *transfer, const char *what)
{
    uint64_t end = now_ns() + (uint64_t)PATIENCE_MS * 1000000;
    bool done = false;

    transfer->done = note_done;
    transfer->user = &done;
    if (transport->ops->submit(transport, transfer))
        fail(what, -1);
    while (!done && now_ns() < end)
        turn(100);
    if (!done || transfer->status)
        fail(what, done ? transfer->status : -ETIMEDOUT);
}

static void set_register(uint16_t address, uint32_t value)
{
    uint8_t data[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                       (uint8_t)(value >> 24)};
    struct transfer transfer = {
        .setup = {0x40, 1, 0, 0, (uint8_t)address, (uint8_t)(address >> 8), 4, 0},
        .data = data,
        .length = 4};

    run(&transfer, "a register was not written");
}

/* ---- receiving ---- */

struct receiver {
    struct transfer transfer;
    uint8_t data[IN_BYTES];
    bool in_flight;
};
static struct receiver receivers[IN_TRANSFERS];

static void received(struct transfer *transfer)
{
    struct receiver *receiver = transfer->user;

    receiver->in_flight = false;
    if (transfer->status && transfer->status != -ECANCELED)
        fail("a bulk IN transfer failed", transfer->status);
    if (streamed + transfer->actual > sizeof stream)
        fail("too many bytes came", (long)streamed);
    memcpy(stream + streamed, transfer->data, transfer->actual);
    streamed += transfer->actual;
    cancelled += transfer->status == -ECANCELED;
    with_bytes += transfer->status == -ECANCELED && transfer->actual;
}

static void receive_start(void)
{
    for (int i = 0; i < IN_TRANSFERS; i++) {
        struct receiver *receiver = &receivers[i];

        receiver->transfer = (struct transfer){.endpoint = 0x81,
                                               .data = receiver->data,
                                               .length = IN_BYTES,
                                               .done = received,
                                               .user = receiver};
        receiver->in_flight = true;
        if (transport->ops->submit(transport, &receiver->transfer))
            fail("a bulk IN transfer was refused", i);
    }
}

static bool receiving(void)
{
    bool any = false;

    for (int i = 0; i < IN_TRANSFERS; i++)
        any |= receivers[i].in_flight;
    return any;
}

/* The last first, so that none fills while those in front of it go. */
static void receive_stop(void)
{
    uint64_t end = now_ns() + (uint64_t)PATIENCE_MS * 1000000;

    for (int i = IN_TRANSFERS - 1; i >= 0; i--)
        if (receivers[i].in_flight)
            transport->ops->cancel(transport, &receivers[i].transfer);
    while (receiving() && now_ns() < end)
        turn(100);
    if (receiving())
        fail("cancelled transfers do not come back", 0);
}

/* ---- frames ---- */

static size_t frame_length(unsigned number)
{
    return HEADER_BYTES + 46 + number * 7919 % (LONGEST - 46);
}

static void frame_make(unsigned number, uint8_t *frame)
{
    size_t length = frame_length(number);

    memset(frame, 0xFF, 12);
    frame[12] = 0x88;
    frame[13] = 0xB5; /* IEEE 802, local experimental EtherType 1 */
    for (size_t i = HEADER_BYTES; i < length; i++)
        frame[i] = (uint8_t)(number + i * (number | 1));
}

static void send(unsigned number)
{
    static uint8_t bytes[2048];
    const struct vnet_header vnet = {0};
    struct transfer transfer = {.endpoint = 0x01, .data = bytes, .zero_packet = true};
    size_t length = frame_length(number);

    record_write(bytes, &vnet, (uint32_t)length);
    frame_make(number, bytes + RECORD_HEADER_BYTES);
    transfer.length = (uint32_t)record_bytes(length);
    run(&transfer, "a frame was not sent");
}

/* Sends frames and cancels what receives them; returns how many frames. */
static unsigned send_and_cancel(void)
{
    unsigned number = 0;

    while (number < FRAMES || (number < MOST_FRAMES && with_bytes < WANTED_WITH_BYTES)) {
        if (!receiving())
            receive_start();
        send(number);
        if (number % 3 == 0)
            receive_stop();
        number++;
    }
    return number;
}

static void receive_a_while(int wait_ms)
{
    if (!receiving())
        receive_start();
    turn(wait_ms);
}

/* Receives the rest of the frames, and then what comes behind them within half a second. */
static void receive_rest(unsigned frames)
{
    const struct timespec settle = {.tv_nsec = 50000000};
    uint64_t end = now_ns() + (uint64_t)PATIENCE_MS * 1000000;
    size_t expected = 0;

    for (unsigned number = 0; number < frames; number++)
        expected += record_bytes(frame_length(number));
    while (streamed < expected && now_ns() < end)
        receive_a_while(100);
    for (int quiet = 0; quiet < 10; quiet++) {
        size_t before = streamed;

        nanosleep(&settle, NULL);
        receive_a_while(0);
        quiet = streamed == before ? quiet : 0;
    }
    receive_stop();
}

/* Every frame is in the stream, once, in order. */
static void check(unsigned frames)
{
    uint8_t expected[2048];
    size_t at = 0;

    for (unsigned number = 0; number < frames; number++) {
        struct record record;
        long used = record_parse(stream + at, streamed - at, RECORD_MAX_FRAME, &record);

        frame_make(number, expected);
        if (used < 0 || record.length != frame_length(number) ||
            memcmp(record.frame, expected, record.length))
            fail("lost or altered: the frame of number", number);
        at += (size_t)used;
    }
    if (at != streamed)
        fail("bytes behind the last frame", (long)(streamed - at));
}

int main(int argc, char **argv)
{
    char error[500] = "";
    unsigned frames;

    if (libusb_transport_open(&transport, argc > 1 ? argv[1] : NULL, error, sizeof error)) {
        puts(error);
        return 1;
    }
    set_register(REG_CONTROL, REG_CONTROL_RESET);
    set_register(REG_BATCH_BYTES, IN_BYTES);
    set_register(REG_CONTROL, REG_CONTROL_LOOPBACK);
    set_register(REG_CONTROL, REG_CONTROL_LOOPBACK | REG_CONTROL_ENABLE);
    frames = send_and_cancel();
    receive_rest(frames);
    check(frames);
    printf("%u transfers cancelled, %u of them with bytes; %u frames came whole\n", cancelled,
           with_bytes, frames);
    transport->ops->close(transport);
    return 0;
}
