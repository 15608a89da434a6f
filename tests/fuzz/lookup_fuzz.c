/* The way of a name lookup: answers of a name server over UDP and, where it says so, TCP, through our sockets into c-ares
 * and out as addresses. c-ares' own parser is fuzzed by its makers; ours are the sockets and what is made of the result.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: a lookup ends once, whatever comes; with addresses and no error, or an error and none; its sockets are given back.
 */
#include <ares.h>

#include "host/engine/lookup.h"
#include "tests/fuzz/talk.h"

enum { STEPS_MOST = 60, ANSWER_MOST = 1400, DNS = 53, UDP_HEADER = 8 };

struct scene {
    struct station station;
    struct engine *engine;
    struct lookup *lookup; /* NULL once it has ended */
    struct talk talks[TALKS];
    uint16_t port;         /* of the last question by UDP */
    uint8_t question[512]; /* the last one */
    size_t question_len;
};

static void ended(struct engine *engine, void *user, const struct lookup_result *result)
{
    struct scene *scene = user;

    must(engine == scene->engine && scene->lookup);
    must(result->count <= FE_ADDRESSES && (result->error == 0) == (result->count > 0));
    must(memchr(result->text, 0, sizeof result->text));
    scene->lookup = NULL;
}

static void question_heard(void *user, const uint8_t *frame, size_t len)
{
    struct scene *scene = user;
    const uint8_t *udp = frame + STATION_HEADERS;

    talk_heard(scene->talks, frame, len);
    if (number_get(frame + 12, 2) != 0x0800 || frame[23] != 17 || number_get(udp + 2, 2) != DNS)
        return;
    scene->port = (uint16_t)number_get(udp, 2);
    scene->question_len = len - STATION_HEADERS - UDP_HEADER;
    must(scene->question_len <= sizeof scene->question);
    memcpy(scene->question, udp + UDP_HEADER, scene->question_len);
}

static void udp_answer(struct scene *scene, const uint8_t *answer, size_t len)
{
    uint8_t *packet = calloc(1, UDP_HEADER + len);

    must(packet);
    number_put(packet, 2, DNS);
    number_put(packet + 2, 2, scene->port);
    number_put(packet + 4, 2, UDP_HEADER + (uint32_t)len);
    memcpy(packet + UDP_HEADER, answer, len);
    station_packet(&scene->station, 17, packet, UDP_HEADER + len, 6);
    free(packet);
}

/* An answer to the last question: its header and name, then records; flags and edits are the input's. */
static void answer_step(struct scene *scene, struct input *input)
{
    uint8_t answer[512 + ANSWER_MOST], flags = input_8(input), count = input_8(input);
    size_t len = scene->question_len, more;

    if (len < 12)
        return;
    memcpy(answer, scene->question, len);
    number_put(answer + 2, 2, 0x8180u | (flags & 1 ? 0x0200u : 0) | (flags >> 4 & 7));
    number_put(answer + 6, 2, count % 24);
    for (int i = 0; i < count % 24; i++) { /* the name again, A, IN, a time to live, an address */
        static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2};
        memcpy(answer + len, record, sizeof record);
        answer[len + sizeof record] = (uint8_t)i;
        len += sizeof record + 1;
    }
    uint8_t *rest = input_block(input, flags & 2 ? ANSWER_MOST - 500 : 0, &more);
    memcpy(answer + len, rest, more);
    free(rest);
    len += more;
    for (int i = 0; i < (flags >> 2 & 3); i++) {
        uint16_t at = input_16(input);
        answer[at % len] ^= input_8(input);
    }
    udp_answer(scene, answer, len);
}

static void bytes_step(struct scene *scene, struct input *input)
{
    size_t len;
    uint8_t *bytes = input_block(input, ANSWER_MOST, &len);

    udp_answer(scene, bytes, len);
    free(bytes);
}

/* The server's port is closed, says an ICMP error about the last frame. */
static void refusal_step(struct station *station)
{
    uint8_t message[8 + 28] = {3, 3};
    size_t len;
    const uint8_t *frame = station_sent(station, 0, &len);

    if (!frame || len < STATION_HEADERS + 8)
        return;
    memcpy(message + 8, frame + STATION_ETHERNET, 28);
    station_packet(station, 1, message, sizeof message, 2);
}

static void step(struct scene *scene, struct input *input)
{
    struct station *station = &scene->station;
    struct talk *talk = &scene->talks[0];

    switch (input_8(input) % 8) {
    case 0: bytes_step(scene, input); break;
    case 1: station_run(station, input_8(input) * 10 * MS_NS); break;
    case 2: refusal_step(station); break;
    case 3: talk_segment(station, talk, input); break;
    case 4:
        if (talk->opened && !talk->answered)
            talk_good_segment(station, talk, (struct talk_good){.flags = FLAG_SYN | FLAG_ACK});
        else if (talk->opened)
            talk_good_segment(
                station, talk,
                (struct talk_good){.flags = FLAG_ACK, .data = input_16(input) % 1400});
        break;
    case 5: station_next(station, S_NS); break;
    default: answer_step(scene, input); break;
    }
    scene->engine->now_ns = station->now_ns;
    lookups_turn(scene->engine);
    (void)lookups_timeout(scene->engine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    static struct engine engine; /* half a megabyte, of which a lookup uses four fields */
    struct scene scene = {.engine = &engine};
    struct stack_config config = station_config(&scene.station);

    config.dns[0] = (struct endpoint){address_v4(PEER_ADDRESS), DNS};
    scene.station.heard = question_heard;
    scene.station.user = &scene;
    scene.talks[0] = (struct talk){.remote_port = DNS, .peer_iss = 77, .any_data = true};
    station_start(&scene.station, &config);
    station_meet(&scene.station);
    engine.stack = scene.station.stack;
    engine.journal = &scene.station.journal;
    engine.now_ns = scene.station.now_ns;
    must(!lookup_start(&engine, "name.example", FE_FAMILY_IPV4, ended, &scene, &scene.lookup));
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST && scene.lookup; steps++)
        step(&scene, &input);
    if (scene.lookup)
        lookup_cancel(scene.lookup);
    must(!engine.lookups);
    station_must_let_go(&scene.station);
    station_stop(&scene.station);
    return 0;
}
