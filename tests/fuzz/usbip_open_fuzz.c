/* Finding, importing and setting up a board at a USB/IP server that answers with anything, from a thread of this program.
 *
 * SPDX-License-Identifier: MIT
 *
 * Held: opening comes to an end, with a transport or with an error and a message; devices that are told have names that end.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driver/usbip_internal.h"
#include "tests/fuzz/fuzz.h"

enum { ANSWERS = 3, ANSWER_MOST = 2000 };

/* What the server says on each connection, before it hangs up; each is read after the client has connected, which is
 * after it was written. */
static struct {
    int listener;
    unsigned next;
    struct {
        uint8_t bytes[ANSWER_MOST];
        size_t len;
    } answers[ANSWERS];
} server;

static void *serve(void *user)
{
    uint8_t heard[512];

    (void)user;
    for (;;) {
        int fd = accept(server.listener, NULL, NULL);
        unsigned which = server.next++ % ANSWERS;
        if (fd < 0)
            continue;
        (void)!send(fd, server.answers[which].bytes, server.answers[which].len, MSG_NOSIGNAL);
        shutdown(fd, SHUT_WR);
        while (recv(fd, heard, sizeof heard, 0) > 0)
            ;
        close(fd);
    }
    return NULL;
}

static uint16_t server_start(void)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof where;
    pthread_t thread;

    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(server.listener >= 0 && !bind(server.listener, (struct sockaddr *)&where, len));
    must(!listen(server.listener, 8));
    must(!getsockname(server.listener, (struct sockaddr *)&where, &len));
    must(!pthread_create(&thread, NULL, serve, NULL) && !pthread_detach(thread));
    return ntohs(where.sin_port);
}

/* ---- what it says ---- */

struct text {
    uint8_t *bytes;
    size_t len;
};

static void say(struct text *text, const void *bytes, size_t len)
{
    if (len > ANSWER_MOST - text->len)
        len = ANSWER_MOST - text->len;
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
}

static void say_operation(struct text *text, uint16_t code, uint32_t status)
{
    uint8_t header[8] = {1, 0x11};

    number_put(header + 2, 2, code);
    number_put(header + 4, 4, status);
    say(text, header, sizeof header);
}

static void say_device(struct text *text, struct input *input)
{
    uint8_t block[312] = {0}, how = input_8(input);

    snprintf((char *)block, 32, "/sys/devices/fuzz");
    snprintf((char *)block + 256, 32, "1-1");
    number_put(block + 288, 4, 1);
    number_put(block + 292, 4, 2);
    number_put(block + 296, 4, how & 1 ? 3 : input_8(input));
    number_put(block + 300, 4, 0x12090001);
    block[311] = how & 2 ? 1 : input_8(input);
    if (how & 4)
        memset(block + 256, 'x', 32);
    if (how & 8) {
        uint16_t at = input_16(input);
        block[at % sizeof block] = input_8(input);
    }
    say(text, block, sizeof block);
}

static void say_return(struct text *text, struct input *input, uint32_t actual)
{
    uint8_t header[48] = {0}, data[256], how = input_8(input);

    number_put(header, 4, how & 1 ? input_32(input) : USBIP_RET_SUBMIT);
    number_put(header + 4, 4, how & 2 ? input_32(input) : UINT32_MAX);
    number_put(header + 20, 4, how & 4 ? input_32(input) : 0);
    if (how & 8)
        actual = input_8(input);
    number_put(header + 24, 4, how & 16 ? input_32(input) : actual);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(how + i);
    say(text, header, sizeof header);
    say(text, data, actual);
}

static void answer_make(struct text *text, struct input *input)
{
    uint8_t interface[4] = {0xff};
    size_t len;

    for (int parts = input_8(input) % 8; parts > 0; parts--) {
        uint8_t count[4] = {0}, what = input_8(input);
        switch (what % 8) {
        case 0: say_operation(text, USBIP_REP_DEVLIST, what / 8 % 2); break;
        case 1: say_operation(text, USBIP_REP_IMPORT, what / 8 % 2); break;
        case 2:
            number_put(count, 4, what / 8 < 30 ? what / 8 % 3 : input_32(input));
            say(text, count, sizeof count);
            break;
        case 3: say_device(text, input); break;
        case 4: say(text, interface, sizeof interface); break;
        case 5: say_return(text, input, 18); break;
        case 6: say_return(text, input, 0); break;
        default: {
            uint8_t *bytes = input_block(input, 400, &len);
            say(text, bytes, len);
            free(bytes);
        }
        }
    }
}

static void found(void *user, const struct usbip_device *device)
{
    must(memchr(device->busid, 0, sizeof device->busid));
    ++*(int *)user;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint16_t port;
    struct input input = {data, data + size};
    char where[64], error[200] = "";
    struct transport *transport;
    int devices = 0, result;

    if (!port)
        port = server_start();
    for (int i = 0; i < ANSWERS; i++) {
        struct text text = {server.answers[i].bytes, 0};
        answer_make(&text, &input);
        server.answers[i].len = text.len;
    }
    server.next = 0;
    snprintf(where, sizeof where, "127.0.0.1:%u", port);
    result = usbip_list(where, found, &devices, error, sizeof error);
    must(result == devices || (result < 0 && *error));
    result = usbip_open(&transport, where, error, sizeof error);
    must(result == 0 || (result < 0 && *error));
    if (result == 0)
        transport->ops->close(transport);
    return 0;
}
