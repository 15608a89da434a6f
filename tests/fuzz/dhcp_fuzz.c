/* DHCP: a server that says anything, and stations that have the address already.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: what the client sends is a BOOTP request with options that end (RFC 2131, 2); a lease that it takes has an
 * address that a station can have, and times in their order.
 */
#include "tests/fuzz/station.h"

enum { STEPS_MOST = 200, FIXED = 240, MESSAGE_MOST = 700, OPTIONS_MOST = 400, UDP_HEADER = 8 };

struct scene {
    struct station station;
    uint32_t xid;     /* of the client's last message */
    uint32_t offered; /* address in the last answer */
};

static void question_heard(void *user, const uint8_t *frame, size_t len)
{
    struct scene *scene = user;
    const uint8_t *message = frame + STATION_HEADERS + UDP_HEADER;
    size_t at = FIXED;

    if (number_get(frame + 12, 2) != 0x0800 || frame[23] != 17 || frame[STATION_HEADERS + 3] != 67)
        return;
    len -= STATION_HEADERS + UDP_HEADER;
    must(len >= 300 && message[0] == 1 && message[1] == 1 && message[2] == 6);
    must(number_get(message + 236, 4) == 0x63825363 && !memcmp(message + 28, STATION_MAC, 6));
    must(message[FIXED] == 53 && message[FIXED + 1] == 1 && message[FIXED + 2] >= 1);
    while (at < len && message[at] != 255)
        at += message[at] ? 2u + message[at + 1] : 1u;
    must(at < len);
    scene->xid = number_get(message + 4, 4);
}

static size_t option_put(uint8_t *at, uint8_t code, uint8_t len, uint32_t value)
{
    at[0] = code;
    at[1] = len;
    number_put(at + 2, len, value);
    return 2u + len;
}

static uint32_t seconds_choose(struct input *input)
{
    uint8_t how = input_8(input);

    return how < 8 ? input_32(input) : how * 10u;
}

/* The options of a server in its senses, in parts. */
static size_t options_put(uint8_t *at, struct input *input)
{
    uint8_t type = input_8(input), which = input_8(input);
    size_t len = option_put(at, 53, 1, type < 128 ? 2 + type % 2 * 3u : type);

    if (!(which & 1))
        len += option_put(at + len, 54, 4, PEER_ADDRESS);
    if (!(which & 2))
        len += option_put(at + len, 51, 4, seconds_choose(input));
    if (which & 4)
        len += option_put(at + len, 58, 4, seconds_choose(input));
    if (which & 8)
        len += option_put(at + len, 59, 4, seconds_choose(input));
    if (!(which & 16))
        len += option_put(at + len, 1, 4, which & 32 ? input_32(input) : 0xffffff00u);
    if (!(which & 64))
        len += option_put(at + len, 3, 4, which & 32 ? input_32(input) : PEER_ADDRESS);
    if (which & 128)
        len += option_put(at + len, 52, 1, input_8(input));
    return len;
}

static void message_send(struct station *station, const uint8_t *message, size_t len)
{
    uint8_t *packet = calloc(1, UDP_HEADER + len);

    must(packet);
    number_put(packet, 2, 67);
    number_put(packet + 2, 2, 68);
    number_put(packet + 4, 2, UDP_HEADER + (uint32_t)len);
    memcpy(packet + UDP_HEADER, message, len);
    uint8_t *frame = calloc(1, STATION_HEADERS + UDP_HEADER + len);
    must(frame);
    station_headers(frame, PEER_ADDRESS, UINT32_MAX, 17, UDP_HEADER + len);
    memcpy(frame + STATION_HEADERS, packet, UDP_HEADER + len);
    station_input(station, frame, STATION_HEADERS + UDP_HEADER + len);
    free(frame);
    free(packet);
}

static void answer_step(struct scene *scene, struct input *input)
{
    uint8_t message[FIXED + MESSAGE_MOST] = {2, 1, 6}, how = input_8(input);
    size_t len = FIXED, extra;

    scene->offered = how & 1 ? input_32(input) : STATION_ADDRESS + (how >> 1 & 1);
    number_put(message + 4, 4, how & 4 ? input_32(input) : scene->xid);
    number_put(message + 16, 4, scene->offered);
    memcpy(message + 28, STATION_MAC, 6);
    number_put(message + 236, 4, 0x63825363);
    if (how & 8) { /* options in the fields of file and server name */
        for (size_t i = 44; i < 236; i++)
            message[i] = input_8(input);
    }
    len += options_put(message + len, input);
    uint8_t *more = input_block(input, how & 16 ? OPTIONS_MOST : 0, &extra);
    memcpy(message + len, more, extra);
    free(more);
    len += extra;
    if (!(how & 32))
        message[len++] = 255;
    if (how >= 240)
        len = input_16(input) % (len + 1);
    message_send(&scene->station, message, len);
}

/* Somebody says by ARP that the address is theirs. */
static void claim_step(struct scene *scene)
{
    uint8_t frame[60] = {0};

    memset(frame, 0xff, 6);
    memcpy(frame + 6, PEER_MAC, 6);
    number_put(frame + 12, 2, 0x0806);
    number_put(frame + 14, 4, 0x00010800);
    number_put(frame + 18, 4, 0x06040002);
    memcpy(frame + 22, PEER_MAC, 6);
    number_put(frame + 28, 4, scene->offered);
    number_put(frame + 38, 4, scene->offered);
    station_input(&scene->station, frame, sizeof frame);
}

static void step(struct scene *scene, struct input *input)
{
    struct station *station = &scene->station;

    switch (input_8(input) % 8) {
    case 0: station_run(station, input_8(input) * 20 * MS_NS); break;
    case 1: station_next(station, 7 * 24 * 3600 * S_NS); break;
    case 2: station_run(station, input_8(input) * 10 * S_NS); break;
    case 3: claim_step(scene); break;
    case 4: stack_link(station->stack, input_8(input) & 3, station->now_ns); break;
    default: answer_step(scene, input); break;
    }
}

static void lease_must_be_sane(const struct stack *stack)
{
    const struct stack_lease *lease = stack_lease(stack);

    if (!lease || !lease->from_dhcp)
        return;
    uint32_t address = address_to_v4(&lease->address);
    must(address && address >> 28 != 14 && address >> 24 != 127 && address != 0xffffffff);
    must(lease->prefix_len <= 32);
    must(lease->renew_ns <= lease->rebind_ns && lease->rebind_ns <= lease->expires_ns);
    must(lease->obtained_ns <= lease->renew_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct scene scene = {0};
    struct stack_config config = station_config(&scene.station);

    config.source = ADDRESS_FROM_DHCP;
    config.skip_probing = input_8(&input) & 1;
    strcpy(config.hostname, "fuzzed");
    scene.station.heard = question_heard;
    scene.station.user = &scene;
    scene.station.keeps_silent = true;
    station_start(&scene.station, &config);
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++) {
        step(&scene, &input);
        lease_must_be_sane(scene.station.stack);
    }
    station_stop(&scene.station);
    return 0;
}
