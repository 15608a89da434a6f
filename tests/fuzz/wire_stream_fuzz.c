/* The wire's stream framing: a peer that sends lengths and bytes in pieces of any size, reads or does not, and hangs up.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: the frames that come out are those that went in, whole and in order, up to the first length that no frame has; what
 * the board sends arrives framed.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "driver/transport.h"
#include "sim/wire/backend.h"
#include "tests/fuzz/fuzz.h"

enum { STEPS_MOST = 80, LONGEST = 65550, SENT_MOST = 1 << 18 };

struct scene {
    struct backend *backend;
    int peer;
    uint64_t now_ns;
    bool no_room;
    uint8_t *sent;              /* what the peer has sent to this connection */
    size_t sent_len, taken;     /* of it, what frames have come out of */
    uint64_t from_board, heard; /* bytes that the board has sent, and this peer has read */
};

static void frame_came(void *user, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct scene *scene = user;
    size_t left = scene->sent_len - scene->taken;

    must(now_ns == scene->now_ns && !scene->no_room);
    must(left >= 4 && len <= LONGEST && number_get(scene->sent + scene->taken, 4) == len);
    must(left - 4 >= len && !memcmp(bytes, scene->sent + scene->taken + 4, len));
    scene->taken += 4 + len;
}

static bool has_room(void *user)
{
    return !((struct scene *)user)->no_room;
}

/* A listening socket that all runs share. */
static int listener(char *path, size_t room)
{
    static int fd = -1;
    struct sockaddr_un where = {.sun_family = AF_UNIX};

    snprintf(where.sun_path, sizeof where.sun_path, "/tmp/ferrite-fuzz-stream.%d", getpid());
    snprintf(path, room, "%s", where.sun_path);
    if (fd >= 0)
        return fd;
    unlink(where.sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    must(fd >= 0 && !bind(fd, (struct sockaddr *)&where, sizeof where) && !listen(fd, 8));
    return fd;
}

static void put(struct scene *scene, const uint8_t *bytes, size_t len)
{
    if (scene->peer < 0 || scene->sent_len + len > SENT_MOST)
        return;
    ssize_t went = send(scene->peer, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (went <= 0)
        return;
    memcpy(scene->sent + scene->sent_len, bytes, (size_t)went);
    scene->sent_len += (size_t)went;
}

static void frame_step(struct scene *scene, struct input *input)
{
    uint8_t how = input_8(input), bytes[4 + 2000];
    size_t len = how & 1 ? input_16(input) % 2000u : how;

    number_put(bytes, 4, (uint32_t)len);
    if (how >= 252)
        bytes[how % 4] ^= input_8(input);
    for (size_t i = 0; i < len; i++)
        bytes[4 + i] = (uint8_t)(i * 7 + len);
    put(scene, bytes, 4 + len);
}

/* A long frame, or what may be one. */
static void long_step(struct scene *scene, struct input *input)
{
    static uint8_t bytes[4 + LONGEST];
    uint32_t len = LONGEST - input_8(input) % 4 + input_8(input) % 8;

    number_put(bytes, 4, len);
    put(scene, bytes, 4 + (len < LONGEST ? len : LONGEST));
}

static void bytes_step(struct scene *scene, struct input *input)
{
    size_t len;
    uint8_t *bytes = input_block(input, 300, &len);

    if (len)
        put(scene, bytes, len);
    free(bytes);
}

static void board_step(struct scene *scene, struct input *input)
{
    uint8_t bytes[1514];
    size_t len = 14 + input_16(input) % 1501u;

    memset(bytes, 0x42, sizeof bytes);
    if (scene->backend->ops->send(scene->backend, bytes, len, scene->now_ns))
        scene->from_board += 4 + len;
}

/* The peer reads some; at the start of a frame stands its length. */
static void listen_step(struct scene *scene)
{
    uint8_t bytes[4096];
    ssize_t got = scene->peer < 0 ? 0 : recv(scene->peer, bytes, sizeof bytes, MSG_DONTWAIT);

    if (got <= 0)
        return;
    if (scene->heard == 0 && got >= 4)
        must(number_get(bytes, 4) >= 14 && number_get(bytes, 4) <= 1514);
    scene->heard += (uint64_t)got;
    must(scene->heard <= scene->from_board);
}

/* The last connection in the listener's queue; those before it are dead. */
static int last_connection(void)
{
    char path[108];
    int last = -1, fd;

    while ((fd = accept4(listener(path, sizeof path), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
           0) {
        if (last >= 0)
            close(last);
        last = fd;
    }
    return last;
}

static void peer_accept(struct scene *scene)
{
    if (scene->peer >= 0)
        close(scene->peer);
    scene->peer = last_connection();
    scene->sent_len = scene->taken = 0;
    scene->heard = 0;
}

/* Whoever sends a length that no frame has is hung up on. */
static void liar_must_be_gone(const struct scene *scene)
{
    bool lied = scene->peer >= 0 && scene->sent_len - scene->taken >= 4 &&
                number_get(scene->sent + scene->taken, 4) > LONGEST;

    if (lied && !scene->no_room)
        must(send(scene->peer, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) < 0);
}

static void poll_step(struct scene *scene, uint64_t ns)
{
    struct pollfd fds[2];

    scene->now_ns += ns;
    scene->backend->ops->poll(scene->backend, scene->now_ns);
    liar_must_be_gone(scene);
    must(scene->backend->ops->fds(scene->backend, fds, 2) <= 2);
    must(scene->backend->ops->deadline(scene->backend, scene->now_ns) >= scene->now_ns);
}

static void step(struct scene *scene, struct input *input)
{
    switch (input_8(input) % 16) {
    case 0: bytes_step(scene, input); break;
    case 1: long_step(scene, input); break;
    case 2:
    case 3: board_step(scene, input); break;
    case 4: listen_step(scene); break;
    case 5: scene->no_room = !scene->no_room; break;
    case 6: /* hangs up, and is there again after a second */
        if (input_8(input) < 192)
            break;
        scene->no_room = false; /* so that what it has said is read */
        if (scene->peer >= 0)
            close(scene->peer);
        scene->peer = -1;
        poll_step(scene, 0);
        poll_step(scene, S_NS);
        peer_accept(scene);
        break;
    case 7:
    case 8:
    case 9: poll_step(scene, input_8(input) * MS_NS); break;
    default: frame_step(scene, input); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, data + size};
    struct scene scene = {.peer = -1, .now_ns = S_NS, .sent = malloc(SENT_MOST)};
    const struct backend_port port = {frame_came, has_room, &scene};
    char path[108], error[200];

    must(scene.sent);
    int stale = listener(path, sizeof path) >= 0 ? last_connection() : -1; /* of the run before */
    if (stale >= 0)
        close(stale);
    must(!backend_stream_open(&scene.backend, path, false, &port, S_NS, error, sizeof error));
    peer_accept(&scene);
    for (int steps = 0; input_left(&input) && steps < STEPS_MOST; steps++)
        step(&scene, &input);
    scene.backend->ops->close(scene.backend);
    if (scene.peer >= 0)
        close(scene.peer);
    free(scene.sent);
    return 0;
}
