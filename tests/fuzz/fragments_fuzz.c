/* IPv4 fragments in any order, that overlap, lie about their end, or come too late.
 *
 * SPDX-License-Identifier: MIT
 *
 * Each byte of a datagram is a function of its identification and place, but where an input spoils a fragment. Held:
 * a datagram that is delivered is whole, in its order, and byte for byte what was sent, unless it was spoiled; and
 * after a while nothing of it is left.
 */
#include "host/stack/udp.h"
#include "tests/fuzz/station.h"

enum { STEPS_MOST = 600, PORT = 9, IDS = 4, UDP_HEADER = 8, OPTIONS_MOST = 40 };

struct scene {
    struct station station;
    struct udp_socket *socket;
    bool spoiled[IDS];
    unsigned delivered;
};

/* The first eight bytes are the UDP header: from port id to ours, no checksum, a length that the input chose. */
static uint8_t byte_of(unsigned id, uint16_t length, size_t place)
{
    const uint8_t header[UDP_HEADER] = {
        0x10, (uint8_t)id, 0, PORT, (uint8_t)(length >> 8), (uint8_t)length};

    return place < UDP_HEADER ? header[place] : (uint8_t)(place * 37 + (place >> 8) * 11 + id);
}

static void received(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                     uint64_t now_ns)
{
    struct scene *scene = user;
    unsigned id = from->port & 255;

    (void)now_ns;
    scene->delivered++;
    if (from->port >> 8 != 0x10 || id >= IDS || scene->spoiled[id])
        return;
    for (size_t i = 0; i < len; i++)
        must(data[i] == byte_of(id, 0, UDP_HEADER + i));
}

static void failed(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    (void)user, (void)to, (void)error, (void)now_ns;
}

static void fragment_step(struct scene *scene, struct input *input)
{
    uint8_t what = input_8(input), options = input_8(input) % 16 == 1 ? what % 11 * 4 : 0;
    unsigned id = what % IDS;
    size_t offset = (input_16(input) & 0x1fff) * (size_t)8, len = input_16(input) % 2048;
    size_t header = STATION_IP + options;
    uint16_t length = input_16(input);
    uint8_t *frame = calloc(1, STATION_ETHERNET + header + len);
    uint8_t *payload = frame + STATION_ETHERNET + header;

    must(frame);
    station_headers(frame, PEER_ADDRESS, STATION_ADDRESS, 17, options + len);
    frame[14] = (uint8_t)(0x40 | header / 4);
    number_put(frame + 18, 2, id);
    number_put(frame + 20, 2, (uint32_t)(offset / 8) | (what & 4 ? 0x2000 : 0));
    for (size_t i = 0; i < len; i++)
        payload[i] = byte_of(id, length, offset + i);
    if (what >= 240 && len) {
        payload[what % len] ^= 1;
        scene->spoiled[id] = scene->spoiled[id ^ 1] = true; /* its port may be the other's now */
    }
    station_header_sum(frame);
    station_input(&scene->station, frame, STATION_ETHERNET + header + len);
    free(frame);
}

static void run_step(struct scene *scene, struct input *input)
{
    if (input_8(input) % 4)
        fragment_step(scene, input);
    else
        station_run(&scene->station, input_8(input) * 200 * MS_NS);
}

/* Whatever was begun is given up, so the next datagram of each identification, in two fragments, is delivered. */
static void all_must_be_over(struct scene *scene)
{
    station_run(&scene->station, 61 * S_NS);
    for (uint8_t id = 0; id < IDS; id++) {
        const uint8_t first[] = {id | 4, 0, 0, 0, 0, 8, 0, 13}, last[] = {id, 0, 0, 1, 0, 5, 0, 13};
        unsigned before = scene->delivered;
        scene->spoiled[id] = false;
        fragment_step(scene, &(struct input){first, first + sizeof first});
        fragment_step(scene, &(struct input){last, last + sizeof last});
        must(scene->delivered == before + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct scene scene = {0};
    struct stack_config config = station_config(&scene.station);
    const struct udp_handler handler = {received, failed, &scene};
    const struct endpoint local = {address_v4(0), PORT};

    station_start(&scene.station, &config);
    station_meet(&scene.station);
    must(!udp_open(scene.station.stack, &scene.socket, &handler));
    must(!udp_bind(scene.socket, &local));
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++)
        run_step(&scene, &input);
    all_must_be_over(&scene);
    udp_close(scene.socket);
    station_stop(&scene.station);
    return 0;
}
