/* Any bytes as frames, through every layer, and told field by field (-vv).
 *
 * SPDX-License-Identifier: MIT
 *
 * Lengths and sums of IPv4, TCP and UDP are put right where the input says so, else few frames would get past them.
 */
#include "host/stack/dissect.h"
#include "host/stack/tcp.h"
#include "host/stack/udp.h"
#include "tests/fuzz/station.h"
#include "tests/fuzz/well_formed.h"

enum { FRAMES_MOST = 64, FRAME_MOST = 2000, PORT = 7 };

static void read_line(void *user, uint64_t now_ns, enum journal_level level, const char *layer,
                      const char *text)
{
    (void)user, (void)now_ns, (void)level;
    must(*layer && *text && strlen(text) < 16384);
}

static void received(void *user, const struct endpoint *from, const uint8_t *data, size_t len,
                     uint64_t now_ns)
{
    (void)user, (void)from, (void)data, (void)now_ns;
    must(len <= FRAME_MOST);
}

static void failed(void *user, const struct endpoint *to, int error, uint64_t now_ns)
{
    (void)user, (void)to, (void)error, (void)now_ns;
}

static void noted(void *user, struct tcp_conn *conn, unsigned events)
{
    (void)user, (void)conn, (void)events;
}

static void transport_sum(uint8_t *frame, size_t header, size_t len)
{
    uint8_t *transport = frame + STATION_ETHERNET + header, protocol = frame[23];
    size_t at = protocol == 6 ? 16 : protocol == 17 ? 6 : 2;

    if (len < at + 2)
        return;
    number_put(transport + at, 2, 0);
    uint32_t pseudo = protocol == 1 ? 0 : pseudo_sum(frame + STATION_ETHERNET, protocol, len);
    number_put(transport + at, 2, (uint16_t)~ones_sum(pseudo, transport, len));
}

static void put_right(uint8_t *frame, size_t len, uint8_t how)
{
    size_t header = len > STATION_ETHERNET ? 4 * (size_t)(frame[14] & 15) : 0;

    if (len < STATION_HEADERS || header < STATION_IP || STATION_ETHERNET + header > len)
        return;
    if (how & 1) {
        number_put(frame + 12, 2, 0x0800);
        frame[14] = (uint8_t)(0x40 | (frame[14] & 15));
    }
    if (!(how & 64))
        number_put(frame + 16, 2, (uint32_t)(len - STATION_ETHERNET));
    if (how & 2)
        number_put(frame + 30, 4, STATION_ADDRESS);
    if (how & 4)
        frame[20] = frame[21] = 0; /* no fragment */
    if (how & 8)
        transport_sum(frame, header, len - STATION_ETHERNET - header);
    station_header_sum(frame);
}

static void frame_step(struct station *station, struct input *input)
{
    uint8_t how = input_8(input);
    size_t len;
    uint8_t *frame = input_block(input, FRAME_MOST, &len);

    station->verified = how & 32;
    put_right(frame, len, how);
    if (how & 16 && len >= 6)
        memcpy(frame, STATION_MAC, 6);
    dissect_frame(&station->journal, station->now_ns, "in", frame, len);
    station_input(station, frame, len);
    free(frame);
    station_run(station, how & 128 ? 100 * MS_NS : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct station station;
    struct stack_config config = station_config(&station);
    const struct udp_handler handler = {received, failed, NULL};
    const struct endpoint local = {address_v4(0), PORT};
    struct udp_socket *udp;
    struct tcp_conn *listener;

    station.journal = (struct journal){read_line, NULL, JOURNAL_DETAIL};
    station_start(&station, &config);
    must(!udp_open(station.stack, &udp, &handler) && !udp_bind(udp, &local));
    must(!tcp_open(station.stack, &listener, noted, NULL) && !tcp_bind(listener, &local));
    must(!tcp_listen(listener, 4));
    for (int frames = 0; input_left(&input) && frames < FRAMES_MOST; frames++)
        frame_step(&station, &input);
    udp_close(udp);
    tcp_close(listener, station.now_ns);
    station_must_let_go(&station);
    station_stop(&station);
    return 0;
}
