/* Moves frames between a TAP and a board.
 *
 * SPDX-License-Identifier: MIT
 *
 * A turn is: lan_poll (received frames go to the kernel from within), frames from the kernel as long as the board
 * has room, lan_flush, then sleep. Frames are read into and written from the USB transfers themselves.
 */
#include "host/interface/interface.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include "driver/registers.h"

enum {
    TRANSPORT_FDS = 32,
    FRAMES_A_TURN = 64, /* so that a flood cannot keep received frames waiting */
    /* Room for the longest frame behind as much again: how long the next is shows only when it is read, and
     * short ones shall share a transfer. */
    TRANSFER_OUT_BYTES = 2 * 66048,
    SUPER_LEAST = 4096, /* two full segments behind the kernel's largest headers */
    SUPER_MOST = 65536, /* beyond it the kernel means IPv6 jumbograms */
};

struct interface {
    struct interface_config config;
    struct lan *lan;
    struct interface_counters counters;
    size_t max_frame; /* that the kernel may ask to send */
    char offloads[40];
    int wake; /* an eventfd */
    bool up, stopped;
    int gone;
};

static void take_frame(void *user, const struct vnet_header *vnet, const uint8_t *frame, size_t len,
                       uint64_t now_ns)
{
    struct interface *self = user;
    struct interface_counters *counters = &self->counters;
    int code = tap_write(self->config.tap, vnet, frame, len);

    (void)now_ns;
    if (code) {
        (*(code == -EIO ? &counters->rx_down : &counters->rx_refused))++;
        return;
    }
    counters->rx_frames++;
    counters->rx_bytes += len;
    counters->rx_verified += vnet->flags & VNET_DATA_VALID ? 1 : 0;
}

/* A super-frame is a turn that nothing overtakes, so at a low speed it must be shorter. Its bound is advice. */
static void bound_super_frames(struct interface *self, uint64_t now_ns)
{
    size_t bytes = lan_room(self->lan);
    int code;

    bytes = bytes > SUPER_MOST ? SUPER_MOST : bytes < SUPER_LEAST ? SUPER_LEAST : bytes;
    code = tap_set_super_bytes(self->config.tap, (uint32_t)bytes);
    if (code)
        journal_write(self->config.journal, now_ns, JOURNAL_EVENT, "interface",
                      "super-frames stay as long as they were: %s", strerror(-code));
}

static void take_link(void *user, const struct lan_status *status, uint64_t now_ns)
{
    struct interface *self = user;

    if (status->link && self->max_frame > TAP_MAX_FRAME)
        bound_super_frames(self, now_ns);
    tap_set_carrier(self->config.tap, status->link);
}

static void take_gone(void *user, int error, uint64_t now_ns)
{
    struct interface *self = user;

    (void)now_ns;
    self->gone = error;
    tap_set_carrier(self->config.tap, false);
}

/* Hands one frame of the kernel to the board. Returns false if there is none, or no room for one: it then
 * waits in the kernel's queue, whose business it is who goes first. */
static bool send_frame(struct interface *self)
{
    struct interface_counters *counters = &self->counters;
    struct vnet_header vnet;
    uint8_t *place;
    ssize_t len;

    if (!lan_room(self->lan))
        return false;
    place = lan_reserve(self->lan, self->max_frame);
    if (!place)
        return false;
    len = tap_read(self->config.tap, &vnet, place, self->max_frame);
    if (len < 0)
        return false;
    if ((size_t)len > self->max_frame ||
        !tap_frame_fits(lan_info(self->lan)->features, &vnet, (size_t)len)) {
        counters->tx_refused++;
        return true;
    }
    if (!lan_status(self->lan)->link) {
        counters->tx_no_link++;
        return true;
    }
    lan_commit(self->lan, &vnet, (size_t)len);
    counters->tx_frames++;
    counters->tx_bytes += (uint64_t)len;
    if (vnet.gso_type != VNET_GSO_NONE) {
        counters->tx_super_frames++;
        counters->tx_super_bytes += (uint64_t)len;
    }
    return true;
}

bool interface_wait(struct interface *self, struct pollfd *fds, int count, uint64_t rest_ns)
{
    struct timespec timeout = {(time_t)(rest_ns / 1000000000), (long)(rest_ns % 1000000000)};

    fds[count] = (struct pollfd){.fd = self->wake, .events = POLLIN};
    ppoll(fds, (nfds_t)count + 1, rest_ns == TIME_NEVER ? NULL : &timeout, NULL);
    if (fds[count].revents)
        self->stopped = true;
    return !self->stopped;
}

static void sleep_until_due(struct interface *self, uint64_t now_ns)
{
    struct transport *transport = self->config.transport;
    uint64_t deadline = transport->ops->deadline(transport), driver = lan_deadline(self->lan);
    struct pollfd fds[TRANSPORT_FDS + 2];
    int count = transport->ops->fds(transport, fds, TRANSPORT_FDS);

    deadline = driver < deadline ? driver : deadline;
    if (deadline != TIME_NEVER)
        deadline = deadline > now_ns ? deadline - now_ns : 0;
    if (lan_room(self->lan))
        fds[count++] = (struct pollfd){.fd = self->config.tap->fd, .events = POLLIN};
    interface_wait(self, fds, count, deadline);
}

int interface_run(struct interface *self)
{
    while (!self->stopped && !self->gone) {
        uint64_t now_ns = lan_poll(self->lan, self->config.wall_ns(), TIME_NEVER);

        for (int i = 0; i < FRAMES_A_TURN && !self->gone && send_frame(self); i++)
            continue;
        if (self->gone)
            break;
        lan_flush(self->lan, now_ns);
        sleep_until_due(self, now_ns);
    }
    return self->gone;
}

void interface_stop(struct interface *self)
{
    const uint64_t one = 1;

    if (write(self->wake, &one, sizeof one) < 0)
        return; /* its counter is full: the loop is awake already */
}

static void name_offloads(struct interface *self, unsigned flags)
{
    snprintf(self->offloads, sizeof self->offloads, "%s%s%s%s%s",
             flags & TUN_F_CSUM ? "csum" : "none", flags & TUN_F_TSO4 ? " tso4" : "",
             flags & TUN_F_TSO6 ? " tso6" : "", flags & TUN_F_TSO_ECN ? " ecn" : "",
             flags & ~(unsigned)(TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN) ? " uso"
                                                                                       : "");
}

/* What the kernel may ask of the board, and its link. */
static int tell_tap(struct interface *self)
{
    const struct tap *tap = self->config.tap;
    const struct lan_info *info = lan_info(self->lan);
    int flags = tap_set_offloads(tap, info->features);
    bool super = flags > 0 && (flags & ~TUN_F_CSUM);

    if (flags < 0)
        return flags;
    name_offloads(self, (unsigned)flags);
    self->max_frame = super ? RECORD_MAX_FRAME : TAP_MAX_FRAME;
    if (self->max_frame > info->max_frame)
        self->max_frame = info->max_frame;
    if (super)
        bound_super_frames(self, self->config.wall_ns());
    return tap_set_carrier(tap, lan_status(self->lan)->link);
}

/* Offloads come before IFF_UP, and so does the carrier: nobody sees the interface half made. */
static int set_tap(struct interface *self, char *error, size_t error_len)
{
    const struct tap *tap = self->config.tap;
    int code = tap_set_mac(tap, lan_info(self->lan)->mac);

    if (!code)
        code = tell_tap(self);
    if (code) {
        snprintf(error, error_len, "interface '%s': cannot set it up: %s", tap->name,
                 strerror(-code));
        return code;
    }
    code = tap_bring_up(tap);
    self->up = !code;
    if (!code || (code == -EPERM && !tap->made))
        return 0;
    snprintf(error, error_len, "interface '%s': cannot bring it up: %s", tap->name,
             strerror(-code));
    return code;
}

static int open_lan(struct interface *self, struct lan **out, struct transport *transport,
                    const uint8_t mac[6], char *error, size_t error_len)
{
    const struct lan_handler handler = {
        .frame = take_frame, .link = take_link, .gone = take_gone, .user = self};
    struct lan_config lan = {
        .all_multicast = true,
        .transfer_out_bytes = TRANSFER_OUT_BYTES,
        .features_off = self->config.features_off,
        .journal = self->config.journal,
    };

    memcpy(lan.mac, mac, sizeof lan.mac);
    return lan_open(out, transport, &lan, &handler, self->config.wall_ns, error, error_len);
}

static int open_board(struct interface *self, char *error, size_t error_len)
{
    const struct interface_config *config = &self->config;
    int code = open_lan(self, &self->lan, config->transport, config->mac, error, error_len);

    if (code)
        return code;
    code = set_tap(self, error, error_len);
    if (code)
        lan_close(self->lan);
    return code;
}

int interface_replug(struct interface *self, struct transport *transport, char *error,
                     size_t error_len)
{
    struct lan *old = self->lan, *fresh;
    int was = self->gone, code;

    self->max_frame = 0; /* until the kernel has been told of this board */
    self->gone = 0;
    code = open_lan(self, &fresh, transport, lan_info(old)->mac, error, error_len);
    if (!code) {
        self->lan = fresh;
        code = tell_tap(self);
        if (code)
            snprintf(error, error_len, "interface '%s': cannot be given to %s: %s",
                     self->config.tap->name, transport->name, strerror(-code));
        lan_close(code ? fresh : old);
    }
    if (code) {
        self->lan = old;
        self->gone = was;
        return code;
    }
    self->config.transport = transport;
    return 0;
}

int interface_open(struct interface **out, const struct interface_config *config, char *error,
                   size_t error_len)
{
    struct interface *self = calloc(1, sizeof *self);
    int code;

    if (!self)
        return -ENOMEM;
    self->config = *config;
    self->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    code = self->wake < 0 ? -errno : open_board(self, error, error_len);
    if (!code) {
        *out = self;
        return 0;
    }
    if (self->wake < 0)
        snprintf(error, error_len, "cannot make an event descriptor: %s", strerror(-code));
    else
        close(self->wake);
    free(self);
    return code;
}

void interface_close(struct interface *self)
{
    tap_set_carrier(self->config.tap, false);
    lan_close(self->lan);
    close(self->wake);
    free(self);
}

bool interface_is_up(const struct interface *self)
{
    return self->up;
}

const char *interface_offloads(const struct interface *self)
{
    return self->offloads;
}

const struct interface_counters *interface_counters(const struct interface *self)
{
    return &self->counters;
}

struct lan *interface_lan(struct interface *self)
{
    return self->lan;
}
