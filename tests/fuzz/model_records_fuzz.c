/* Bulk OUT with hostile records, as the C model of the board takes them: segments, checksums, cut-off transfers; and what
 * comes back by loopback as records on bulk IN.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: no frame on the wire is longer than 1,518 bytes; what comes back are whole records with the mark; a record that
 * asks for segments of a sane IPv4 super-frame gives segments with right sums whose data is the super-frame's.
 */
#include "driver/record.h"
#include "sim/model/model.h"
#include "sim/model/segment.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/well_formed.h"

enum { STEPS_MOST = 40, OUT_MOST = 1 << 17, IN_ROOM = 1 << 16, HEADERS = 54, FRAME_MOST = 1518 };

struct rig {
    struct transport *board;
    uint64_t wall_ns;
    uint8_t *bytes; /* of the transfer that is being made */
    size_t len;
};

/* ---- the transfer that is made ---- */

static uint8_t payload_byte(size_t place)
{
    return (uint8_t)(place * 29 + (place >> 8));
}

/* IPv4 and TCP or UDP headers with the sums that a sender leaves. */
static void super_headers(uint8_t *frame, size_t len, bool udp)
{
    memset(frame, 0, HEADERS);
    frame[12] = 8;
    frame[14] = 0x45;
    number_put(frame + 16, 2, (uint32_t)len - 14);
    frame[22] = 64;
    frame[23] = udp ? 17 : 6;
    number_put(frame + 26, 4, 0x0a00020f);
    number_put(frame + 30, 4, 0x0a000202);
    number_put(frame + 24, 2, (uint16_t)~ones_sum(0, frame + 14, 20));
    uint32_t pseudo = pseudo_sum(frame + 14, frame[23], len - 34);
    if (udp) {
        number_put(frame + 38, 2, (uint32_t)len - 34);
        number_put(frame + 40, 2, ones_sum(pseudo, NULL, 0));
        return;
    }
    frame[46] = 5 << 4;
    frame[47] = 0x18;
    number_put(frame + 50, 2, ones_sum(pseudo, NULL, 0));
}

static struct vnet_header vnet_choose(struct input *input, uint8_t how, bool udp)
{
    struct vnet_header vnet = {
        .flags = VNET_NEEDS_CSUM,
        .gso_type = udp ? VNET_GSO_UDP_L4 : VNET_GSO_TCPV4,
        .gso_size = (uint16_t)(1 + input_16(input) % 1460),
        .csum_start = 34,
        .csum_offset = udp ? 6 : 16,
    };

    if (how & 4)
        vnet.gso_type = VNET_GSO_NONE;
    if (how & 8) {
        vnet.flags = input_8(input);
        vnet.gso_type = input_8(input) % 8;
        vnet.csum_start = input_16(input);
        vnet.csum_offset = input_8(input);
    }
    return vnet;
}

static void record_step(struct rig *rig, struct input *input)
{
    uint8_t how = input_8(input);
    size_t len = HEADERS + 1 + input_16(input) % (how & 16 ? 60000 : 1400);
    struct vnet_header vnet = vnet_choose(input, how, how & 2);

    if (rig->len + record_bytes(len) > OUT_MOST)
        return;
    uint8_t *record = rig->bytes + rig->len, *frame = record + RECORD_HEADER_BYTES;
    super_headers(frame, len, how & 2);
    for (size_t i = HEADERS; i < len; i++)
        frame[i] = payload_byte(i - HEADERS);
    for (int i = 0; i < (how >> 5 & 3); i++) {
        uint8_t at = input_8(input);
        frame[at % len] ^= input_8(input);
    }
    record_write(record, &vnet, (uint32_t)len);
    if (how >= 248)
        record[input_8(input) % 4] ^= input_8(input);
    rig->len += record_bytes(len);
}

static void bytes_step(struct rig *rig, struct input *input)
{
    size_t len;
    uint8_t *bytes = input_block(input, 2000, &len);

    if (rig->len + len <= OUT_MOST) {
        memcpy(rig->bytes + rig->len, bytes, len);
        rig->len += len;
    }
    free(bytes);
}

/* ---- transfers ---- */

static void note_done(struct transfer *transfer)
{
    *(bool *)transfer->user = true;
}

static uint32_t transfer_run(struct rig *rig, struct transfer *transfer)
{
    bool done = false;

    transfer->done = note_done;
    transfer->user = &done;
    must(!rig->board->ops->submit(rig->board, transfer));
    for (int i = 0; i < 4 && !done; i++)
        rig->board->ops->poll(rig->board, rig->wall_ns += MS_NS, TIME_NEVER);
    if (!done)
        rig->board->ops->cancel(rig->board, transfer);
    rig->board->ops->poll(rig->board, rig->wall_ns, TIME_NEVER);
    must(done && transfer->actual <= transfer->length);
    return transfer->actual;
}

static void send_step(struct rig *rig, struct input *input)
{
    uint8_t how = input_8(input);
    size_t len = how & 2 ? input_16(input) % (rig->len + 1) : rig->len;
    uint8_t *exact = malloc(len ? len : 1);
    struct transfer transfer = {.endpoint = 0x01, .data = exact, .length = (uint32_t)len};

    must(exact);
    memcpy(exact, rig->bytes, len);
    transfer.zero_packet = how & 1;
    transfer_run(rig, &transfer);
    memmove(rig->bytes, rig->bytes + len, rig->len - len);
    rig->len -= len;
    free(exact);
}

static void receive_step(struct rig *rig)
{
    uint8_t *bytes = malloc(IN_ROOM);
    struct transfer transfer = {.endpoint = 0x81, .data = bytes, .length = IN_ROOM};
    uint32_t len = transfer_run(rig, &transfer);

    for (size_t at = 0; at < len && !transfer.status;) {
        size_t frame = bytes[at] | (size_t)bytes[at + 1] << 8 | (size_t)bytes[at + 2] << 16;
        must(len - at >= RECORD_HEADER_BYTES && bytes[at + 3] == RECORD_MARK);
        must(frame >= 14 && frame <= FRAME_MOST && frame <= len - at - RECORD_HEADER_BYTES);
        at += RECORD_HEADER_BYTES + (frame + 3) / 4 * 4;
    }
    free(bytes);
}

static void register_write_step(struct rig *rig, uint16_t address, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                        (uint8_t)(value >> 24)};
    struct transfer transfer = {.setup = {0x40, 1, 0, 0, address & 255, (uint8_t)(address >> 8), 4},
                                .data = bytes,
                                .length = 4};

    transfer_run(rig, &transfer);
}

/* A request on endpoint 0, with its data stage as the setup says. */
static void request_step(struct rig *rig, struct input *input)
{
    uint8_t setup[8], *data;

    for (int i = 0; i < 8; i++)
        setup[i] = input_8(input);
    setup[7] &= 3;
    uint32_t len = setup[6] | (uint32_t)setup[7] << 8;
    data = calloc(1, len + 1);
    must(data);
    for (uint32_t i = 0; i < len && i < 16 && !(setup[0] & 0x80); i++)
        data[i] = input_8(input);
    struct transfer transfer = {.data = data, .length = len};
    memcpy(transfer.setup, setup, 8);
    transfer_run(rig, &transfer);
    free(data);
}

/* ---- segments by themselves ---- */

struct pieces {
    size_t place; /* in the payload */
    bool udp;
};

static void piece_must_be_right(void *user, const uint8_t *frame, size_t len)
{
    static const struct vnet_header plain;
    struct pieces *pieces = user;
    size_t headers = pieces->udp ? 42 : HEADERS;

    must(len <= FRAME_MOST && len > headers);
    frame_must_be_well_formed(&plain, frame, len, 1500);
    for (size_t i = headers; i < len; i++)
        must(frame[i] == payload_byte(pieces->place++));
}

static void segments_step(struct input *input)
{
    bool udp = input_8(input) & 1;
    size_t headers = udp ? 42 : HEADERS, payload = 1 + input_16(input) % 60000;
    struct vnet_header vnet = vnet_choose(input, 0, udp);
    struct pieces pieces = {0, udp};
    uint8_t *frame = malloc(HEADERS + payload);

    must(frame);
    super_headers(frame, headers + payload, udp);
    number_put(frame + 34, 4, 0x04000035); /* ports */
    for (size_t i = 0; i < payload; i++)
        frame[headers + i] = payload_byte(i);
    int count = model_send(&vnet, frame, headers + payload, piece_must_be_right, &pieces);
    must(count == (int)((payload + vnet.gso_size - 1) / vnet.gso_size));
    must(pieces.place == payload);
    free(frame);
}

static void step(struct rig *rig, struct input *input)
{
    switch (input_8(input) % 16) {
    case 0:
    case 1: bytes_step(rig, input); break;
    case 2: request_step(rig, input); break;
    case 3: register_write_step(rig, (uint16_t)(input_8(input) * 4), input_32(input)); break;
    case 4:
    case 5: receive_step(rig); break;
    case 6: segments_step(input); break;
    case 7:
    case 8:
    case 9: send_step(rig, input); break;
    default: record_step(rig, input); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    uint8_t how = input_8(&input);
    const struct model_config config = {
        .wire = {.backend = "none"}, .full_speed = how & 1, .wall_ns = S_NS};
    struct rig rig = {.wall_ns = S_NS, .bytes = malloc(OUT_MOST)};
    char error[200];

    must(rig.bytes && !model_open(&rig.board, &config, error, sizeof error));
    register_write_step(&rig, REG_CONTROL,
                        REG_CONTROL_ENABLE | REG_CONTROL_PROMISCUOUS |
                            (how & 2 ? REG_CONTROL_LOOPBACK : 0));
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++)
        step(&rig, &input);
    send_step(&rig, &input); /* all that is left */
    receive_step(&rig);
    rig.board->ops->close(rig.board);
    free(rig.bytes);
    return 0;
}
