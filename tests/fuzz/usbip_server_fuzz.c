/* The USB/IP server: clients that send messages in pieces, out of order, with lengths that lie; transfers that end in any way.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: what the server answers to a client that keeps to the format can be read to its end, each request is answered once
 * and no other; when all is over no transfer is in flight.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/usbip/server_internal.h"
#include "tests/fuzz/fuzz.h"

enum { STEPS_MOST = 150, PENDING_MOST = 512, CLIENTS = 2, SEQNUMS = 512, HEARD_MOST = 1 << 20 };

struct board {
    struct transport transport;
    struct transfer *pending[PENDING_MOST];
    unsigned count;
    bool lost; /* a transfer has ended with -ENODEV: the session ends */
};

struct client {
    int fd;
    bool judged;     /* it has kept to the format so far */
    uint32_t seqnum; /* of its next message */
    enum { NOTHING, SUBMITTED_OUT, SUBMITTED_IN, UNLINKED } asked[SEQNUMS];
    bool import_asked, imported, unlinks; /* what it has sent */
    uint8_t *heard;
    size_t heard_len;
};

struct scene {
    struct board board;
    struct usbip_server *server;
    struct client clients[CLIENTS];
    uint64_t now_ns;
};

/* ---- the board ---- */

static int board_submit(struct transport *transport, struct transfer *transfer)
{
    struct board *board = (struct board *)transport;

    if (board->count == PENDING_MOST || transfer->endpoint % 16 > 2)
        return board->count == PENDING_MOST ? -ENOMEM : -EINVAL;
    board->pending[board->count++] = transfer;
    return 0;
}

static void board_end(struct board *board, unsigned index, int status, uint32_t actual)
{
    struct transfer *transfer = board->pending[index];

    memmove(&board->pending[index], &board->pending[index + 1],
            (--board->count - index) * sizeof board->pending[0]);
    transfer->status = status;
    transfer->actual = actual < transfer->length ? actual : transfer->length;
    transfer->done(transfer);
}

static void board_cancel(struct transport *transport, struct transfer *transfer)
{
    struct board *board = (struct board *)transport;

    for (unsigned i = 0; i < board->count; i++)
        if (board->pending[i] == transfer) {
            board_end(board, i, -ECANCELED, 0);
            return;
        }
}

static uint64_t board_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    (void)until_ns;
    return transport->now_ns = wall_ns;
}

static uint64_t board_deadline(struct transport *transport)
{
    (void)transport;
    return TIME_NEVER;
}

static int board_fds(struct transport *transport, struct pollfd *fds, int max)
{
    (void)transport, (void)fds, (void)max;
    return 0;
}

/* ---- what a client hears ---- */

/* Takes one message off at, of len bytes. Returns its length, or 0 if it is not all there. */
static size_t message_judge(struct client *client, const uint8_t *at, size_t len)
{
    uint32_t command = len >= 8 ? number_get(at, 4) : 0,
             seqnum = len >= 8 ? number_get(at + 4, 4) : 0;

    if (!client->imported) {
        must(len < 8 || number_get(at, 2) == 0x0111);
        client->imported = len >= 8 && number_get(at + 2, 2) == 0x0003 && !seqnum;
        client->judged = client->imported || len < 8; /* else the conversation ends here */
        return client->imported ? 8 + DEVICE_BLOCK_BYTES : 0;
    }
    if (len < URB_BYTES)
        return 0;
    must(seqnum < SEQNUMS && (command == RET_SUBMIT || command == RET_UNLINK));
    must(client->asked[seqnum] != NOTHING);
    must((client->asked[seqnum] == UNLINKED) == (command == RET_UNLINK));
    size_t data = client->asked[seqnum] == SUBMITTED_IN ? number_get(at + 24, 4) : 0;
    if (len < URB_BYTES + data)
        return 0;
    client->asked[seqnum] = NOTHING; /* an answer comes once */
    return URB_BYTES + data;
}

static void client_listen(struct client *client)
{
    ssize_t got = 1;

    while (client->fd >= 0 && client->heard_len < HEARD_MOST && got > 0) {
        got = recv(client->fd, client->heard + client->heard_len, HEARD_MOST - client->heard_len,
                   MSG_DONTWAIT);
        client->heard_len += got > 0 ? (size_t)got : 0;
    }
    size_t at = 0, used = 1;
    while (client->judged && used && at < client->heard_len) {
        used = message_judge(client, client->heard + at, client->heard_len - at);
        if (used > client->heard_len - at)
            client->judged =
                false; /* an import's answer came in parts, which does not happen here */
        else
            at += used;
    }
    memmove(client->heard, client->heard + at, client->heard_len - at);
    client->heard_len -= at;
    if (!client->judged)
        client->heard_len = 0;
}

/* ---- what a client says ---- */

static void say(struct client *client, const uint8_t *bytes, size_t len)
{
    if (client->fd < 0 || !len)
        return;
    if (send(client->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)len)
        client->judged = false;
}

static void operation_step(struct client *client, struct input *input)
{
    uint8_t message[40] = {1, 0x11}, how = input_8(input);

    number_put(message + 2, 2, how & 1 ? REQ_IMPORT : how & 2 ? REQ_DEVLIST : input_16(input));
    if (how & 1)
        memcpy(message + 8, BUSID, sizeof BUSID);
    if (how & 8)
        message[8 + how % 32] ^= input_8(input);
    client->judged &= (how & 9) == 1 && !client->import_asked;
    client->import_asked = true;
    say(client, message, how & 1 ? sizeof message : 8);
}

static void submit_step(struct client *client, struct input *input)
{
    uint8_t message[URB_BYTES + 2000] = {0}, how = input_8(input);
    bool in = how & 1;
    uint32_t len = input_16(input) % (how & 2 ? 2000 : 70), seqnum = client->seqnum;

    number_put(message, 4, CMD_SUBMIT);
    number_put(message + 4, 4, seqnum);
    number_put(message + 12, 4, in);
    number_put(message + 16, 4, how >> 2 & 3);
    number_put(message + 20, 4, how & 16 ? 0x40 : 0);
    number_put(message + 24, 4, len);
    message[40] = in ? 0x80 : 0;
    message[46] = (uint8_t)len;
    message[47] = (uint8_t)(len >> 8);
    if (how >= 224) { /* a field that lies */
        message[input_8(input) % URB_BYTES] ^= input_8(input);
        client->judged = false;
    }
    if (seqnum + 1 < SEQNUMS) {
        client->asked[seqnum] = in ? SUBMITTED_IN : SUBMITTED_OUT;
        client->seqnum++;
    } else {
        client->judged = false;
    }
    say(client, message, URB_BYTES + (in ? 0 : len));
}

/* Of a message before, or of one to come. */
static void unlink_step(struct client *client, struct input *input)
{
    uint8_t message[URB_BYTES] = {0};
    uint32_t seqnum = client->seqnum;

    number_put(message, 4, CMD_UNLINK);
    number_put(message + 4, 4, seqnum);
    number_put(message + 20, 4, seqnum + (uint32_t)(int8_t)input_8(input));
    client->judged &= seqnum + 1 < SEQNUMS;
    client->unlinks = true;
    if (client->judged) {
        client->asked[seqnum] = UNLINKED;
        client->seqnum++;
    }
    say(client, message, sizeof message);
}

static void bytes_step(struct client *client, struct input *input)
{
    size_t len;
    uint8_t *bytes = input_block(input, 200, &len);

    client->judged &= !len;
    say(client, bytes, len);
    free(bytes);
}

static void client_connect(struct scene *scene, struct client *client)
{
    int ends[2];

    for (int i = 0; i < USBIP_SERVER_SESSIONS && client->fd < 0; i++) {
        struct session *session = &scene->server->sessions[i];
        if (session->server)
            continue;
        must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends));
        session_open(session, scene->server, ends[0]);
        uint8_t *heard = client->heard;
        *client = (struct client){.fd = ends[1], .judged = true, .seqnum = 1, .heard = heard};
    }
}

static void end_step(struct board *board, struct input *input)
{
    static const int errors[] = {0, 0, 0, -EPIPE, -EOVERFLOW, -EPROTO, -ENODEV, -ECANCELED};
    uint8_t which = input_8(input), error = input_8(input);

    if (!board->count)
        return;
    board->lost |= errors[error % 8] == -ENODEV;
    board_end(board, which % board->count, errors[error % 8], input_16(input));
}

static void step(struct scene *scene, struct input *input)
{
    uint8_t what = input_8(input);
    struct client *client = &scene->clients[what >> 7];

    switch (what % 16) {
    case 0: operation_step(client, input); break;
    case 1: bytes_step(client, input); break;
    case 2:
    case 3: unlink_step(client, input); break;
    case 4:
    case 5:
    case 6: end_step(&scene->board, input); break;
    case 7: client_connect(scene, client); break;
    case 8:
        if (input_8(input) >= 192 && client->fd >= 0) {
            close(client->fd);
            client->fd = -1;
        }
        break;
    case 9:
    case 10: usbip_server_poll(scene->server, scene->now_ns += MS_NS); break;
    case 11: client_listen(client); break;
    default: submit_step(client, input); break;
    }
}

static uint64_t wall(void)
{
    static uint64_t now_ns;

    return now_ns += 300 * MS_NS;
}

static void scene_start(struct scene *scene)
{
    static const struct transport_ops ops = {.submit = board_submit,
                                             .cancel = board_cancel,
                                             .poll = board_poll,
                                             .deadline = board_deadline,
                                             .fds = board_fds};

    scene->board.transport.ops = &ops;
    scene->server = calloc(1, sizeof *scene->server);
    must(scene->server);
    scene->server->transport = &scene->board.transport;
    scene->server->listener = -1;
    scene->server->wall_ns = wall;
    scene->server->device.interfaces = 1;
    for (int i = 0; i < USBIP_SERVER_SESSIONS; i++)
        scene->server->sessions[i].fd = -1;
    for (int i = 0; i < CLIENTS; i++) {
        scene->clients[i] = (struct client){.fd = -1, .heard = malloc(HEARD_MOST)};
        must(scene->clients[i].heard);
        client_connect(scene, &scene->clients[i]);
    }
}

/* Once every transfer has ended, whoever has kept to the format and unlinked none has an answer to each. */
static void all_must_be_answered(struct scene *scene)
{
    usbip_server_poll(scene->server, scene->now_ns);
    while (scene->board.count)
        board_end(&scene->board, 0, 0, 5);
    usbip_server_poll(scene->server, scene->now_ns);
    for (int i = 0; i < CLIENTS; i++) {
        struct client *client = &scene->clients[i];
        client_listen(client);
        if (!client->judged || !client->imported || client->unlinks || client->fd < 0 ||
            scene->board.lost)
            continue;
        for (int k = 0; k < SEQNUMS; k++)
            must(client->asked[k] == NOTHING);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct scene scene = {.now_ns = S_NS};

    scene_start(&scene);
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++)
        step(&scene, &input);
    all_must_be_answered(&scene);
    usbip_server_close(scene.server);
    must(scene.board.count == 0);
    for (int i = 0; i < CLIENTS; i++) {
        free(scene.clients[i].heard);
        if (scene.clients[i].fd >= 0)
            close(scene.clients[i].fd);
    }
    return 0;
}
