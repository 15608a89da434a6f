/* Serves CMD_SUBMIT and CMD_UNLINK: transfers of one session, from request to answer.
 *
 * SPDX-License-Identifier: MIT
 */
#include "sim/usbip/server_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FLAG_ZERO_PACKET = 0x40, DIRECTION_IN = 1 };

static void send_return(struct session *session, uint32_t command, uint32_t seqnum, int status,
                        uint32_t actual)
{
    uint8_t message[URB_BYTES] = {0};
    put32(message, command);
    put32(message + 4, seqnum);
    put32(message + 20, (uint32_t)status);
    put32(message + 24, actual);
    session_send(session, message, sizeof message);
}

/* The protocol says -ECONNRESET for a transfer that was unlinked. */
static int wire_status(int status)
{
    return status == -ECANCELED ? -ECONNRESET : status;
}

static void send_submit_return(struct urb *urb)
{
    const struct transfer *transfer = &urb->transfer;
    send_return(urb->session, RET_SUBMIT, urb->seqnum, wire_status(transfer->status),
                transfer->actual);
    if (urb->in && transfer->actual)
        session_send(urb->session, urb->data, transfer->actual);
}

static void remove_urb(struct urb *urb)
{
    struct urb **at = &urb->session->in_flight;
    while (*at != urb)
        at = &(*at)->next;
    *at = urb->next;
    urb->session->in_flight_bytes -= sizeof *urb + urb->transfer.length;
}

/* A transfer that was unlinked has no RET_SUBMIT, unless it was quicker or brought bytes along. */
static void urb_done(struct transfer *transfer)
{
    struct urb *urb = transfer->user;
    struct session *session = urb->session;
    bool answered =
        !urb->unlinked || transfer->status != -ECANCELED || (urb->in && transfer->actual > 0);
    if (answered)
        send_submit_return(urb);
    if (urb->unlinked)
        send_return(session, RET_UNLINK, urb->unlink_seqnum, answered ? 0 : -ECONNRESET, 0);
    session->ending |= transfer->status == -ENODEV;
    remove_urb(urb);
    free(urb);
}

/* Takes an unlink that came before this submit; returns true if there was one. */
static bool take_early_unlink(struct session *session, uint32_t seqnum)
{
    for (unsigned i = 0; i < session->early_count; i++) {
        if (session->early[i][0] != seqnum)
            continue;
        uint32_t unlink = session->early[i][1];
        memmove(session->early[i], session->early[i + 1],
                (--session->early_count - i) * sizeof session->early[0]);
        send_return(session, RET_UNLINK, unlink, -ECONNRESET, 0);
        return true;
    }
    return false;
}

static bool setup_agrees(const struct urb *urb)
{
    const uint8_t *setup = urb->transfer.setup;
    uint32_t length = setup[6] | (uint32_t)setup[7] << 8;
    return urb->transfer.length == length && (length == 0 || urb->in == !!(setup[0] & 0x80));
}

void urb_start(struct session *session)
{
    struct urb *urb = session->filling;
    struct transport *transport = session->server->transport;
    session->filling = NULL;
    if (take_early_unlink(session, urb->seqnum)) {
        free(urb);
        return;
    }
    urb->next = session->in_flight;
    session->in_flight = urb;
    session->in_flight_bytes += sizeof *urb + urb->transfer.length;
    bool sound = urb->transfer.endpoint != 0 || setup_agrees(urb);
    urb->transfer.status = sound ? transport->ops->submit(transport, &urb->transfer) : -EINVAL;
    if (urb->transfer.status < 0)
        urb_done(&urb->transfer);
}

static int submit(struct session *session)
{
    const uint8_t *h = session->header;
    uint32_t length = get32(h + 24), endpoint = get32(h + 16);
    if (length > MAX_TRANSFER || endpoint > 15 || get32(h + 12) > DIRECTION_IN)
        return -EBADMSG;
    struct urb *urb = calloc(1, sizeof *urb + length);
    if (!urb)
        return -ENOMEM;
    urb->session = session;
    urb->seqnum = session->last_seqnum = get32(h + 4);
    urb->in = get32(h + 12) == DIRECTION_IN;
    urb->transfer =
        (struct transfer){.endpoint = (uint8_t)(endpoint | (urb->in && endpoint ? 0x80 : 0)),
                          .data = urb->data,
                          .length = length,
                          .zero_packet = !urb->in && (get32(h + 20) & FLAG_ZERO_PACKET),
                          .done = urb_done,
                          .user = urb};
    memcpy(urb->transfer.setup, h + 40, sizeof urb->transfer.setup);
    session->server->counters.submits++;
    session->filling = urb;
    session->filled = 0;
    if (urb->in || length == 0)
        urb_start(session);
    return 0;
}

static int unlink_urb(struct session *session)
{
    struct transport *transport = session->server->transport;
    uint32_t seqnum = get32(session->header + 4), target = get32(session->header + 20);
    struct urb *urb = session->in_flight;
    while (urb && urb->seqnum != target)
        urb = urb->next;
    session->server->counters.unlinks++;
    if (urb) {
        urb->unlinked = true;
        urb->unlink_seqnum = seqnum;
        transport->ops->cancel(transport, &urb->transfer);
    } else if ((int32_t)(target - session->last_seqnum) <= 0) {
        send_return(session, RET_UNLINK, seqnum, 0, 0); /* it has been answered */
    } else if (session->early_count < MAX_EARLY_UNLINKS) {
        session->early[session->early_count][0] = target;
        session->early[session->early_count++][1] = seqnum;
    } else {
        return -EBADMSG;
    }
    return 0;
}

int urb_header(struct session *session)
{
    switch (get32(session->header)) {
    case CMD_SUBMIT: return submit(session);
    case CMD_UNLINK: return unlink_urb(session);
    default: return -EBADMSG;
    }
}
