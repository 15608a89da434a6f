/* A USB/IP server in a thread, honest or not, for tests of the client.
 *
 * SPDX-License-Identifier: MIT
 *
 * It shares no code with what it tests; the messages are written from Linux' usbip_protocol.rst.
 */
#include "tests/unit/usbip_fake.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static void put_32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int read_all(int fd, void *bytes, size_t len)
{
    return recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

static void write_all(const struct usbip_fake *server, int fd, const uint8_t *bytes, size_t len)
{
    size_t step = server->behaviour == BYTE_BY_BYTE ? 7 : len;

    for (size_t at = 0; at < len; at += step)
        if (send(fd, bytes + at, len - at < step ? len - at : step, MSG_NOSIGNAL) < 0)
            return;
}

static void device_block(const struct usbip_fake *server, uint8_t at[312])
{
    memset(at, 0, 312);
    strcpy((char *)at + 256, "3-7");
    put_32(at + 288, 3);
    put_32(at + 292, 9);
    put_32(at + 296, 3);
    put_32(at + 300, server->behaviour == NO_BOARD ? 0x04661234 : 0x12090001);
    at[311] = 1;
}

static void ret_submit(const struct usbip_fake *server, int fd, uint32_t seqnum, int32_t status,
                       uint32_t actual, const uint8_t *data, size_t len)
{
    uint8_t message[48 + 70000] = {0};

    put_32(message, 3);
    put_32(message + 4, seqnum);
    put_32(message + 20, (uint32_t)status);
    put_32(message + 24, actual);
    if (len)
        memcpy(message + 48, data, len);
    write_all(server, fd, message, 48 + len);
}

static void ret_unlink(const struct usbip_fake *server, int fd, uint32_t seqnum, int32_t status)
{
    uint8_t message[48] = {0};

    put_32(message, 4);
    put_32(message + 4, seqnum);
    put_32(message + 20, (uint32_t)status);
    write_all(server, fd, message, 48);
}

static void serve_control(struct usbip_fake *server, int fd, const uint8_t *header)
{
    static const uint8_t descriptor[18] = {18,   1, 0, 2, 0, 0, 0, 64, 9,
                                           0x12, 1, 0, 0, 1, 1, 2, 3,  1};
    static const uint8_t serial[10] = {10, 3, 'A', 0, '7', 0, 0xE9, 0, 'x', 0};
    const uint8_t *setup = header + 40;
    uint32_t seqnum = get_32(header + 4);

    if (setup[1] == 9)
        server->configured = setup[2];
    if (setup[1] == 6 && setup[3] == 1)
        ret_submit(server, fd, seqnum, 0, 18, descriptor, 18);
    else if (setup[1] == 6 && setup[3] == 3)
        ret_submit(server, fd, seqnum, 0, 10, serial, 10);
    else if (setup[1] == 9)
        ret_submit(server, fd, seqnum, 0, 0, NULL, 0);
    else if (setup[0] == 0xC0)
        ret_submit(server, fd, seqnum, 0, 4, (const uint8_t *)"FERR", 4);
    else
        ret_submit(server, fd, seqnum, -32, 0, NULL, 0);
}

/* Returns 0 to hang up. */
static int serve_in(struct usbip_fake *server, int fd, uint32_t seqnum, uint32_t length)
{
    static uint8_t data[65536];

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 3 + i / 256);
    switch (server->behaviour) {
    case HANG_UP_IN_DATA: ret_submit(server, fd, seqnum, 0, length, data, length / 2); return 0;
    case WRONG_SEQNUM: ret_submit(server, fd, seqnum + 77, 0, length, data, length); return 1;
    case TOO_MUCH: ret_submit(server, fd, seqnum, 0, length + 1, data, length + 1); return 1;
    case STALLS: ret_submit(server, fd, seqnum, -32, 0, NULL, 0); return 1;
    case UNKNOWN_COMMAND: data[0] = 0, put_32(data, 99), write_all(server, fd, data, 48); return 1;
    case NEVER_ANSWERS:
    case ANSWERS_TOO_LATE: server->pending = seqnum; return 1;
    default: ret_submit(server, fd, seqnum, 0, length - 3, data, length - 3); return 1;
    }
}

static void serve_unlink(struct usbip_fake *server, int fd, const uint8_t *header)
{
    server->unlinks++;
    if (server->behaviour == ANSWERS_TOO_LATE) {
        ret_submit(server, fd, get_32(header + 20), -104, 5, (const uint8_t *)"bytes", 5);
        ret_unlink(server, fd, get_32(header + 4), 0);
    } else {
        ret_unlink(server, fd, get_32(header + 4),
                   server->pending == get_32(header + 20) ? -104 : 0);
    }
}

static int serve_out(struct usbip_fake *server, int fd, const uint8_t *header)
{
    static uint8_t data[1 << 20];
    uint32_t length = get_32(header + 24);

    if (length > sizeof(data) || !read_all(fd, data, length))
        return 0;
    for (uint32_t i = 0; i < length; i++)
        if (data[i] != (uint8_t)(i * 5 + i / 256))
            return 0;
    server->out_bytes += (int)length;
    server->zero_packets += get_32(header + 20) == 0x40;
    ret_submit(server, fd, get_32(header + 4), server->behaviour == STALLS ? -32 : 0,
               server->behaviour == STALLS ? 0 : length, NULL, 0);
    return 1;
}

static void serve_urbs(struct usbip_fake *server, int fd)
{
    uint8_t header[48];
    int more = 1;

    while (more && read_all(fd, header, sizeof(header))) {
        if (get_32(header) == 2)
            serve_unlink(server, fd, header);
        else if (get_32(header) != 1 || get_32(header + 8) != 0x00030009)
            more = 0;
        else if (get_32(header + 16) == 0)
            serve_control(server, fd, header);
        else if (get_32(header + 12) == 1)
            more = serve_in(server, fd, get_32(header + 4), get_32(header + 24));
        else
            more = serve_out(server, fd, header);
    }
}

static void serve_list(const struct usbip_fake *server, int fd)
{
    uint8_t answer[8 + 4 + 312 + 4] = {1, 0x11, 0, 5};

    put_32(answer + 8, server->behaviour == TWO_WITHOUT_END ? 4000000000u : 1);
    device_block(server, answer + 12);
    write_all(server, fd, answer, sizeof(answer));
}

static void serve_import(struct usbip_fake *server, int fd)
{
    uint8_t answer[8 + 312] = {1, 0x11, 0, 3}, busid[32];

    if (!read_all(fd, busid, sizeof(busid)))
        return;
    if (server->behaviour == REFUSES_IMPORT || strcmp((char *)busid, "3-7")) {
        put_32(answer + 4, 1);
        write_all(server, fd, answer, 8);
        return;
    }
    device_block(server, answer + 8);
    write_all(server, fd, answer, sizeof(answer));
    serve_urbs(server, fd);
}

static void *serve(void *user)
{
    struct usbip_fake *server = user;
    uint8_t request[8];
    int fd, on = 1;

    while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (server->behaviour != HANGS_UP_AT_ONCE && read_all(fd, request, sizeof(request))) {
            if (get_32(request) == 0x01118005)
                serve_list(server, fd);
            else if (get_32(request) == 0x01118003)
                serve_import(server, fd);
        }
        close(fd);
    }
    return NULL;
}

void usbip_fake_start(struct usbip_fake *server, enum usbip_fake_behaviour behaviour)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    memset(server, 0, sizeof(*server));
    server->behaviour = behaviour;
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server->listener, 4), 0);
    getsockname(server->listener, (struct sockaddr *)&address, &len);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

void usbip_fake_stop(struct usbip_fake *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}
