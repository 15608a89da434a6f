/* Neighbour discovery: routers, neighbours, redirects and listener queries that say anything.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: our addresses are a station's, each once; a route's gateway is link-local; neighbours are stations.
 */
#include "host/stack/udp.h"
#include "tests/fuzz/station6.h"

enum { STEPS_MOST = 200, MESSAGE_MOST = 400, ADDRESSES = 16 };

static bool is_station(const struct address *address)
{
    return !address_is_unspecified(address) && !address_is_multicast(address) &&
           !address_is_loopback(address);
}

static void addresses_must_be_sane(const struct stack *stack)
{
    struct stack_address6 own[ADDRESSES + 1];
    int count = stack_addresses6(stack, own, ADDRESSES + 1);

    must(count <= ADDRESSES);
    for (int i = 0; i < count; i++) {
        must(is_station(&own[i].address) && own[i].prefix_len <= 128);
        for (int k = 0; k < i; k++)
            must(!address_equal(&own[i].address, &own[k].address));
    }
}

static void tables_must_be_sane(const struct stack *stack)
{
    struct stack_route routes[32];
    struct stack_neighbor neighbors[200];
    int count = stack_routes(stack, routes, 32);

    for (int i = 0; i < count; i++) {
        const uint8_t *gateway = routes[i].gateway.bytes;
        must(address_is_v4(&routes[i].gateway) || address_is_unspecified(&routes[i].gateway) ||
             (gateway[0] == 0xfe && (gateway[1] & 0xc0) == 0x80));
    }
    count = stack_neighbors(stack, neighbors, 200);
    for (int i = 0; i < count; i++)
        must(is_station(&neighbors[i].address));
}

static struct address address_choose(const struct station *station, struct input *input)
{
    uint8_t how = input_8(input);
    struct address address = STATION6_LINK_PEER;

    switch (how % 8) {
    case 0: return STATION6_ADDRESS;
    case 1: return station6_link_local(station);
    case 2: return (struct address){{0}};
    case 3: return STATION6_ALL_NODES;
    case 4: return STATION6_PEER;
    case 5:
        for (int i = 0; i < 16; i++)
            address.bytes[i] = input_8(input);
        return address;
    case 6: address.bytes[15] = how; break;
    default: break;
    }
    return address;
}

/* Returns its length. */
static size_t option_put(uint8_t *at, const struct station *station, struct input *input)
{
    static const uint8_t types[] = {1, 2, 3, 5, 25, 24, 31, 0}, units[] = {1, 1, 4, 1, 3, 2, 3, 1};
    uint8_t which = input_8(input);
    size_t len = 8u * units[which % 8];
    struct address address;

    memset(at, 0, len);
    at[0] = types[which % 8];
    at[1] = which >= 248 ? input_8(input) : (uint8_t)(len / 8);
    for (size_t i = 2; i < 8; i++)
        at[i] = which & 8 ? input_8(input) : i == 2 ? 64 : 0xc0;
    if (len >= 24) {
        number_put(at + 4, 4, which & 16 ? input_32(input) : input_8(input));
        address = address_choose(station, input);
        memcpy(at + len - 16, address.bytes, 16);
    }
    if (len == 32)
        number_put(at + 8, 4, which & 16 ? input_32(input) : input_8(input));
    return len;
}

/* Types 133 to 137, with options; now and then another. */
static size_t message_put(uint8_t *message, const struct station *station, struct input *input)
{
    static const uint8_t fixed[] = {8, 16, 24, 24, 40};
    uint8_t kind = input_8(input), options = input_8(input) % 8;
    size_t len = fixed[kind % 5];
    struct address address;

    memset(message, 0, len);
    message[0] = kind >= 250 ? input_8(input) : 133 + kind % 5;
    for (size_t i = 4; i < 8; i++)
        message[i] = input_8(input);
    for (size_t i = 8; i + 16 <= len; i += 16) {
        address = address_choose(station, input);
        memcpy(message + i, address.bytes, 16);
    }
    for (; options; options--)
        len += option_put(message + len, station, input);
    return kind & 64 ? len : len - input_8(input) % 4 * (len > 100);
}

static void message_step(struct station *station, struct input *input)
{
    uint8_t message[MESSAGE_MOST];
    uint8_t how = input_8(input);
    struct station6_packet packet = {.next = 58, .hop_limit = how & 1 ? input_8(input) : 255};

    packet.source = address_choose(station, input);
    packet.destination = address_choose(station, input);
    packet.len = message_put(message, station, input);
    packet.payload = message;
    packet.sums = how == 255 ? -1 : 2;
    station6_packet(station, &packet);
}

/* A query behind a router alert, for all groups or one of ours. */
static void query_step(struct station *station, struct input *input)
{
    uint8_t bytes[8 + 60] = {58, 0, 5, 2, 0, 0, 1, 0, 130}, how = input_8(input);
    struct address own = station6_link_local(station);
    size_t len = how & 1 ? 24 : how & 2 ? 28 : input_8(input) % 53;
    struct station6_packet packet = {
        STATION6_LINK_PEER, STATION6_ALL_NODES, 58, 1, bytes + 8, len, 2};
    uint32_t sum = 58 + (uint32_t)len;

    if (how & 4)
        memcpy(bytes + 16,
               ((uint8_t[]){0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, own.bytes[13],
                            own.bytes[14], own.bytes[15]}),
               16);
    number_put(bytes + 12, 2, input_16(input));
    number_put(bytes + 8 + 26, 2, how & 8 ? input_16(input) : 0);
    if (how & 16)
        bytes[8] = 131;
    for (int i = 0; i < 16; i += 2)
        sum += number_get(packet.source.bytes + i, 2) + number_get(packet.destination.bytes + i, 2);
    for (size_t i = 0; i < len; i++)
        sum += i & 1 ? bytes[8 + i] : (uint32_t)bytes[8 + i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    number_put(bytes + 10, 2, (uint16_t)~sum);
    packet.next = 0;
    packet.payload = bytes;
    packet.len = 8 + len;
    packet.sums = -1;
    station6_packet(station, &packet);
}

static void send_step(struct station *station, struct input *input)
{
    const struct udp_handler nobody = {0};
    struct endpoint to = {address_choose(station, input), 9};
    struct udp_socket *socket;

    must(!udp_open(station->stack, &socket, &nobody));
    udp_send(socket, &to, "x", 1, station->now_ns);
    udp_close(socket);
}

static void step(struct station *station, struct input *input)
{
    switch (input_8(input) % 10) {
    case 0: station_run(station, input_8(input) * 20 * MS_NS); break;
    case 1: station_next(station, 7 * 24 * 3600 * S_NS); break;
    case 2: station_run(station, input_8(input) * 60 * S_NS); break;
    case 3: stack_link(station->stack, input_8(input) & 3, station->now_ns); break;
    case 4: query_step(station, input); break;
    case 5: send_step(station, input); break;
    default: message_step(station, input); break;
    }
    addresses_must_be_sane(station->stack);
    tables_must_be_sane(station->stack);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct station station;
    struct stack_config config = station6_config(&station);

    config.skip_probing = input_8(&input) & 1;
    station_start(&station, &config);
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++)
        step(&station, &input);
    station_stop(&station);
    return 0;
}
