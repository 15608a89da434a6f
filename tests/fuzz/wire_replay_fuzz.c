/* A record of the wire, as `--wire replay:FILE` reads it: any text.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: a file is refused with a message, or gives frames of the sizes that Ethernet has, each in its turn.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "driver/transport.h"
#include "sim/wire/backend.h"
#include "sim/wire/frame.h"
#include "sim/wire/record.h"
#include "tests/fuzz/fuzz.h"

enum { TURNS = 200 };

static void frame_came(void *user, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    (void)now_ns;
    must(len >= FRAME_HEADER_BYTES && len <= FRAME_MAX_BYTES);
    for (size_t i = 0; i < len; i++)
        *(uint64_t *)user += bytes[i];
}

static bool has_room(void *user)
{
    (void)user;
    return true;
}

static void play(struct backend *backend)
{
    uint8_t frame[60] = {0};
    uint64_t now_ns = S_NS;

    for (int turn = 0; turn < TURNS; turn++) {
        uint64_t due = backend->ops->deadline(backend, now_ns);
        if (due == TIME_NEVER)
            must(backend->ops->send(backend, frame, sizeof frame, now_ns));
        else if (due > now_ns)
            now_ns = due;
        backend->ops->poll(backend, now_ns);
        due = backend->ops->deadline(backend, now_ns);
        must(due == TIME_NEVER || due > now_ns);
    }
}

static void put(int fd, const void *bytes, size_t len)
{
    must(write(fd, bytes, len) == (ssize_t)len);
}

/* With the title in front, unless the input begins with another line of its own. An @ stands for 250 bytes in
 * hexadecimal, so that a short input can have a long frame. */
static int file_make(const uint8_t *data, size_t size)
{
    int fd = memfd_create("record", MFD_CLOEXEC);
    char zeros[500];

    must(fd >= 0);
    memset(zeros, '0', sizeof zeros);
    if (!size || data[0] != '!')
        put(fd, RECORD_TITLE "\n", sizeof RECORD_TITLE);
    for (size_t i = 0; i < size; i++)
        put(fd, data[i] == '@' ? zeros : (const void *)&data[i], data[i] == '@' ? sizeof zeros : 1);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t sum = 0;
    const struct backend_port port = {frame_came, has_room, &sum};
    struct backend *backend;
    char path[64], error[200] = "";
    int fd = file_make(data, size);

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (!backend_replay_open(&backend, path, &port, S_NS, error, sizeof error)) {
        play(backend);
        backend->ops->close(backend);
    } else {
        must(*error && memchr(error, 0, sizeof error));
    }
    close(fd);
    return 0;
}
