/* Tests the USB/IP server as a raw client sees it, with a transport whose transfers end when the test says so.
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
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/usbip/server.h"

enum { SLOTS = 32, URB = 48 };

/* Transfers stay in flight until the test ends them; control transfers for descriptors are answered at once. */
struct fake {
    struct transport transport;
    struct transfer *waiting[SLOTS];
    unsigned count;
    bool unplugged;
};

static const uint8_t device_descriptor[18] = {18,   1, 0, 2, 255, 1, 2, 64, 9,
                                              0x12, 1, 0, 5, 1,   0, 0, 3,  1};
static const uint8_t configuration[18] = {9, 2, 18, 0, 1, 1,   0, 0x80, 50,
                                          9, 4, 0,  0, 0, 255, 7, 8,    0};

static void end_transfer(struct fake *fake, unsigned index, int status, uint32_t actual)
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
    struct fake *fake = (struct fake *)transport;
    if (fake->unplugged)
        return -ENODEV;
    if (transfer->endpoint == 5)
        return -EINVAL;
    assert_true(fake->count < SLOTS);
    fake->waiting[fake->count++] = transfer;
    return 0;
}

static void fake_cancel(struct transport *transport, struct transfer *transfer)
{
    struct fake *fake = (struct fake *)transport;
    for (unsigned i = 0; i < fake->count; i++)
        if (fake->waiting[i] == transfer)
            end_transfer(fake, i--, -ECANCELED, transfer->actual);
}

static uint64_t fake_poll(struct transport *transport, uint64_t wall_ns, uint64_t until_ns)
{
    struct fake *fake = (struct fake *)transport;
    (void)until_ns;
    for (unsigned i = 0; i < fake->count; i++) {
        struct transfer *transfer = fake->waiting[i];
        if (transfer->endpoint != 0 || transfer->setup[1] != 6)
            continue;
        bool device = transfer->setup[3] == 1;
        memcpy(transfer->data, device ? device_descriptor : configuration, 18);
        end_transfer(fake, i--, 0, 18);
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

static uint64_t wall_ns(void)
{
    static uint64_t now;
    return now += 1000;
}

struct rig {
    struct fake fake;
    struct usbip_server *server;
    int client;
};

static void poll_server(struct rig *rig)
{
    for (int i = 0; i < 4; i++)
        usbip_server_poll(rig->server, wall_ns());
}

static int connect_client(struct rig *rig)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(usbip_server_port(rig->server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static struct rig *start(void)
{
    static const struct transport_ops ops = {.submit = fake_submit,
                                             .cancel = fake_cancel,
                                             .poll = fake_poll,
                                             .deadline = fake_deadline,
                                             .fds = fake_fds};
    static struct rig rig;
    char error[200];
    memset(&rig, 0, sizeof rig);
    rig.fake.transport = (struct transport){.ops = &ops, .speed = SPEED_HIGH, .name = "fake"};
    assert_int_equal(
        usbip_server_open(&rig.server, &rig.fake.transport, NULL, 0, wall_ns, error, sizeof error),
        0);
    rig.client = connect_client(&rig);
    return &rig;
}

static void stop(struct rig *rig)
{
    close(rig->client);
    usbip_server_close(rig->server);
    assert_int_equal(rig->fake.count, 0);
}

static void put(struct rig *rig, const void *bytes, size_t len)
{
    assert_int_equal(send(rig->client, bytes, len, 0), len);
    poll_server(rig);
}

/* Receives exactly len bytes, which must be there. */
static void take(struct rig *rig, uint8_t *bytes, size_t len)
{
    poll_server(rig);
    assert_int_equal(recv(rig->client, bytes, len, MSG_DONTWAIT | MSG_WAITALL), len);
}

static void assert_silent(struct rig *rig)
{
    uint8_t byte;
    poll_server(rig);
    assert_int_equal(recv(rig->client, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
}

static void assert_hung_up(struct rig *rig)
{
    uint8_t byte;
    poll_server(rig);
    errno = 0;
    assert_true(recv(rig->client, &byte, 1, MSG_DONTWAIT) <= 0 && errno != EAGAIN);
}

static struct rig *imported(void)
{
    struct rig *rig = start();
    uint8_t request[40] = {1, 0x11, 0x80, 3}, reply[320];
    memcpy(request + 8, "1-1", 3);
    put(rig, request, sizeof request);
    take(rig, reply, sizeof reply);
    assert_memory_equal(reply, "\x01\x11\x00\x03\0\0\0\0", 8);
    return rig;
}

static void urb(uint8_t *message, uint8_t command, uint8_t seqnum, uint8_t in, uint8_t endpoint,
                uint32_t last)
{
    memset(message, 0, URB);
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

/* A RET_SUBMIT (3) or RET_UNLINK (4) must come next. */
static void assert_return(struct rig *rig, uint8_t command, uint8_t seqnum, int status,
                          uint32_t actual)
{
    uint8_t m[URB];
    take(rig, m, sizeof m);
    assert_int_equal(m[3], command);
    assert_int_equal(m[7], seqnum);
    assert_int_equal((int32_t)((uint32_t)m[20] << 24 | m[21] << 16 | m[22] << 8 | m[23]), status);
    assert_int_equal(m[26] << 8 | m[27], actual);
}

static void lists_the_board(void **state)
{
    (void)state;
    struct rig *rig = start();
    uint8_t reply[8 + 4 + 312 + 4];
    put(rig, "\x01\x11\x80\x05\0\0\0\0", 8);
    take(rig, reply, sizeof reply);
    assert_memory_equal(reply, "\x01\x11\x00\x05\0\0\0\0\0\0\0\1", 12);
    assert_string_equal((char *)reply + 12 + 256, "1-1");
    assert_memory_equal(reply + 12 + 296, "\0\0\0\3\x12\x09\0\1\1\5\xff\1\2\1\1\1", 16);
    assert_memory_equal(reply + 12 + 312, "\xff\7\x08\0", 4);
    assert_hung_up(rig);
    stop(rig);
}

static void gives_the_board_to_one_client(void **state)
{
    (void)state;
    struct rig *rig = imported();
    int first = rig->client;
    uint8_t request[40] = {1, 0x11, 0x80, 3}, reply[8];
    memcpy(request + 8, "1-1", 3);
    rig->client = connect_client(rig);
    put(rig, request, sizeof request);
    take(rig, reply, sizeof reply);
    assert_int_equal(reply[7], 2);
    close(rig->client);
    rig->client = connect_client(rig);
    request[8] = '9';
    put(rig, request, sizeof request);
    take(rig, reply, sizeof reply);
    assert_int_equal(reply[7], 4);
    close(rig->client);
    close(first);
    poll_server(rig);
    request[8] = '1';
    rig->client = connect_client(rig);
    put(rig, request, sizeof request);
    take(rig, reply, sizeof reply);
    assert_int_equal(reply[7], 0);
    stop(rig);
}

static void carries_data_both_ways(void **state)
{
    (void)state;
    struct rig *rig = imported();
    uint8_t message[URB + 100], data[10];
    urb(message, 1, 1, 0, 1, 100);
    message[23] = 0x40;
    memset(message + URB, 'x', 100);
    for (size_t i = 0; i < sizeof message; i++) /* split at every byte */
        put(rig, message + i, 1);
    assert_int_equal(rig->fake.count, 1);
    assert_int_equal(rig->fake.waiting[0]->endpoint, 1);
    assert_true(rig->fake.waiting[0]->zero_packet);
    assert_memory_equal(rig->fake.waiting[0]->data, message + URB, 100);
    end_transfer(&rig->fake, 0, 0, 100);
    assert_return(rig, 3, 1, 0, 100);
    urb(message, 1, 2, 1, 1, 4096);
    put(rig, message, URB);
    assert_int_equal(rig->fake.waiting[0]->endpoint, 0x81);
    assert_int_equal(rig->fake.waiting[0]->length, 4096);
    memcpy(rig->fake.waiting[0]->data, "0123456789", 10);
    end_transfer(&rig->fake, 0, 0, 10);
    assert_return(rig, 3, 2, 0, 10);
    take(rig, data, 10);
    assert_memory_equal(data, "0123456789", 10);
    stop(rig);
}

static void tells_stalls_and_refused_endpoints(void **state)
{
    (void)state;
    struct rig *rig = imported();
    uint8_t message[URB];
    urb(message, 1, 1, 1, 1, 64);
    put(rig, message, URB);
    end_transfer(&rig->fake, 0, -EPIPE, 0);
    assert_return(rig, 3, 1, -32, 0);
    urb(message, 1, 2, 0, 5, 0);
    put(rig, message, URB);
    assert_return(rig, 3, 2, -22, 0);
    urb(message, 1, 3, 1, 0, 64); /* the setup bytes say 0 bytes */
    put(rig, message, URB);
    assert_return(rig, 3, 3, -22, 0);
    stop(rig);
}

static void unlinks_a_pending_urb(void **state)
{
    (void)state;
    struct rig *rig = imported();
    uint8_t message[URB];
    urb(message, 1, 1, 1, 1, 64);
    put(rig, message, URB);
    urb(message, 2, 2, 0, 0, 1);
    put(rig, message, URB);
    assert_return(rig, 4, 2, -104, 0);
    assert_silent(rig);
    urb(message, 2, 3, 0, 0, 1); /* once more: it has been answered */
    put(rig, message, URB);
    assert_return(rig, 4, 3, 0, 0);
    stop(rig);
}

static void keeps_the_bytes_of_a_partly_filled_urb(void **state)
{
    (void)state;
    struct rig *rig = imported();
    uint8_t message[URB], data[5];
    urb(message, 1, 1, 1, 1, 64);
    put(rig, message, URB);
    memcpy(rig->fake.waiting[0]->data, "abcde", 5);
    rig->fake.waiting[0]->actual = 5;
    urb(message, 2, 2, 0, 0, 1);
    put(rig, message, URB);
    assert_return(rig, 3, 1, -104, 5);
    take(rig, data, 5);
    assert_memory_equal(data, "abcde", 5);
    assert_return(rig, 4, 2, 0, 0);
    stop(rig);
}

static void holds_an_unlink_that_comes_before_its_submit(void **state)
{
    (void)state;
    struct rig *rig = imported();
    uint8_t message[URB + 3] = {0};
    urb(message, 2, 2, 0, 0, 9);
    put(rig, message, URB);
    assert_silent(rig);
    urb(message, 1, 9, 0, 1, 3);
    put(rig, message, sizeof message);
    assert_int_equal(rig->fake.count, 0);
    assert_return(rig, 4, 2, -104, 0);
    assert_silent(rig);
    stop(rig);
}

static void hangs_up_on_who_breaks_the_protocol(void **state)
{
    (void)state;
    struct rig *rig = imported();
    uint8_t message[URB];
    urb(message, 7, 1, 0, 0, 0);
    put(rig, message, URB);
    assert_hung_up(rig);
    stop(rig);
    rig = imported();
    urb(message, 1, 1, 0, 1, 0);
    message[24] = 0xFF; /* a negative length */
    put(rig, message, URB);
    assert_hung_up(rig);
    assert_int_equal(usbip_server_counters(rig->server)->bad_messages, 1);
    stop(rig);
    rig = start();
    put(rig, "\x01\x11\x77\x77\0\0\0\0", 8);
    assert_hung_up(rig);
    stop(rig);
}

static void cancels_everything_when_the_client_leaves(void **state)
{
    (void)state;
    struct rig *rig = imported();
    uint8_t message[URB];
    for (uint8_t i = 1; i < 20; i++) {
        urb(message, 1, i, 1, 1, 64);
        put(rig, message, URB);
    }
    assert_int_equal(rig->fake.count, 19);
    close(rig->client);
    poll_server(rig);
    assert_int_equal(rig->fake.count, 0);
    rig->client = connect_client(rig);
    stop(rig);
}

static void hangs_up_when_the_board_is_unplugged(void **state)
{
    (void)state;
    struct rig *rig = imported();
    uint8_t message[URB];
    urb(message, 1, 1, 1, 1, 64);
    put(rig, message, URB);
    rig->fake.unplugged = true;
    end_transfer(&rig->fake, 0, -ENODEV, 0);
    assert_return(rig, 3, 1, -19, 0);
    assert_hung_up(rig);
    stop(rig);
}

static void names_a_bad_address_and_a_taken_port(void **state)
{
    (void)state;
    struct rig *rig = start();
    struct usbip_server *other;
    char error[200];
    assert_int_equal(usbip_server_open(&other, &rig->fake.transport, NULL,
                                       usbip_server_port(rig->server), wall_ns, error,
                                       sizeof error),
                     -EADDRINUSE);
    assert_non_null(strstr(error, "choose another port"));
    assert_int_equal(
        usbip_server_open(&other, &rig->fake.transport, "nowhere", 0, wall_ns, error, sizeof error),
        -EINVAL);
    assert_non_null(strstr(error, "'nowhere'"));
    stop(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_the_board),
        cmocka_unit_test(gives_the_board_to_one_client),
        cmocka_unit_test(carries_data_both_ways),
        cmocka_unit_test(tells_stalls_and_refused_endpoints),
        cmocka_unit_test(unlinks_a_pending_urb),
        cmocka_unit_test(keeps_the_bytes_of_a_partly_filled_urb),
        cmocka_unit_test(holds_an_unlink_that_comes_before_its_submit),
        cmocka_unit_test(hangs_up_on_who_breaks_the_protocol),
        cmocka_unit_test(cancels_everything_when_the_client_leaves),
        cmocka_unit_test(hangs_up_when_the_board_is_unplugged),
        cmocka_unit_test(names_a_bad_address_and_a_taken_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
