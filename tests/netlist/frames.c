/* frames: a board from place and route carries frames both ways, and every byte of each is looked at.
 *
 * SPDX-License-Identifier: MIT
 *
 * Linked with the gates of a netlist in place of those of the Verilog (tests/netlist/netlist.mk); `frames full-speed` where
 * that is a small board's. Prints what it counted, and by which serial number and address the board goes (tests/netlist/carry
 * compares those); ends with 1 if a frame is missing or differs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/transport.h"
#include "sim/wire/backend.h"
#include "tests/board/network_rig.h"

enum { FRAMES = 200, SHORTEST = 60, LONGEST = 300, TRANSFER = 16384 };

/* The far end: compares what the board sent, and sends a frame of its own for each. */
struct far_end {
    struct backend base;
    unsigned came, wrong;
};

struct receiver {
    struct transport *transport;
    unsigned came, wrong;
    bool over;
};

/* Fills in frame number i of a direction and returns its length; no two are alike. */
static size_t make_frame(uint8_t *frame, unsigned i, unsigned direction)
{
    size_t length = SHORTEST + i * 97 % (LONGEST - SHORTEST + 1);
    uint32_t state = i * 2654435761u + direction + 1;

    for (size_t at = 0; at < length; at++) {
        state = state * 1664525 + 1013904223;
        frame[at] = (uint8_t)(state >> 24);
    }
    frame[0] = 2; /* a station's address, not a group's */
    frame[12] = 0x88;
    frame[13] = 0xB5; /* for experiments: IEEE 802, 9.2.3 */
    return length;
}

static bool same(const uint8_t *bytes, size_t length, unsigned i, unsigned direction)
{
    uint8_t frame[LONGEST];

    return make_frame(frame, i, direction) == length && !memcmp(bytes, frame, length);
}

static bool far_send(struct backend *backend, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct far_end *far = (struct far_end *)backend;
    uint8_t frame[LONGEST];

    far->wrong += !same(bytes, len, far->came, 0);
    backend->port.frame(backend->port.user, frame, make_frame(frame, far->came++, 1), now_ns);
    return true;
}

static void take_records(struct transfer *transfer)
{
    struct receiver *receiver = transfer->user;

    for (uint32_t at = 0; at + 16 <= transfer->actual;) {
        const uint8_t *r = transfer->data + at;
        uint32_t length = r[0] | (uint32_t)r[1] << 8 | (uint32_t)r[2] << 16;

        receiver->wrong += r[3] != 0xFE || at + 16 + length > transfer->actual ||
                           !same(r + 16, length, receiver->came, 1);
        receiver->came++;
        at += 16 + ((length + 3) & ~3u);
    }
    if (!transfer->status && !receiver->over)
        receiver->transport->ops->submit(receiver->transport, transfer);
}

/* Sends all frames, ten in a transfer. */
static int send_all(struct transport *transport)
{
    static uint8_t bytes[TRANSFER], frame[LONGEST];
    int status = 0;

    for (unsigned i = 0; !status && i < FRAMES;) {
        size_t length = 0;

        for (unsigned ten = 0; ten < 10; ten++, i++)
            length = rig_record(bytes, length, frame, make_frame(frame, i, 0));
        status = rig_run(transport, &(struct transfer){.endpoint = 1,
                                                       .data = bytes,
                                                       .length = (uint32_t)length,
                                                       .zero_packet = true});
    }
    return status;
}

/* The station's address until a driver sets another: in the registers, and in the string that a network adapter has. */
static void tell_address(struct transport *transport)
{
    uint32_t low = rig_read(transport, REG_MAC_LOW), high = rig_read(transport, REG_MAC_HIGH);
    struct network network;

    printf("address %02x:%02x:%02x:%02x:%02x:%02x", low & 255, low >> 8 & 255, low >> 16 & 255,
           low >> 24, high & 255, high >> 8 & 255);
    network_open(&network, transport);
    printf(", as a network adapter %02x:%02x:%02x:%02x:%02x:%02x\n", network.mac[0], network.mac[1],
           network.mac[2], network.mac[3], network.mac[4], network.mac[5]);
}

int main(int argc, char **argv)
{
    static const struct backend_ops ops = {.send = far_send};
    static uint8_t room[TRANSFER];
    struct far_end far = {.base.ops = &ops};
    bool small = argc == 2 && !strcmp(argv[1], "full-speed");
    struct sim_config config = {.wire.far_end = &far.base,
                                .shape = small ? SHAPE_FULL_SPEED : SHAPE_HIGH_SPEED};
    struct transport *transport = NULL;
    struct receiver receiver = {0};
    struct transfer in = {.endpoint = 0x81,
                          .data = room,
                          .length = TRANSFER,
                          .done = take_records,
                          .user = &receiver};
    char error[300] = "";
    int status;

    config.wall_ns = rig_wall_ns();
    if (sim_open(&transport, &config, error, sizeof error)) {
        printf("no enumeration: %s\n", error);
        return 1;
    }
    receiver.transport = transport;
    printf("enumerated, serial number %s, ID 0x%08x\n", transport->serial,
           rig_read(transport, REG_ID));
    rig_await_link(transport, true);
    rig_write(transport, REG_BATCH_BYTES, TRANSFER);
    rig_write(transport, REG_CONTROL, REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS);
    transport->ops->submit(transport, &in);
    status = send_all(transport);
    rig_wait(transport, 5000000);
    receiver.over = true;
    printf("%u frames to the wire, %u of them wrong; %u from it, %u wrong; status %d, %lu cycles\n",
           far.came, far.wrong, receiver.came, receiver.wrong, status,
           (unsigned long)sim_counters(transport)->cycles);
    tell_address(transport);
    transport->ops->close(transport);
    return status || far.came != FRAMES || receiver.came != FRAMES || far.wrong || receiver.wrong;
}
