/* A raw USB/IP client at a server whose board is made up. See usbip_rig.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/usbip_rig.h"

enum { PATIENCE_MS = 10000 };

static const uint8_t device_descriptor[18] = {18,   1, 0, 2, 255, 1, 2, 64, 9,
                                              0x12, 1, 0, 5, 1,   0, 0, 3,  1};
static const uint8_t configuration[18] = {9, 2, 18, 0, 1, 1,   0, 0x80, 50,
                                          9, 4, 0,  0, 0, 255, 7, 8,    0};

void usbip_rig_end(struct usbip_board *fake, unsigned index, int status, uint32_t actual)
{
    struct transfer *transfer = fake->waiting[index];
    memmove(&fake->waiting[index], &fake->waiting[index + 1],
            (--fake->count - index) * sizeof fake->waiting[0]);
    transfer->status = status;
    transfer->actual = actual;
    transfer->done(transfer);
}

static int fake_submit(struct transport *transport, struct transfer *transfer)
{
    struct usbip_board *fake = (struct usbip_board *)transport;
    if (fake->unplugged)
        return -ENODEV;
    if (transfer->endpoint == 5)
        return -EINVAL;
    assert_true(fake->count < USBIP_SLOTS);
    fake->waiting[fake->count++] = transfer;
    return 0;
}

static void fake_cancel(struct transport *transport, struct transfer *transfer)
{
    struct usbip_board *fake = (struct usbip_board *)transport;
    for (unsigned i = 0; i < fake->count; i++)
        if (fake->waiting[i] == transfer)
            usbip_rig_end(fake, i--, -ECANCELED, transfer->actual);
}

static uint64_t fake_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct usbip_board *fake = (struct usbip_board *)transport;
    (void)until_ns;
    for (unsigned i = 0; i < fake->count; i++) {
        struct transfer *transfer = fake->waiting[i];
        if (transfer->endpoint != 0 || transfer->setup[1] != 6)
            continue;
        bool device = transfer->setup[3] == 1;
        memcpy(transfer->data, device ? device_descriptor : configuration, 18);
        usbip_rig_end(fake, i--, 0, 18);
    }
    return wall_ns;
}

static uint64_t fake_deadline(struct transport *transport)
{
    (void)transport;
    return TIME_NEVER;
}

static int fake_fds(struct transport *transport, struct pollfd *fds, int max)
{
    (void)transport;
    (void)fds;
    (void)max;
    return 0;
}

uint64_t usbip_rig_ns(void)
{
    static uint64_t now;
    return now += 1000;
}

void usbip_rig_poll(struct usbip_rig *rig)
{
    for (int i = 0; i < 4; i++)
        usbip_server_poll(rig->server, usbip_rig_ns());
}

/* What a socket of the loopback was given may arrive later: a kernel thread of its own may carry it. The server runs
 * meanwhile. tries counts the calls. */
static void wait_a_little(struct usbip_rig *rig, int tries)
{
    assert_true(tries < PATIENCE_MS);
    usbip_rig_poll(rig);
    if (tries > 10)
        poll(NULL, 0, 1);
}

static bool has_something(int fd)
{
    struct pollfd look = {fd, POLLIN, 0};
    return poll(&look, 1, 0) == 1;
}

void usbip_rig_alone(struct usbip_rig *rig)
{
    struct pollfd fds[2]; /* the listener, and somebody's */
    for (int tries = 0; usbip_server_fds(rig->server, fds, 2) > 1; tries++)
        wait_a_little(rig, tries);
    usbip_rig_poll(rig);
}

int usbip_rig_connect(struct usbip_rig *rig)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(usbip_server_port(rig->server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

struct usbip_rig *usbip_rig_start(void)
{
    static const struct transport_ops ops = {.submit = fake_submit,
                                             .cancel = fake_cancel,
                                             .poll = fake_poll,
                                             .deadline = fake_deadline,
                                             .fds = fake_fds};
    static struct usbip_rig rig;
    char error[200];
    memset(&rig, 0, sizeof rig);
    rig.fake.transport = (struct transport){.ops = &ops, .speed = SPEED_HIGH, .name = "fake"};
    assert_int_equal(usbip_server_open(&rig.server, &rig.fake.transport, NULL, 0, usbip_rig_ns,
                                       error, sizeof error),
                     0);
    rig.client = usbip_rig_connect(&rig);
    return &rig;
}

void usbip_rig_stop(struct usbip_rig *rig)
{
    close(rig->client);
    usbip_server_close(rig->server);
    assert_int_equal(rig->fake.count, 0);
}

void usbip_rig_put(struct usbip_rig *rig, const void *bytes, size_t len)
{
    int unacked = 1;
    assert_int_equal(send(rig->client, bytes, len, 0), len);
    for (int tries = 0; unacked; tries++) { /* until the server's socket has all */
        wait_a_little(rig, tries);
        assert_int_equal(ioctl(rig->client, SIOCOUTQ, &unacked), 0);
    }
    usbip_rig_poll(rig);
}

void usbip_rig_take(struct usbip_rig *rig, uint8_t *bytes, size_t len)
{
    ssize_t got = 0;
    for (int tries = 0; (size_t)got < len; tries++) {
        wait_a_little(rig, tries);
        if (!has_something(rig->client))
            continue;
        got = recv(rig->client, bytes, len, MSG_DONTWAIT | MSG_PEEK);
        assert_true(got > 0);
    }
    assert_int_equal(recv(rig->client, bytes, len, MSG_DONTWAIT), len);
}

void usbip_rig_silent(struct usbip_rig *rig)
{
    uint8_t byte;
    usbip_rig_poll(rig);
    assert_int_equal(recv(rig->client, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
}

void usbip_rig_hung_up(struct usbip_rig *rig)
{
    uint8_t byte;
    for (int tries = 0; !has_something(rig->client); tries++)
        wait_a_little(rig, tries);
    assert_true(recv(rig->client, &byte, 1, MSG_DONTWAIT) <= 0);
}

struct usbip_rig *usbip_rig_imported(void)
{
    struct usbip_rig *rig = usbip_rig_start();
    uint8_t request[40] = {1, 0x11, 0x80, 3}, reply[320];
    memcpy(request + 8, "1-1", 3);
    usbip_rig_put(rig, request, sizeof request);
    usbip_rig_take(rig, reply, sizeof reply);
    assert_memory_equal(reply, "\x01\x11\x00\x03\0\0\0\0", 8);
    return rig;
}

void usbip_rig_urb(uint8_t *message, uint8_t command, uint8_t seqnum, uint8_t in, uint8_t endpoint,
                   uint32_t last)
{
    memset(message, 0, USBIP_URB);
    message[3] = command;
    message[7] = seqnum;
    message[9] = 1;
    message[11] = 2;
    message[15] = in;
    message[19] = endpoint;
    if (command == 1) {
        message[26] = (uint8_t)(last >> 8);
        message[27] = last & 0xFF;
    } else {
        message[23] = last & 0xFF;
    }
}

void usbip_rig_return(struct usbip_rig *rig, uint8_t command, uint8_t seqnum, int status,
                      uint32_t actual)
{
    uint8_t m[USBIP_URB];
    usbip_rig_take(rig, m, sizeof m);
    assert_int_equal(m[3], command);
    assert_int_equal(m[7], seqnum);
    assert_int_equal((int32_t)((uint32_t)m[20] << 24 | m[21] << 16 | m[22] << 8 | m[23]), status);
    assert_int_equal(m[26] << 8 | m[27], actual);
}
