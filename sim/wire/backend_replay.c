/* A recorded far end: gives the board what a real one gave it, after the same frames and as long after them.
 *
 * SPDX-License-Identifier: MIT
 *
 * A frame to the board waits until the board has sent as many frames as it had when the frame was recorded, and then
 * for as long as it took then. So an answer never comes before its question, also where the board is a bit later
 * than in the recording. What the board sends is counted and not compared.
 */
#include "sim/wire/backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/transport.h"
#include "sim/wire/frame.h"
#include "sim/wire/record.h"

enum { LINE_BYTES = 64 + 2 * FRAME_MAX_BYTES };

struct replayed {
    uint64_t after;   /* frames that the board had sent */
    uint64_t wait_ns; /* since the last of them, or since the start */
    uint32_t length;
    uint8_t *bytes;
};

struct replay_backend {
    struct backend base;
    struct replayed *frames;
    size_t count, room, next;
    uint64_t sent, sent_ns; /* frames that the board has sent, and when the last */
};

static bool replay_send(struct backend *backend, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct replay_backend *self = (struct replay_backend *)backend;

    (void)bytes, (void)len;
    self->sent++;
    self->sent_ns = now_ns;
    return true;
}

static uint64_t replay_deadline(struct backend *backend, uint64_t now_ns)
{
    const struct replay_backend *self = (const struct replay_backend *)backend;
    const struct replayed *frame = self->next < self->count ? &self->frames[self->next] : NULL;

    (void)now_ns;
    if (!frame || frame->after > self->sent)
        return TIME_NEVER;
    return frame->after == self->sent ? self->sent_ns + frame->wait_ns : self->sent_ns;
}

static void replay_poll(struct backend *backend, uint64_t now_ns)
{
    struct replay_backend *self = (struct replay_backend *)backend;

    while (replay_deadline(backend, now_ns) <= now_ns) {
        const struct replayed *frame = &self->frames[self->next++];
        backend->port.frame(backend->port.user, frame->bytes, frame->length, now_ns);
    }
}

static void replay_close(struct backend *backend)
{
    struct replay_backend *self = (struct replay_backend *)backend;

    for (size_t i = 0; i < self->count; i++)
        free(self->frames[i].bytes);
    free(self->frames);
    free(self);
}

/* ---- reading the file ---- */

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns the bytes read from the hexadecimal digits up to the line's end, or -EINVAL. */
static int bytes_read(const char *text, uint8_t *bytes)
{
    int length = 0;

    for (; *text && *text != '\n'; text += 2) {
        int high = digit_value(text[0]), low = high < 0 ? -1 : digit_value(text[1]);
        if (low < 0 || length == FRAME_MAX_BYTES)
            return -EINVAL;
        bytes[length++] = (uint8_t)(high << 4 | low);
    }
    return length >= FRAME_HEADER_BYTES ? length : -EINVAL;
}

/* Returns the text behind "TIME DIRECTION ", or NULL. */
static const char *line_begin(const char *line, uint64_t *time_ns, char *direction)
{
    char *end;

    if (line[0] < '0' || line[0] > '9')
        return NULL;
    errno = 0;
    *time_ns = strtoull(line, &end, 10);
    if (errno || end[0] != ' ' || (end[1] != '<' && end[1] != '>') || end[2] != ' ')
        return NULL;
    *direction = end[1];
    return end + 3;
}

static int replay_append(struct replay_backend *self, uint64_t after, uint64_t wait_ns,
                         const uint8_t *bytes, uint32_t length)
{
    struct replayed frame = {after, wait_ns, length, NULL};

    if (self->count == self->room) {
        size_t room = self->room ? self->room * 2 : 64;
        struct replayed *frames = realloc(self->frames, room * sizeof(*frames));
        if (!frames)
            return -ENOMEM;
        self->frames = frames;
        self->room = room;
    }
    frame.bytes = malloc(length);
    if (!frame.bytes)
        return -ENOMEM;
    memcpy(frame.bytes, bytes, length);
    self->frames[self->count++] = frame;
    return 0;
}

/* Where the reading stands. */
struct reading {
    uint64_t sent, sent_ns, last_ns;
};

static int line_read(struct replay_backend *self, const char *line, struct reading *reading)
{
    uint8_t bytes[FRAME_MAX_BYTES];
    uint64_t time_ns;
    char direction;
    const char *digits = line_begin(line, &time_ns, &direction);
    int length = digits ? bytes_read(digits, bytes) : -EINVAL;

    if (length < 0 || time_ns < reading->last_ns)
        return -EINVAL;
    reading->last_ns = time_ns;
    if (direction == '<')
        return replay_append(self, reading->sent, time_ns - reading->sent_ns, bytes,
                             (uint32_t)length);
    reading->sent++;
    reading->sent_ns = time_ns;
    return 0;
}

static int file_read(struct replay_backend *self, FILE *file, const char *path, char *error,
                     size_t error_len)
{
    char line[LINE_BYTES];
    struct reading reading = {0, 0, 0};

    if (!fgets(line, sizeof(line), file) || strcmp(line, RECORD_TITLE "\n")) {
        snprintf(error, error_len, "wire: '%s' is no record: its first line is not '%s'", path,
                 RECORD_TITLE);
        return -EINVAL;
    }
    for (unsigned number = 2; fgets(line, sizeof(line), file); number++) {
        int bad = line[0] == '#' ? 0 : line_read(self, line, &reading);
        if (bad) {
            snprintf(error, error_len,
                     "wire: '%s', line %u: '%.40s' is not TIME, < or >, and a frame in hexadecimal",
                     path, number, line);
            return bad;
        }
    }
    return 0;
}

int backend_replay_open(struct backend **out, const char *path, const struct backend_port *port,
                        uint64_t start_ns, char *error, size_t error_len)
{
    static const struct backend_ops ops = {.send = replay_send,
                                           .poll = replay_poll,
                                           .deadline = replay_deadline,
                                           .close = replay_close};
    struct replay_backend *self = calloc(1, sizeof(*self));
    FILE *file;
    int bad;

    if (!self)
        return -ENOMEM;
    self->base = (struct backend){&ops, *port};
    self->sent_ns = start_ns;
    file = fopen(path, "re");
    if (!file) {
        bad = -errno;
        snprintf(error, error_len, "wire: cannot read the record '%s': %s", path, strerror(-bad));
        free(self);
        return bad;
    }
    bad = file_read(self, file, path, error, error_len);
    fclose(file);
    if (bad) {
        replay_close(&self->base);
        return bad;
    }
    *out = &self->base;
    return 0;
}
