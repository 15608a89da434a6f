/* Deliberate faults, so that the oracles are seen to work: each breaks stack, driver or board at an edge where frames
 * pass, or by one function that the linker wraps (tests/world.mk). The product knows nothing of it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TESTS_WORLD_FAULT_H
#define TESTS_WORLD_FAULT_H

#include "driver/record.h"
#include "host/stack/tcp.h"
#include "tests/world/world.h"

/* A frame on its way, perhaps a super-frame without its sums. */
struct passing {
    struct host *host;
    struct vnet_header *vnet; /* NULL behind the board */
    uint8_t *frame;
    size_t length;
    struct watch *watch; /* of the end that it is from, or for; NULL: it belongs to no connection */
    uint8_t *ip, *tcp, *data;
    uint32_t bytes; /* of data */
};

/* Each may change the frame, with its sums mended afterwards, or return false: it is lost. */
typedef bool fault_fn(struct passing *passing, struct chance *chance);

/* Of the driver, on a USB cable with weather. */
enum fault_usb {
    FAULT_USB_NONE,
    FAULT_USB_HALT_LEFT,
    FAULT_USB_END_LEFT,
    FAULT_USB_ERROR_HIDDEN,
    FAULT_USB_SENT_AGAIN,
    FAULT_USB_OUT_UNCOUNTED,
    FAULT_USB_IN_UNCOUNTED,
};

struct fault {
    const char *name, *meaning;
    fault_fn *out;        /* from the stack to the driver */
    fault_fn *in;         /* from the driver to the stack */
    fault_fn *packet_in;  /* the same, for all that comes; sums are not mended */
    fault_fn *packet_out; /* as out, for all that leaves; sums are not mended */
    fault_fn *wire;       /* from the board to the link; sums are not mended */
    bool untold;          /* the stack is not told what has been sent */
    bool restless;        /* numbers are drawn that no seed gives */
    bool twice;           /* the driver gives each frame to the stack twice */
    bool generous;        /* more connections wait for accept than the backlog says */
    void (*settings)(struct tcp_settings *settings); /* options are not what the program sets */
    const char *wrapped; /* the function that does nothing, now and then */
    enum fault_usb usb;
    bool unprobed; /* addresses are used that nobody has asked for */
    bool ipv6;     /* for worlds with IPv6 alone; there those of packets befall IPv6 alone */
};

/* NULL if there is none of that name. */
const struct fault *fault_find(const char *name);
void fault_list(void); /* prints them */

/* What the station asks at each edge; false: the frame is lost. */
bool fault_out(struct host *host, struct vnet_header *vnet, uint8_t *frame, size_t len);
bool fault_in(struct host *host, struct vnet_header *vnet, uint8_t *frame, size_t len);
bool fault_wire(struct host *host, uint8_t *frame, size_t len);
/* Whether this world's fault is that one. */
bool fault_usb_is(const struct world *world, enum fault_usb usb);
/* A transport for the driver in front of the board's, if this world's fault is one there; else NULL. To be closed by its user. */
struct transport *fault_between(struct world *world, struct transport *board);
/* The wrapped functions follow this world's fault from now on. */
void fault_begin(struct world *world);

#endif
