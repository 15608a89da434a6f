/* Extension headers and fragments of IPv6, in any order and number, in front of datagrams.
 *
 * SPDX-License-Identifier: MIT
 *
 * Each byte of a datagram is a function of its identification and place, with a right checksum, but where an input spoils
 * one. Held: a datagram that is delivered is whole, in its order, and byte for byte what was sent; and after a while the next
 * one passes, in fragments too.
 */
#include "host/stack/udp.h"
#include "tests/fuzz/station6.h"
#include "tests/fuzz/well_formed.h"

enum { STEPS_MOST = 150, PORT = 9, IDS = 4, UDP_HEADER = 8, CHAIN_MOST = 400, DATA_MOST = 3000 };

struct scene {
    struct station station;
    struct udp_socket *socket;
    unsigned delivered;
};

/* A datagram of length bytes, header and all. */
static void datagram_put(uint8_t *at, unsigned id, size_t length)
{
    uint8_t ip[40] = {0};

    memset(at, 0, UDP_HEADER);
    at[0] = 0x10;
    at[1] = (uint8_t)id;
    at[3] = PORT;
    number_put(at + 4, 2, (uint32_t)length);
    for (size_t i = UDP_HEADER; i < length; i++)
        at[i] = (uint8_t)(i * 37 + (i >> 8) * 11 + id);
    memcpy(ip + 8, STATION6_PEER.bytes, 16);
    memcpy(ip + 24, STATION6_ADDRESS.bytes, 16);
    uint16_t sum = (uint16_t)~ones_sum(pseudo_sum6(ip, 17, length), at, length);
    number_put(at + 6, 2, sum ? sum : 0xffff);
}

static void received(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                     uint64_t now_ns)
{
    struct scene *scene = user;

    (void)now_ns;
    scene->delivered++;
    must(from->port >> 8 == 0x10 && (from->port & 255) < IDS);
    for (size_t i = 0; i < len; i++)
        must(data[i] ==
             (uint8_t)((i + UDP_HEADER) * 37 + ((i + UDP_HEADER) >> 8) * 11 + (from->port & 255)));
}

static void failed(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    (void)user, (void)to, (void)error, (void)now_ns;
}

/* Headers of the input's choice; the last names the transport. Returns their length. */
static size_t chain_put(uint8_t *at, uint8_t *first, uint8_t last, struct input *input)
{
    static const uint8_t types[] = {0, 60, 43, 60, 60, 43, 59, 44};
    uint8_t count = input_8(input) % 12, *next = first;
    size_t len = 0;

    for (; count && len + 64 < CHAIN_MOST; count--) {
        uint8_t how = input_8(input);
        size_t units = how & 8 ? input_8(input) % 6 : 0, size = 8 + 8 * units;

        *next = types[how % 8];
        memset(at + len, 0, size);
        next = at + len;
        at[len + 1] = how >= 248 ? input_8(input) : (uint8_t)units;
        for (size_t i = 2; i < size && how & 16; i++)
            at[len + i] = input_8(input);
        len += size;
    }
    *next = last;
    return len;
}

static void packet_in(struct station *station, uint8_t next, const uint8_t *bytes, size_t len)
{
    station6_packet(station, &(struct station6_packet){STATION6_PEER, STATION6_ADDRESS, next, 64,
                                                       bytes, len, -1});
}

static void chain_step(struct scene *scene, struct input *input)
{
    uint8_t bytes[CHAIN_MOST + 200], next;
    unsigned id = input_8(input) % IDS;
    size_t len = chain_put(bytes, &next, 17, input), data = UDP_HEADER + input_8(input) % 100;

    datagram_put(bytes + len, id, data);
    packet_in(&scene->station, next, bytes, len + data);
}

static void fragment_put(struct station *station, uint8_t id, size_t length, size_t offset,
                         size_t len, bool more)
{
    uint8_t bytes[8 + DATA_MOST] = {17}, whole[DATA_MOST];

    if (offset > length)
        return;
    if (len > length - offset)
        len = length - offset;
    datagram_put(whole, id, length);
    number_put(bytes + 2, 2, (uint32_t)offset | more);
    number_put(bytes + 4, 4, id + (uint32_t)length * 16);
    memcpy(bytes + 8, whole + offset, len);
    packet_in(station, 44, bytes, 8 + len);
}

static void fragment_step(struct scene *scene, struct input *input)
{
    uint8_t what = input_8(input), id = what % IDS;
    size_t length = UDP_HEADER + (size_t)input_8(input) % 4 * 700;
    size_t offset = input_8(input) * (size_t)8;
    size_t len = what & 4 ? input_16(input) % 1500 : input_8(input) % 180 * (size_t)8;

    fragment_put(&scene->station, id, length, offset, len, what & 8);
}

/* Anything behind any next header: a fragment that lies, a header that is cut off. */
static void any_step(struct scene *scene, struct input *input)
{
    static const uint8_t types[] = {0, 43, 44, 60, 59, 17, 58, 135};
    uint8_t type = types[input_8(input) % 8];
    size_t len;
    uint8_t *bytes = input_block(input, 300, &len);

    if (type != 17 && type != 44) /* whose bytes would be nobody's */
        packet_in(&scene->station, type, bytes, len);
    free(bytes);
}

static void step(struct scene *scene, struct input *input)
{
    switch (input_8(input) % 8) {
    case 0: station_run(&scene->station, input_8(input) * 400 * MS_NS); break;
    case 1: any_step(scene, input); break;
    case 2:
    case 3: chain_step(scene, input); break;
    default: fragment_step(scene, input); break;
    }
}

static void all_must_be_over(struct scene *scene)
{
    station_run(&scene->station, 121 * S_NS);
    for (uint8_t id = 0; id < IDS; id++) {
        unsigned before = scene->delivered;

        fragment_put(&scene->station, id, 1408, 704, 704, false);
        fragment_put(&scene->station, id, 1408, 0, 704, true);
        must(scene->delivered == before + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct scene scene = {0};
    struct stack_config config = station6_config(&scene.station);
    const struct udp_handler handler = {received, failed, &scene};
    const struct endpoint local = {.port = PORT};

    station_start(&scene.station, &config);
    station6_meet(&scene.station);
    must(!udp_open(scene.station.stack, &scene.socket, &handler));
    must(!udp_bind(scene.socket, &local));
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++)
        step(&scene, &input);
    all_must_be_over(&scene);
    udp_close(scene.socket);
    station_stop(&scene.station);
    return 0;
}
