/* IPv6 for a stack that is fuzzed. See station6.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/station6.h"

#include "tests/fuzz/well_formed.h"

const struct address STATION6_ADDRESS = {{0xfd, 0, 0, 1, [15] = 0x15}};
const struct address STATION6_PEER = {{0xfd, 0, 0, 1, [15] = 2}};
const struct address STATION6_LINK_PEER = {{0xfe, 0x80, [15] = 2}};
const struct address STATION6_ALL_NODES = {{0xff, 2, [15] = 1}};

struct stack_config station6_config(struct station *station)
{
    struct stack_config config = station_config(station);

    config.ipv6 = true;
    config.static6[0] = (struct stack_static6){STATION6_ADDRESS, 64};
    config.stable_secret[0] = 1;
    return config;
}

void station6_packet(struct station *station, const struct station6_packet *packet)
{
    uint8_t *frame = calloc(1, STATION6_HEADERS + packet->len), *ip = frame + STATION_ETHERNET;
    uint8_t *at = frame + STATION6_HEADERS;

    must(frame);
    memcpy(frame, STATION_MAC, 6);
    if (packet->destination.bytes[0] == 0xff) {
        frame[0] = frame[1] = 0x33;
        memcpy(frame + 2, packet->destination.bytes + 12, 4);
    }
    memcpy(frame + 6, PEER_MAC, 6);
    number_put(frame + 12, 2, 0x86dd);
    ip[0] = 0x60;
    number_put(ip + 4, 2, (uint32_t)packet->len);
    ip[6] = packet->next;
    ip[7] = packet->hop_limit;
    memcpy(ip + 8, packet->source.bytes, 16);
    memcpy(ip + 24, packet->destination.bytes, 16);
    if (packet->len)
        memcpy(at, packet->payload, packet->len);
    if (packet->sums >= 0 && (size_t)packet->sums + 2 <= packet->len) {
        number_put(at + packet->sums, 2, 0);
        number_put(
            at + packet->sums, 2,
            (uint16_t)~ones_sum(pseudo_sum6(ip, packet->next, packet->len), at, packet->len));
    }
    station_input(station, frame, STATION6_HEADERS + packet->len);
    free(frame);
}

struct address station6_link_local(const struct station *station)
{
    struct stack_address6 all[16];
    int count = stack_addresses6(station->stack, all, 16);

    for (int i = 0; i < count; i++)
        if (all[i].origin == ADDRESS6_LINK_LOCAL)
            return all[i].address;
    return STATION6_ADDRESS;
}

static void advertise(struct station *station, const struct address *who)
{
    uint8_t message[32] = {135};

    memcpy(message + 8, STATION6_ADDRESS.bytes, 16);
    message[24] = message[25] = 1;
    memcpy(message + 26, PEER_MAC, 6);
    station6_packet(station, &(struct station6_packet){*who, STATION6_ADDRESS, 58, 255, message,
                                                       sizeof message, 2});
}

void station6_meet(struct station *station)
{
    uint8_t router[16] = {134, [4] = 64, 0, 0xff, 0xff};

    station6_packet(station, &(struct station6_packet){STATION6_LINK_PEER, STATION6_ALL_NODES, 58,
                                                       255, router, sizeof router, 2});
    advertise(station, &STATION6_LINK_PEER);
    advertise(station, &STATION6_PEER);
}
