/* ARP: claims, probes and answers, of others and of whoever has our address, at any time; neighbours that come and go.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: whom we believe to be a neighbour is a station, not a group, and not ourselves; an address that somebody
 * defends is not used on.
 */
#include "host/stack/udp.h"
#include "tests/fuzz/station.h"

enum { STEPS_MOST = 300, NEIGHBORS_MOST = 512 };

struct scene {
    struct station station;
    struct udp_socket *udp;
};

static void received(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                     uint64_t now_ns)
{
    (void)user, (void)from, (void)data, (void)len, (void)now_ns;
}

static void failed(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    (void)user, (void)to, (void)now_ns;
    must(error < 0);
}

static uint32_t address_choose(struct input *input)
{
    uint8_t how = input_8(input);

    switch (how % 8) {
    case 0: return STATION_ADDRESS;
    case 1: return 0;
    case 2: return input_32(input);
    case 3: return 0x0a0002ff;
    default: return 0x0a000200u + how / 8;
    }
}

static void mac_choose(struct input *input, uint8_t *mac)
{
    uint8_t how = input_8(input);

    memcpy(mac, how % 8 ? PEER_MAC : STATION_MAC, 6);
    mac[5] ^= how & 0x30;
    if (how % 8 == 1)
        mac[0] |= 1;
    if (how % 8 == 2)
        memset(mac, how & 64 ? 0xff : 0, 6);
}

static void packet_step(struct station *station, struct input *input)
{
    uint8_t frame[60] = {0}, how = input_8(input);
    size_t len = how >= 240 ? input_8(input) % 61u : sizeof frame;

    memcpy(frame, how & 1 ? STATION_MAC : (const uint8_t *)"\xff\xff\xff\xff\xff\xff", 6);
    mac_choose(input, frame + 6);
    number_put(frame + 12, 2, 0x0806);
    number_put(frame + 14, 4, 0x00010800);
    number_put(frame + 18, 4, 0x06040001u + (how & 2 ? 1 : 0));
    memcpy(frame + 22, frame + 6, 6);
    if (how & 4)
        mac_choose(input, frame + 22);
    number_put(frame + 28, 4, address_choose(input));
    mac_choose(input, frame + 32);
    number_put(frame + 38, 4, address_choose(input));
    if (how & 8) {
        uint8_t at = input_8(input) % sizeof frame;
        frame[at] ^= input_8(input);
    }
    station_input(station, frame, len);
}

static void send_step(struct scene *scene, struct input *input)
{
    struct endpoint to = {address_v4(address_choose(input)), 9};
    uint8_t bytes[64] = {0};

    udp_send(scene->udp, &to, bytes, input_8(input) % sizeof bytes, scene->station.now_ns);
}

static void step(struct scene *scene, struct input *input)
{
    struct station *station = &scene->station;

    switch (input_8(input) % 8) {
    case 0: station_run(station, input_8(input) * 20 * MS_NS); break;
    case 1: station_next(station, 600 * S_NS); break;
    case 2: station_run(station, input_8(input) * 5 * S_NS); break;
    case 3: send_step(scene, input); break;
    case 4: stack_link(station->stack, input_8(input) & 3, station->now_ns); break;
    default: packet_step(station, input); break;
    }
}

static void neighbors_must_be_stations(const struct station *station)
{
    struct stack_neighbor all[NEIGHBORS_MOST];
    int count = stack_neighbors(station->stack, all, NEIGHBORS_MOST);

    for (int i = 0; i < count; i++) {
        uint32_t address = address_to_v4(&all[i].address);
        must(address && address != UINT32_MAX && address >> 28 != 14);
        must(all[i].state == NEIGHBOR_INCOMPLETE || !(all[i].mac[0] & 1));
        must(stack_state(station->stack) != STACK_READY || address != STATION_ADDRESS);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct scene scene = {0};
    struct stack_config config = station_config(&scene.station);
    const struct udp_handler handler = {received, failed, &scene};

    config.skip_probing = input_8(&input) & 1;
    scene.station.keeps_silent = true;
    station_start(&scene.station, &config);
    must(!udp_open(scene.station.stack, &scene.udp, &handler));
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++) {
        step(&scene, &input);
        neighbors_must_be_stations(&scene.station);
    }
    udp_close(scene.udp);
    station_stop(&scene.station);
    return 0;
}
