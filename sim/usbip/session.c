/* One USB/IP client's connection: operations before the import, URBs after it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/usbip/server_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void session_open(struct session *session, struct usbip_server *server, int fd)
{
    *session = (struct session){.server = server, .fd = fd};
    server->counters.connections++;
}

static void session_free(struct session *session)
{
    free(session->outbox.bytes);
    free(session->filling);
    *session = (struct session){.fd = -1};
}

void session_hang_up(struct session *session)
{
    struct transport *transport = session->server->transport;
    if (session->fd >= 0) {
        close(session->fd);
        session->fd = -1;
        for (struct urb *urb = session->in_flight, *next; urb; urb = next) {
            next = urb->next;
            transport->ops->cancel(transport, &urb->transfer);
        }
    }
    if (!session->in_flight)
        session_free(session);
}

static bool outbox_grow(struct outbox *outbox, size_t len)
{
    size_t room = outbox->room ? outbox->room : 4096;
    while (room < outbox->len + len)
        room *= 2;
    uint8_t *bytes = room == outbox->room ? outbox->bytes : realloc(outbox->bytes, room);
    if (!bytes)
        return false;
    outbox->bytes = bytes;
    outbox->room = room;
    return true;
}

void session_send(struct session *session, const void *bytes, size_t len)
{
    struct outbox *outbox = &session->outbox;
    if (session->fd < 0)
        return;
    if (!outbox_grow(outbox, len)) {
        session->ending = true;
        return;
    }
    memcpy(outbox->bytes + outbox->len, bytes, len);
    outbox->len += len;
}

static void send_operation(struct session *session, uint16_t code, uint32_t status)
{
    uint8_t header[OPERATION_BYTES];
    put32(header, (uint32_t)VERSION << 16 | code);
    put32(header + 4, status);
    session_send(session, header, sizeof header);
}

static void send_devices(struct session *session)
{
    const struct device_info *info = &session->server->device;
    uint8_t block[DEVICE_BLOCK_BYTES], count[4];
    put32(count, 1);
    describe_write(session->server, block);
    send_operation(session, REP_DEVLIST, STATUS_OK);
    session_send(session, count, sizeof count);
    session_send(session, block, sizeof block);
    session_send(session, info->interface, (size_t)info->interfaces * 4);
    session->ending = true;
}

static bool board_taken(const struct usbip_server *server)
{
    for (int i = 0; i < USBIP_SERVER_SESSIONS; i++)
        if (server->sessions[i].server && server->sessions[i].imported)
            return true;
    return false;
}

static void import(struct session *session)
{
    const char *busid = (const char *)session->header + OPERATION_BYTES;
    bool known = memchr(busid, '\0', BUSID_BYTES) && strcmp(busid, BUSID) == 0;
    uint8_t block[DEVICE_BLOCK_BYTES];
    if (!known || board_taken(session->server)) {
        send_operation(session, REP_IMPORT, known ? STATUS_BUSY : STATUS_NO_DEVICE);
        session->ending = true;
        return;
    }
    session->imported = true;
    session->server->counters.imports++;
    describe_write(session->server, block);
    send_operation(session, REP_IMPORT, STATUS_OK);
    session_send(session, block, sizeof block);
}

/* Bytes that the message needs of which some have come. */
static size_t header_wanted(const struct session *session)
{
    if (session->imported)
        return URB_BYTES;
    bool is_import =
        session->header_len >= OPERATION_BYTES && get16(session->header + 2) == REQ_IMPORT;
    return is_import ? OPERATION_BYTES + BUSID_BYTES : OPERATION_BYTES;
}

static int take_operation(struct session *session)
{
    uint16_t code = get16(session->header + 2);
    if (get16(session->header) != VERSION) {
        send_operation(session, code & 0x7FFF, STATUS_FAILED);
        session->ending = true;
    } else if (code == REQ_DEVLIST) {
        send_devices(session);
    } else if (code == REQ_IMPORT) {
        import(session);
    } else {
        return -EBADMSG;
    }
    return 0;
}

static int take_header(struct session *session)
{
    if (session->header_len < header_wanted(session))
        return 0; /* an import's header tells that more follows */
    session->header_len = 0;
    return session->imported ? urb_header(session) : take_operation(session);
}

static bool may_receive(const struct session *session)
{
    return session->fd >= 0 && !session->ending && session->in_flight_bytes < MAX_IN_FLIGHT &&
           session->outbox.len < MAX_IN_FLIGHT;
}

/* Receives into at; returns the bytes, 0 if none are there, or a negative errno (-ECONNRESET: the client hung up). */
static ssize_t receive(const struct session *session, void *at, size_t len)
{
    ssize_t got = recv(session->fd, at, len, MSG_DONTWAIT);
    if (got > 0)
        return got;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return got < 0 ? -errno : -ECONNRESET;
}

static ssize_t receive_data(struct session *session)
{
    struct urb *urb = session->filling;
    ssize_t got =
        receive(session, urb->data + session->filled, urb->transfer.length - session->filled);
    if (got <= 0)
        return got;
    session->filled += (size_t)got;
    if (session->filled == urb->transfer.length)
        urb_start(session);
    return got;
}

static ssize_t receive_header(struct session *session)
{
    ssize_t got = receive(session, session->header + session->header_len,
                          header_wanted(session) - session->header_len);
    if (got <= 0)
        return got;
    session->header_len += (size_t)got;
    int result = take_header(session);
    if (result == -EBADMSG)
        session->server->counters.bad_messages++;
    return result < 0 ? result : got;
}

static int send_waiting(struct session *session)
{
    struct outbox *outbox = &session->outbox;
    while (outbox->sent < outbox->len) {
        ssize_t put = send(session->fd, outbox->bytes + outbox->sent, outbox->len - outbox->sent,
                           MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        outbox->sent += (size_t)put;
    }
    outbox->len = outbox->sent = 0;
    return 0;
}

void session_run(struct session *session)
{
    ssize_t got = 1;
    while (got > 0 && may_receive(session))
        got = session->filling ? receive_data(session) : receive_header(session);
    int sent = session->fd >= 0 ? send_waiting(session) : -EPIPE;
    if (got < 0 || sent < 0 || (session->ending && session->outbox.len == 0))
        session_hang_up(session);
}

short session_events(const struct session *session)
{
    if (session->fd < 0)
        return 0;
    return (short)((may_receive(session) ? POLLIN : 0) | (session->outbox.len ? POLLOUT : 0));
}
