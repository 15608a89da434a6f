/* The USB/IP client with a board imported: a server that answers late, twice, never, with bytes in pieces, or with nonsense.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: every transfer ends exactly once, with no more bytes than it has room for; what an answer carries is what the
 * transfer holds; a server that breaks the format loses the board.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driver/usbip_internal.h"
#include "tests/fuzz/fuzz.h"

enum { STEPS_MOST = 150, PLACES = 16, ROOM = 300 };

struct scene;

struct place {
    struct scene *scene;
    struct transfer transfer;
    uint32_t seqnum; /* of its CMD_SUBMIT, as the server counts them */
    bool flying;
    uint8_t fill; /* of the bytes in the answer */
    uint8_t *data;
};

struct scene {
    struct transport *transport;
    int server; /* -1: it has hung up */
    uint64_t now_ns;
    uint32_t next_seqnum; /* of the client's next message */
    struct place places[PLACES];
    bool honest; /* the server has kept to the format, and in whole messages */
};

static void ended(struct transfer *transfer)
{
    struct place *place = transfer->user;

    must(place->flying);
    must(transfer->status <= 0 && transfer->actual <= transfer->length);
    place->flying = false;
    if (place->scene->honest && transfer->status == 0 && transfer->endpoint & 0x80)
        for (uint32_t i = 0; i < transfer->actual; i++)
            must(transfer->data[i] == place->fill);
}

static void submit_step(struct scene *scene, struct place *place, struct input *input)
{
    static const uint8_t endpoints[] = {0x00, 0x01, 0x81, 0x82};
    uint8_t how = input_8(input);

    if (place->flying)
        return;
    free(place->data);
    place->data = calloc(1, ROOM);
    must(place->data);
    place->transfer = (struct transfer){.endpoint = endpoints[how % 4],
                                        .data = place->data,
                                        .length = input_16(input) % (ROOM + 1),
                                        .zero_packet = how & 4,
                                        .done = ended,
                                        .user = place};
    place->transfer.setup[0] = how & 8 ? 0x80 : 0;
    place->flying = true;
    if (scene->transport->ops->submit(scene->transport, &place->transfer))
        place->flying = false;
    else
        place->seqnum = scene->next_seqnum++;
}

static void cancel_step(struct scene *scene, struct place *place)
{
    if (!place->flying)
        return;
    scene->next_seqnum++; /* if it was not cancelled before */
    scene->transport->ops->cancel(scene->transport, &place->transfer);
    scene->honest = false;
}

static void say(struct scene *scene, const uint8_t *bytes, size_t len)
{
    if (scene->server >= 0 && len)
        (void)!send(scene->server, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* What the client sends is taken off its hands, and must be messages. */
static void listen_step(struct scene *scene)
{
    uint8_t bytes[4096];

    while (scene->server >= 0 && recv(scene->server, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
}

static void answer_step(struct scene *scene, struct place *place, struct input *input)
{
    uint8_t message[USBIP_URB_BYTES + ROOM] = {0}, how = input_8(input);
    uint32_t actual = input_16(input) % (ROOM + 1);
    bool in = place->transfer.endpoint ? place->transfer.endpoint & 0x80
                                       : place->transfer.setup[0] & 0x80;
    size_t len = USBIP_URB_BYTES;

    if (actual > place->transfer.length && !(how & 1))
        actual = place->transfer.length;
    number_put(message, 4, how & 2 ? USBIP_RET_UNLINK : USBIP_RET_SUBMIT);
    number_put(message + 4, 4, place->seqnum + (how & 2 ? input_8(input) % 8u : 0));
    number_put(message + 20, 4, how & 4 ? input_32(input) : 0);
    number_put(message + 24, 4, actual);
    memset(message + USBIP_URB_BYTES, how, actual);
    if (in && !(how & 2))
        len += actual;
    if (how >= 224)
        message[input_8(input) % USBIP_URB_BYTES] ^= input_8(input);
    if (how & 3 || how >= 224 || !place->flying)
        scene->honest = false;
    size_t cut = how & 8 ? input_16(input) % (len + 1) : len;
    if (scene->honest)
        place->fill = how;
    say(scene, message, cut);
    scene->transport->ops->poll(scene->transport, scene->now_ns, TIME_NEVER);
    say(scene, message + cut, len - cut);
    if (scene->honest) {
        scene->transport->ops->poll(scene->transport, scene->now_ns, TIME_NEVER);
        must(!place->flying);
    }
}

static void bytes_step(struct scene *scene, struct input *input)
{
    size_t len;
    uint8_t *bytes = input_block(input, 100, &len);

    if (len)
        scene->honest = false;
    say(scene, bytes, len);
    free(bytes);
}

static void poll_step(struct scene *scene, struct input *input)
{
    struct pollfd fds[2];

    scene->now_ns += input_8(input) * 20 * MS_NS;
    must(scene->transport->ops->poll(scene->transport, scene->now_ns, TIME_NEVER) == scene->now_ns);
    must(scene->transport->ops->fds(scene->transport, fds, 2) <= 1);
    (void)scene->transport->ops->deadline(scene->transport);
}

static void step(struct scene *scene, struct input *input)
{
    uint8_t what = input_8(input);
    struct place *place = &scene->places[what / 16];

    switch (what % 16) {
    case 0: bytes_step(scene, input); break;
    case 1: cancel_step(scene, place); break;
    case 2:
    case 3: poll_step(scene, input); break;
    case 4: listen_step(scene); break;
    case 5:
        if (input_8(input) < 240 || scene->server < 0)
            break;
        close(scene->server);
        scene->server = -1;
        scene->honest = false;
        break;
    case 6:
    case 7:
    case 8:
    case 9: answer_step(scene, place, input); break;
    default: submit_step(scene, place, input); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct scene scene = {.now_ns = S_NS, .next_seqnum = 1, .honest = true};
    const struct usbip_device device = {.busid = "1-1", .devid = 0x10002, .speed = SPEED_HIGH};
    int ends[2];

    must(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
    scene.server = ends[1];
    for (int i = 0; i < PLACES; i++)
        scene.places[i].scene = &scene;
    scene.transport = usbip_make(ends[0], &device, "usbip fuzz", "");
    must(scene.transport);
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++)
        step(&scene, &input);
    scene.transport->ops->close(scene.transport);
    for (int i = 0; i < PLACES; i++) {
        must(!scene.places[i].flying);
        free(scene.places[i].data);
    }
    if (scene.server >= 0)
        close(scene.server);
    return 0;
}
