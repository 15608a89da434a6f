/* ICMP: messages of any kind, and errors that quote what the station has sent, rightly or not.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: an established connection survives every ICMP message (RFC 5927), with segments of a sane size; what a socket is
 * told of is an echo reply or an error that it can make something of.
 */
#include "host/stack/udp.h"
#include "tests/fuzz/talk.h"

enum { STEPS_MOST = 300, PACKET_MOST = 600, ECHO_PORT = 77 };

struct scene {
    struct station station;
    struct talk talks[TALKS];
    struct udp_socket *udp, *echo;
    uint64_t limit_ns; /* the connection's own patience is not tried */
};

static void received(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                     uint64_t now_ns)
{
    (void)user, (void)now_ns;
    must(from && (data || !len));
}

static void failed(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    (void)user, (void)to, (void)now_ns;
    must(error < 0 && error > -200);
}

static void noted(void *user, struct tcp_conn *conn, unsigned events)
{
    (void)user, (void)conn;
    must(!(events & TCP_EVENT_ERROR));
}

static void send_step(struct scene *scene, struct input *input)
{
    struct station *station = &scene->station;
    struct endpoint to = {address_v4(PEER_ADDRESS + (input_8(input) & 1)), 53};
    size_t len = input_16(input) % 3000;
    uint8_t *bytes = calloc(1, len + 8);
    struct iovec pieces[2];

    must(bytes);
    switch (input_8(input) % 3) {
    case 0: udp_send(scene->udp, &to, bytes, len, station->now_ns); break;
    case 1:
        bytes[0] = 8; /* an echo request */
        udp_send(scene->echo, &to, bytes, len + 8, station->now_ns);
        break;
    default:
        if (tcp_writable(scene->talks[0].conn, pieces) > 0 && pieces[0].iov_len > len && len) {
            for (size_t i = 0; i < len; i++)
                ((uint8_t *)pieces[0].iov_base)[i] =
                    talk_byte_of_program(scene->talks[0].written++);
            tcp_produce(scene->talks[0].conn, len, station->now_ns);
        }
        break;
    }
    free(bytes);
}

static void error_step(struct station *station, struct input *input)
{
    uint8_t message[8 + PACKET_MOST] = {input_8(input), input_8(input)};
    uint8_t ago = input_8(input), edits = input_8(input);
    size_t len, quoted = input_16(input) % PACKET_MOST;
    const uint8_t *frame = station_sent(station, ago % 8, &len);

    number_put(message + 6, 2, input_16(input));
    if (!frame)
        return;
    if (ago & 64)
        message[0] = 3;
    if (quoted > len - STATION_ETHERNET)
        quoted = len - STATION_ETHERNET;
    memcpy(message + 8, frame + STATION_ETHERNET, quoted);
    for (int i = 0; i < edits % 5; i++) {
        uint8_t at = input_8(input);
        message[8 + at] ^= input_8(input);
    }
    station_packet(station, 1, message, 8 + quoted, edits >= 250 ? -1 : 2);
}

static void message_step(struct station *station, struct input *input)
{
    size_t len;
    uint8_t sums = input_8(input);
    uint8_t *message = input_block(input, PACKET_MOST, &len);

    if (len)
        station_packet(station, 1, message, len, sums >= 250 ? -1 : 2);
    free(message);
}

static void step(struct scene *scene, struct input *input)
{
    struct station *station = &scene->station;
    uint64_t step_ns = 0;

    switch (input_8(input) % 8) {
    case 0:
    case 1: send_step(scene, input); break;
    case 2: message_step(station, input); break;
    case 3: step_ns = input_8(input) * 10 * MS_NS; break;
    case 4:
        talk_good_segment(station, &scene->talks[0],
                          (struct talk_good){.flags = FLAG_ACK, .data = input_8(input)});
        break;
    default: error_step(station, input); break;
    }
    if (station->now_ns + step_ns < scene->limit_ns)
        station_run(station, step_ns);
}

static void scene_start(struct scene *scene)
{
    struct stack_config config = station_config(&scene->station);
    struct station *station = &scene->station;
    struct endpoint remote = {address_v4(PEER_ADDRESS), 80}, local = {address_v4(0), ECHO_PORT};
    const struct udp_handler handler = {received, failed, scene};
    struct talk *talk = &scene->talks[0];

    *talk = (struct talk){.remote_port = 80, .peer_iss = 5000};
    station->heard = talk_heard;
    station->user = scene->talks;
    station_start(station, &config);
    station_meet(station);
    must(!udp_open(station->stack, &scene->udp, &handler));
    must(!icmp_open(station->stack, &scene->echo, &handler));
    must(!udp_bind(scene->echo, &local));
    must(!tcp_open(station->stack, &talk->conn, noted, scene));
    must(!tcp_connect(talk->conn, &remote, station->now_ns));
    talk_good_segment(station, talk, (struct talk_good){.flags = FLAG_SYN | FLAG_ACK});
    scene->limit_ns = station->now_ns + 60 * S_NS;
}

static void scene_stop(struct scene *scene)
{
    struct tcp_info info;

    tcp_info(scene->talks[0].conn, &info);
    must(info.state == TCP_ESTABLISHED && info.mss >= 48);
    tcp_abort(scene->talks[0].conn, scene->station.now_ns);
    udp_close(scene->udp);
    udp_close(scene->echo);
    station_must_let_go(&scene->station);
    station_stop(&scene->station);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct scene scene = {0};

    scene_start(&scene);
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++)
        step(&scene, &input);
    scene_stop(&scene);
    return 0;
}
