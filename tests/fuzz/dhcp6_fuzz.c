/* Stateless DHCPv6: a server that says anything.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: what the client asks is an Information-request with options that end (RFC 8415, 18.2.6); servers that it takes are
 * stations, domains are names that a resolver can ask for.
 */
#include "tests/fuzz/station6.h"

enum { STEPS_MOST = 200, MESSAGE_MOST = 700, UDP_AT = 54, MESSAGE_AT = 62 };

struct scene {
    struct station station;
    uint32_t question; /* the first four bytes of the client's last */
    uint64_t heard;
};

static void question_heard(void *user, const uint8_t *frame, size_t len)
{
    struct scene *scene = user;

    if (number_get(frame + 12, 2) != 0x86dd || frame[20] != 17 ||
        number_get(frame + UDP_AT, 4) != (546u << 16 | 547))
        return;
    must(frame[MESSAGE_AT] == 11 && number_get(frame + 38, 2) == 0xff02);
    scene->question = number_get(frame + MESSAGE_AT, 4);
    scene->heard++;
    for (size_t at = MESSAGE_AT + 4; at < len; at += 4 + number_get(frame + at + 2, 2))
        must(len - at >= 4 && number_get(frame + at + 2, 2) <= len - at - 4);
}

static size_t option_put(uint8_t *at, struct input *input)
{
    static const uint8_t codes[] = {23, 24, 32, 83, 1, 2, 8, 99};
    uint8_t which = input_8(input);
    size_t len, room = which & 8 ? 40 : which % 8 == 0 ? 32 : which % 8 == 1 ? 30 : 4;
    uint8_t *value = input_block(input, room, &len);

    number_put(at, 2, codes[which % 8]);
    number_put(at + 2, 2, which >= 240 ? input_16(input) : (uint32_t)len);
    memcpy(at + 4, value, len);
    free(value);
    return 4 + len;
}

static void answer_step(struct scene *scene, struct input *input)
{
    static const uint8_t parties[] = {0, 2, 0, 2, 's', 's', 0, 1, 0, 10, 0, 3, 0, 1};
    uint8_t bytes[MESSAGE_MOST] = {2, 35, 2, 34}, how = input_8(input);
    uint8_t options = input_8(input) % 8;
    size_t len = 12;

    number_put(bytes + 8, 4, (scene->question & 0xffffff) | (how & 1 ? input_32(input) : 7u << 24));
    if (!(how & 2)) {
        memcpy(bytes + len, parties, sizeof parties);
        memcpy(bytes + len + sizeof parties, STATION_MAC, 6);
        len += sizeof parties + 6;
    }
    for (; options; options--)
        len += option_put(bytes + len, input);
    if (how >= 240)
        len = 8 + input_16(input) % (len - 7);
    number_put(bytes + 4, 2, (uint32_t)len);
    station6_packet(&scene->station, &(struct station6_packet){STATION6_LINK_PEER,
                                                               station6_link_local(&scene->station),
                                                               17, 64, bytes, len, 6});
}

static void router_step(struct station *station, struct input *input)
{
    uint8_t message[16] = {134, [4] = 64, input_8(input), 0, input_8(input)};

    station6_packet(station, &(struct station6_packet){STATION6_LINK_PEER, STATION6_ALL_NODES, 58,
                                                       255, message, sizeof message, 2});
}

static void step(struct scene *scene, struct input *input)
{
    struct station *station = &scene->station;

    switch (input_8(input) % 8) {
    case 0: station_run(station, input_8(input) * 20 * MS_NS); break;
    case 1: station_next(station, 2 * 24 * 3600 * S_NS); break;
    case 2: station_run(station, input_8(input) * 60 * S_NS); break;
    case 3: router_step(station, input); break;
    case 4: stack_link(station->stack, input_8(input) & 3, station->now_ns); break;
    default: answer_step(scene, input); break;
    }
}

static void answer_must_be_sane(const struct stack *stack)
{
    struct address servers[8];
    const char *domains[STACK_DOMAINS + 1];
    int count = stack_dns6(stack, servers, 8);

    for (int i = 0; i < count; i++)
        must(!address_is_unspecified(&servers[i]) && !address_is_multicast(&servers[i]) &&
             !address_is_v4(&servers[i]));
    count = stack_domains(stack, domains, STACK_DOMAINS + 1);
    must(count <= STACK_DOMAINS);
    for (int i = 0; i < count; i++) {
        size_t len = strlen(domains[i]);

        must(len > 0 && len < STACK_DOMAIN_BYTES && domains[i][0] != '.' &&
             domains[i][len - 1] != '.' && !strstr(domains[i], ".."));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct scene scene = {0};
    struct stack_config config = station6_config(&scene.station);

    scene.station.heard = question_heard;
    scene.station.user = &scene;
    station_start(&scene.station, &config);
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++) {
        step(&scene, &input);
        answer_must_be_sane(scene.station.stack);
    }
    station_stop(&scene.station);
    return 0;
}
