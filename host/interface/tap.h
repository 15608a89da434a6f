/* A TAP interface of the kernel whose frames carry the record's 12-byte virtio-net header.
 *
 * SPDX-License-Identifier: MIT
 *
 * Linux' tun driver: Documentation/networking/tuntap.rst; struct virtio_net_hdr_v1 (VIRTIO 1.2, 5.1.6).
 */
#ifndef HOST_INTERFACE_TAP_H
#define HOST_INTERFACE_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "driver/record.h"

enum {
    TAP_NAME_BYTES = 16, /* with the zero at its end */
    TAP_VNET_BYTES = 12,
    TAP_MTU = 1500,
    TAP_MAX_FRAME = 1518, /* with one VLAN tag; longer ones must ask for segmentation */
};

struct tap {
    int fd; /* non-blocking; readable while the kernel has a frame to send */
    char name[TAP_NAME_BYTES];
    bool made; /* by us, so it goes when fd is closed; else it was there before and stays */
};

/* Checks a name as the kernel does. Returns 0, or -EINVAL and a message that quotes it. */
int tap_name_check(const char *name, char *error, size_t error_len);

/* Makes the interface, or takes one that lies ready for us (ip tuntap add). Returns 0 or a negative errno and a
 * message that says what to do: -EINVAL the name, -EPERM rights, -EBUSY, -EEXIST another kind of interface. */
int tap_open(struct tap *tap, const char *name, char *error, size_t error_len);
void tap_close(struct tap *tap);

/* The flags for TUNSETOFFLOAD that a board of these FEATURES stands by, USO among them. */
unsigned tap_offloads(uint32_t features);
/* Lets the kernel use them; where it knows no USO, all others. Returns what the kernel took, or a negative errno. */
int tap_set_offloads(const struct tap *tap, uint32_t features);

int tap_set_mac(const struct tap *tap, const uint8_t mac[6]);
int tap_set_carrier(const struct tap *tap, bool on);
/* Bounds the kernel's super-frames (gso_max_size), of which TCP keeps 320 bytes for headers. -ENODEV if the interface
 * has moved to another namespace, -EPERM without CAP_NET_ADMIN. */
int tap_set_super_bytes(const struct tap *tap, uint32_t bytes);
/* MTU and IFF_UP. -EPERM if the interface was made for us and we may not. */
int tap_bring_up(const struct tap *tap);

/* Whether a board of these FEATURES can do what the header of a frame of len bytes asks for. */
bool tap_frame_fits(uint32_t features, const struct vnet_header *vnet, size_t len);

/* Moves one frame straight between the kernel and place or frame. tap_read returns the frame's length, which is
 * max + 1 if it is longer than max and was cut; -EAGAIN without a frame. tap_write returns 0 or a negative errno:
 * -EIO while the interface is down. */
ssize_t tap_read(const struct tap *tap, struct vnet_header *vnet, uint8_t *place, size_t max);
int tap_write(const struct tap *tap, const struct vnet_header *vnet, const uint8_t *frame,
              size_t len);

#endif
