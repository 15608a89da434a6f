/* TCP in every state: calls of programs, time, and segments near those that would be right. See talk.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/talk.h"

enum { STEPS_MOST = 400 };

struct scene {
    struct station station;
    struct talk talks[TALKS];
    struct tcp_conn *listener;
    unsigned events;
    bool in_batch;
};

static void noted(void *user, struct tcp_conn *conn, unsigned events)
{
    struct scene *scene = user;

    (void)conn;
    scene->events |= events;
}

/* ---- the program's calls ---- */

static void talk_forget_program(struct talk *talk)
{
    talk->conn = NULL;
    talk->written = 0;
    talk->read_known = false;
}

static void program_connect(struct scene *scene, struct talk *talk)
{
    struct endpoint remote = {address_v4(PEER_ADDRESS), talk->remote_port};
    struct station *station = &scene->station;

    if (talk->conn || talk >= scene->talks + TALKS_OPENED)
        return;
    talk_forget_program(talk);
    talk->opened = talk->answered = false;
    if (!tcp_open(station->stack, &talk->conn, noted, scene))
        tcp_connect(talk->conn, &remote, station->now_ns);
}

static void program_listen(struct scene *scene, int backlog)
{
    struct endpoint local = {address_v4(0), LISTENER_PORT};

    if (scene->listener || tcp_open(scene->station.stack, &scene->listener, noted, scene))
        return;
    must(!tcp_bind(scene->listener, &local));
    must(!tcp_listen(scene->listener, backlog));
}

static struct talk *talk_of(struct scene *scene, struct tcp_conn *conn)
{
    struct tcp_info info;

    tcp_info(conn, &info);
    for (int i = 0; i < TALKS; i++)
        if (scene->talks[i].remote_port == info.remote.port)
            return &scene->talks[i];
    return NULL;
}

static void program_accept(struct scene *scene)
{
    struct tcp_conn *conn;

    if (!scene->listener || tcp_accept(scene->listener, &conn))
        return;
    struct talk *talk = talk_of(scene, conn);
    must(talk);
    if (talk->conn || talk < scene->talks + TALKS_OPENED) {
        tcp_abort(conn, scene->station.now_ns);
        return;
    }
    tcp_set_owner(conn, noted, scene);
    talk->conn = conn;
    talk->written = 0;
}

static void program_write(struct scene *scene, struct talk *talk, size_t most)
{
    struct iovec pieces[2];
    size_t put = 0;

    for (int i = 0, count = tcp_writable(talk->conn, pieces); i < count; i++)
        for (size_t k = 0; k < pieces[i].iov_len && put < most; k++, put++)
            ((uint8_t *)pieces[i].iov_base)[k] =
                talk_byte_of_program(talk->written + (uint32_t)put);
    talk->written += (uint32_t)put;
    if (put)
        tcp_produce(talk->conn, put, scene->station.now_ns);
}

static void program_read(struct scene *scene, struct talk *talk, size_t most)
{
    struct iovec pieces[2];
    size_t took = 0;

    for (int i = 0, count = tcp_readable(talk->conn, pieces); i < count; i++)
        for (size_t k = 0; k < pieces[i].iov_len && took < most; k++, took++)
            must(!talk->read_known || ((uint8_t *)pieces[i].iov_base)[k] ==
                                          talk_byte_of_peer(talk->read_seq + (uint32_t)took));
    talk->read_seq += (uint32_t)took;
    tcp_consume(talk->conn, took, scene->station.now_ns);
}

static void program_close(struct scene *scene, struct talk *talk, bool abort)
{
    struct tcp_conn *conn = talk->conn;

    talk_forget_program(talk);
    if (abort) {
        tcp_abort(conn, scene->station.now_ns);
        return;
    }
    tcp_set_owner(conn, NULL, NULL);
    tcp_close(conn, scene->station.now_ns);
}

static void program_settings(struct scene *scene, struct talk *talk, struct input *input)
{
    static const char *const names[] = {"cubic", "newreno", "vegas", "westwood", "bic", "none"};
    struct tcp_settings settings = *tcp_settings(talk->conn);

    settings.user_timeout_ms = input_16(input);
    settings.linger_s = (int8_t)input_8(input);
    settings.keepalive = input_8(input) & 1;
    settings.keep_idle_s = input_8(input);
    settings.keep_interval_s = input_8(input);
    settings.keep_count = input_8(input);
    settings.nodelay = input_8(input) & 1;
    tcp_settings_set(talk->conn, &settings, scene->station.now_ns);
    tcp_set_congestion(talk->conn, names[input_8(input) % 6]);
    tcp_set_buffers(talk->conn, input_16(input), input_16(input));
}

/* ---- the network ---- */

/* An ICMP error about a frame that the station has sent. */
static void error_about(struct station *station, struct input *input)
{
    uint8_t message[8 + 60 + 8] = {0}, type = input_8(input), code = input_8(input);
    size_t len;
    const uint8_t *frame = station_sent(station, input_8(input) % 4, &len);
    uint16_t mtu = input_16(input);

    if (!frame || len < STATION_HEADERS + 8)
        return;
    message[0] = type & 3 ? 3 : type;
    message[1] = type & 1 ? 4 : code;
    number_put(message + 6, 2, mtu);
    memcpy(message + 8, frame + STATION_ETHERNET, 28);
    if (code & 128) /* another sequence number than that of the segment */
        message[8 + 20 + 4 + code % 4] ^= mtu & 255;
    station_packet(station, 1, message, 8 + 28, 2);
}

/* The peer's next good segment: its part of the handshake, then ACKs with data, without, or ahead of a hole. */
static void peer_behaves(struct station *station, struct talk *talk, uint8_t how)
{
    bool passive = talk->remote_port >= 2000;
    struct talk_good good = {
        .flags = FLAG_ACK | (how >= 250 ? FLAG_FIN : 0),
        .data = how % 4 == 0 || how % 4 == 3 ? how * 20u : 0,
        .ahead = how % 4 == 3 ? how / 4 * 50u : 0,
    };

    if (!talk->answered) {
        talk->local_port = passive ? LISTENER_PORT : talk->local_port;
        talk_good_segment(station, talk,
                          (struct talk_good){.flags = passive ? FLAG_SYN : FLAG_SYN | FLAG_ACK,
                                             .offers = how & 1});
        if (!passive)
            return;
    }
    talk_good_segment(station, talk, good);
}

/* ---- steps ---- */

static void call_step(struct scene *scene, struct talk *talk, struct input *input)
{
    uint8_t call = input_8(input) % 16, argument = input_8(input);

    if (call < 3)
        program_connect(scene, talk);
    else if (call == 3)
        program_listen(scene, argument);
    else if (call == 4)
        program_accept(scene);
    if (!talk->conn || call < 5)
        return;
    switch (call) {
    case 5:
    case 6:
    case 7: program_write(scene, talk, (size_t)argument * argument); break;
    case 8:
    case 9:
    case 10: program_read(scene, talk, (size_t)argument * argument); break;
    case 11:
    case 12: tcp_shutdown(talk->conn, scene->station.now_ns); break;
    case 13: program_settings(scene, talk, input); break;
    default: program_close(scene, talk, call == 15); break;
    }
}

static void time_step(struct scene *scene, struct input *input)
{
    uint8_t how = input_8(input);

    if (how < 64)
        station_run(&scene->station, how * MS_NS);
    else if (how < 192)
        station_next(&scene->station, 300 * S_NS);
    else
        station_run(&scene->station, (how - 191) * 4 * S_NS);
}

static void device_step(struct scene *scene, struct input *input)
{
    struct station *station = &scene->station;

    switch (input_8(input) % 8) {
    case 0: station->no_room = true; break;
    case 1: stack_link(station->stack, false, station->now_ns); break;
    case 2: stack_link(station->stack, true, station->now_ns); break;
    case 3: station->keeps_silent = !station->keeps_silent; break;
    case 4:
    case 5:
        if (!scene->in_batch)
            stack_batch_begin(station->stack);
        scene->in_batch = true;
        break;
    default:
        station->no_room = false;
        stack_room(station->stack, station->now_ns);
        break;
    }
}

/* The board's frames that came together end where anything but a frame comes. */
static void batch_end(struct scene *scene)
{
    if (scene->in_batch)
        stack_batch_end(scene->station.stack, scene->station.now_ns);
    scene->in_batch = false;
}

static void step(struct scene *scene, struct input *input)
{
    uint8_t what = input_8(input);
    struct talk *talk = &scene->talks[what % TALKS];

    what /= TALKS;
    if (what >= 14 && what < 26)
        batch_end(scene);
    if (what < 10)
        talk_segment(&scene->station, talk, input);
    else if (what < 14)
        peer_behaves(&scene->station, talk, input_8(input));
    else if (what < 22)
        call_step(scene, talk, input);
    else if (what < 26)
        time_step(scene, input);
    else if (what < 29)
        error_about(&scene->station, input);
    else
        device_step(scene, input);
}

static void talk_must_be_sound(const struct scene *scene, const struct talk *talk)
{
    struct tcp_info info;

    if (!talk->conn)
        return;
    tcp_info(talk->conn, &info);
    must(info.state <= TCP_TIME_WAIT && *tcp_state_name(info.state));
    must(info.receive_queue <= info.receive_buffer || !info.receive_buffer);
    must(info.send_queue <= info.send_buffer + 2 || !info.send_buffer);
    must(info.unacked_bytes <= info.send_queue + 2);
    if (info.state < TCP_ESTABLISHED)
        return;
    must(info.mss >= 48 && info.cwnd >= 1);
    must(!info.unacked_bytes || info.timer_ns != UINT64_MAX || scene->station.no_room ||
         scene->in_batch);
}

static void scene_start(struct scene *scene, struct input *input)
{
    struct stack_config config = station_config(&scene->station);
    uint8_t how = input_8(input);

    scene->station.heard = talk_heard;
    scene->station.user = scene->talks;
    scene->station.seed = how;
    scene->station.verified = how & 1;
    config.tcp_timestamps = how & 2;
    config.device.features = how & 4 ? DEVICE_CSUM_SEND | DEVICE_CSUM_RECEIVE | DEVICE_TSO4 : 0;
    config.device.max_frame = how & 4 ? 65549 : 0;
    config.tcp_receive_bytes = how & 8 ? 1 << 20 : how & 16 ? 4096 : 0;
    config.tcp_send_bytes = how & 32 ? 1 << 20 : how & 64 ? 4096 : 0;
    for (int i = 0; i < TALKS; i++)
        scene->talks[i] = (struct talk){
            .remote_port = (uint16_t)(i < TALKS_OPENED ? 80 + i : 2000 + i - TALKS_OPENED),
            .local_port = LISTENER_PORT,
            .peer_iss = 0xfffffc00u + 0x20000000u * (uint32_t)i,
        };
    station_start(&scene->station, &config);
    station_meet(&scene->station);
}

static void scene_stop(struct scene *scene)
{
    batch_end(scene);
    for (int i = 0; i < TALKS; i++)
        if (scene->talks[i].conn)
            program_close(scene, &scene->talks[i], false);
    if (scene->listener)
        tcp_close(scene->listener, scene->station.now_ns);
    station_must_let_go(&scene->station);
    station_stop(&scene->station);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct scene scene = {0};

    scene_start(&scene, &input);
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++) {
        step(&scene, &input);
        for (int i = 0; i < TALKS; i++)
            talk_must_be_sound(&scene, &scene.talks[i]);
    }
    scene_stop(&scene);
    return 0;
}
