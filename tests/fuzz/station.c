/* A stack that is fuzzed, in virtual time.
 *
 * SPDX-License-Identifier: MIT
 */
#include "tests/fuzz/station.h"

#include "host/stack/tcp.h"
#include "tests/fuzz/well_formed.h"

enum { IDLE_POLLS = 2, LET_GO_STEPS = 20000 };
#define LET_GO_NS (24 * 3600 * S_NS)

const uint8_t STATION_MAC[6] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x15};
const uint8_t PEER_MAC[6] = {0x52, 0x55, 0x0a, 0x00, 0x02, 0x02};

static uint8_t *station_reserve(void *user, size_t len)
{
    struct station *station = user;

    if (station->no_room)
        return NULL;
    free(station->reserved);
    station->reserved = malloc(len ? len : 1);
    station->reserved_len = len;
    return station->reserved;
}

static void arp_notice(struct station *station, const uint8_t *frame, size_t len)
{
    bool request = len >= 42 && number_get(frame + 12, 2) == 0x0806 && frame[21] == 1;
    uint32_t sender = request ? number_get(frame + 28, 4) : 0;
    uint32_t target = request ? number_get(frame + 38, 4) : 0;

    if (sender && target != sender && !station->keeps_silent)
        station->asked = target;
}

static uint64_t station_commit(void *user, const struct vnet_header *vnet, size_t len)
{
    struct station *station = user;
    size_t slot = station->sent_count++ % STATION_KEEPS;

    must(station->reserved && len <= station->reserved_len);
    frame_must_be_well_formed(vnet, station->reserved, len, station->mtu);
    free(station->sent[slot].bytes);
    station->sent[slot].bytes = station->reserved;
    station->sent[slot].len = len;
    station->reserved = NULL;
    arp_notice(station, station->sent[slot].bytes, len);
    if (station->heard)
        station->heard(station->user, station->sent[slot].bytes, len);
    return 0;
}

static void read_line(void *user, uint64_t now_ns, enum journal_level level, const char *layer,
                      const char *text)
{
    (void)user, (void)now_ns, (void)level;
    must(layer && strlen(text) < 16384);
}

struct stack_config station_config(struct station *station)
{
    struct stack_config config = {
        .device = {.mtu = 1500,
                   .reserve = station_reserve,
                   .commit = station_commit,
                   .user = station},
        .journal = &station->journal,
        .random = fuzz_random,
        .random_user = &station->seed,
        .source = ADDRESS_STATIC,
        .address = address_v4(STATION_ADDRESS),
        .gateway = address_v4(PEER_ADDRESS),
        .prefix_len = 24,
        .skip_probing = true,
        .max_connections = 16,
    };

    memset(station, 0, sizeof *station);
    memcpy(config.device.mac, STATION_MAC, 6);
    station->journal = (struct journal){read_line, NULL, JOURNAL_EVENT};
    station->now_ns = S_NS;
    return config;
}

void station_start(struct station *station, const struct stack_config *config)
{
    station->mtu = config->device.mtu;
    must(!stack_create(&station->stack, config, station->now_ns));
    stack_link(station->stack, true, station->now_ns);
    station_run(station, 0);
}

void station_stop(struct station *station)
{
    stack_destroy(station->stack);
    free(station->reserved);
    for (int i = 0; i < STATION_KEEPS; i++)
        free(station->sent[i].bytes);
}

static void asked_answer(struct station *station)
{
    uint8_t frame[60] = {0};
    uint32_t asked = station->asked;

    if (!asked)
        return;
    station->asked = 0;
    memcpy(frame, STATION_MAC, 6);
    memcpy(frame + 6, PEER_MAC, 6);
    number_put(frame + 12, 2, 0x0806);
    number_put(frame + 14, 4, 0x00010800);
    number_put(frame + 18, 4, 0x06040002);
    memcpy(frame + 22, PEER_MAC, 6);
    number_put(frame + 28, 4, asked);
    memcpy(frame + 32, STATION_MAC, 6);
    number_put(frame + 38, 4, STATION_ADDRESS);
    station_input(station, frame, sizeof frame);
}

void station_meet(struct station *station)
{
    station->asked = PEER_ADDRESS;
    asked_answer(station);
}

/* Polls at the present time until no deadline is in the past. */
static void poll_now(struct station *station)
{
    int idle = 0;

    do {
        uint64_t sent = station->sent_count;
        stack_poll(station->stack, station->now_ns);
        asked_answer(station);
        idle = station->sent_count == sent ? idle + 1 : 0;
        must(idle <= IDLE_POLLS);
    } while (stack_deadline(station->stack) <= station->now_ns);
}

bool station_next(struct station *station, uint64_t limit_ns)
{
    uint64_t next = stack_deadline(station->stack);

    if (next > station->now_ns + limit_ns)
        return false;
    if (next > station->now_ns)
        station->now_ns = next;
    poll_now(station);
    return true;
}

void station_run(struct station *station, uint64_t ns)
{
    uint64_t end = station->now_ns + ns;

    while (station_next(station, end - station->now_ns))
        ;
    station->now_ns = end;
    poll_now(station);
}

void station_input(struct station *station, const uint8_t *frame, size_t len)
{
    struct vnet_header vnet = {.flags = station->verified ? VNET_DATA_VALID : 0, .num_buffers = 1};
    uint8_t *copy = malloc(len ? len : 1);

    must(copy);
    if (len)
        memcpy(copy, frame, len);
    stack_input(station->stack, &vnet, copy, len, station->now_ns);
    free(copy);
    asked_answer(station);
}

void station_header_sum(uint8_t *frame)
{
    number_put(frame + 24, 2, 0);
    number_put(frame + 24, 2, (uint16_t)~ones_sum(0, frame + 14, 4 * (frame[14] & 15u)));
}

void station_headers(uint8_t *frame, uint32_t source, uint32_t destination, uint8_t protocol,
                     size_t payload_len)
{
    memset(frame, 0, STATION_HEADERS);
    memcpy(frame, STATION_MAC, 6);
    memcpy(frame + 6, PEER_MAC, 6);
    number_put(frame + 12, 2, 0x0800);
    frame[14] = 0x45;
    number_put(frame + 16, 2, STATION_IP + (uint32_t)payload_len);
    frame[22] = 64;
    frame[23] = protocol;
    number_put(frame + 26, 4, source);
    number_put(frame + 30, 4, destination);
    station_header_sum(frame);
}

void station_packet(struct station *station, uint8_t protocol, uint8_t *payload, size_t len,
                    int sums)
{
    uint8_t *frame = malloc(STATION_HEADERS + len);

    must(frame);
    station_headers(frame, PEER_ADDRESS, STATION_ADDRESS, protocol, len);
    memcpy(frame + STATION_HEADERS, payload, len);
    if (sums >= 0 && (size_t)sums + 2 <= len) {
        uint8_t *at = frame + STATION_HEADERS;
        uint32_t pseudo = protocol == 1 ? 0 : pseudo_sum(frame + 14, protocol, len);
        number_put(at + sums, 2, 0);
        number_put(at + sums, 2, (uint16_t)~ones_sum(pseudo, at, len));
    }
    station_input(station, frame, STATION_HEADERS + len);
    free(frame);
}

const uint8_t *station_sent(const struct station *station, unsigned ago, size_t *len)
{
    if (ago >= STATION_KEEPS || ago >= station->sent_count)
        return NULL;
    size_t slot = (station->sent_count - 1 - ago) % STATION_KEEPS;
    *len = station->sent[slot].len;
    return station->sent[slot].bytes;
}

static void count_one(void *user, struct tcp_conn *conn)
{
    (void)conn;
    ++*(unsigned *)user;
}

static unsigned connections(const struct station *station)
{
    unsigned count = 0;

    tcp_each(station->stack, count_one, &count);
    return count;
}

void station_must_let_go(struct station *station)
{
    station->no_room = false;
    stack_room(station->stack, station->now_ns);
    for (int step = 0; connections(station) > 0; step++)
        must(step < LET_GO_STEPS && station_next(station, LET_GO_NS));
}
