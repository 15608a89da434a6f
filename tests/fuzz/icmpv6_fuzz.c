/* ICMPv6: messages of any kind, and errors that quote what the station has sent, rightly or not.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: what a socket is told of is an echo reply or an error that it can make something of; and no path is believed to
 * take less than every link takes (RFC 8201, 4).
 */
#include "host/stack/udp.h"
#include "tests/fuzz/station6.h"

enum { STEPS_MOST = 300, PACKET_MOST = 1300, ECHO_PORT = 77, ROOM_LEAST = 1280 - 40 };

struct scene {
    struct station station;
    struct udp_socket *udp, *echo;
};

static void received(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                     uint64_t now_ns)
{
    (void)user, (void)now_ns;
    must(from && (data || !len));
}

static void failed(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    (void)user, (void)now_ns;
    must(to && error < 0 && error > -200);
}

static void send_step(struct scene *scene, struct input *input)
{
    struct endpoint to = {STATION6_PEER, 53};
    size_t len = input_16(input) % 4000;
    uint8_t *bytes = calloc(1, len + 8), how = input_8(input);

    must(bytes);
    if (how & 1)
        to.address.bytes[1] = 1; /* far away */
    bytes[0] = 128;
    if (how & 2)
        udp_send(scene->udp, &to, bytes, len, scene->station.now_ns);
    else
        udp_send(scene->echo, &to, bytes, len + 8, scene->station.now_ns);
    free(bytes);
}

static void message_send(struct station *station, uint8_t how, const uint8_t *message, size_t len)
{
    struct station6_packet packet = {STATION6_PEER, STATION6_ADDRESS, 58, 64, message, len, 2};

    if (how & 1)
        packet.destination = STATION6_ALL_NODES;
    if (how & 2)
        packet.source.bytes[15] = how;
    if (how & 4)
        packet.hop_limit = 255;
    if (how & 8)
        packet.sums = -1;
    station6_packet(station, &packet);
}

/* Quotes a frame of ours, of which some bytes are others. */
static void error_step(struct station *station, struct input *input)
{
    uint8_t message[8 + PACKET_MOST] = {input_8(input) % 5, input_8(input)};
    uint8_t ago = input_8(input), edits = input_8(input) % 8, how = input_8(input);
    size_t len, quoted = input_16(input) % PACKET_MOST;
    const uint8_t *frame = station_sent(station, ago % 8, &len);

    number_put(message + 4, 4, input_8(input) & 1 ? input_16(input) : input_32(input));
    if (!frame)
        return;
    len -= STATION_ETHERNET;
    quoted = quoted < len ? quoted : len;
    memcpy(message + 8, frame + STATION_ETHERNET, quoted);
    for (; edits && quoted; edits--) {
        size_t at = input_16(input) % quoted;
        message[8 + at] = input_8(input);
    }
    message_send(station, how, message, 8 + quoted);
}

static void any_step(struct station *station, struct input *input)
{
    uint8_t how = input_8(input);
    size_t len;
    uint8_t *message = input_block(input, PACKET_MOST, &len);

    message_send(station, how, message, len);
    free(message);
}

static void step(struct scene *scene, struct input *input)
{
    switch (input_8(input) % 8) {
    case 0:
    case 1: send_step(scene, input); break;
    case 2: station_run(&scene->station, input_8(input) * 50 * MS_NS); break;
    case 3: any_step(&scene->station, input); break;
    default: error_step(&scene->station, input); break;
    }
    must(ip_payload_room(scene->station.stack, &STATION6_PEER) >= ROOM_LEAST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct scene scene = {0};
    struct stack_config config = station6_config(&scene.station);
    const struct udp_handler handler = {received, failed, &scene};
    const struct endpoint any = {.port = ECHO_PORT};

    station_start(&scene.station, &config);
    station6_meet(&scene.station);
    must(!udp_open(scene.station.stack, &scene.udp, &handler) && !udp_bind(scene.udp, &any));
    must(!icmp_open(scene.station.stack, &scene.echo, &handler) && !udp_bind(scene.echo, &any));
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++)
        step(&scene, &input);
    udp_close(scene.udp);
    udp_close(scene.echo);
    station_stop(&scene.station);
    return 0;
}
