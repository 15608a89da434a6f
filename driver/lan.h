/* The LAN driver: frames in, frames out, over whatever transport reaches the board.
 *
 * SPDX-License-Identifier: MIT
 *
 * Sending: lan_reserve gives a place for a frame right behind its record header in a USB transfer, lan_commit
 * closes the record, lan_flush sends what is pending. Frames go back to back into one transfer until it is
 * full; several transfers are in flight each way. Receiving: handler->frame is called for each record.
 */
#ifndef DRIVER_LAN_H
#define DRIVER_LAN_H

#include "driver/journal.h"
#include "driver/record.h"
#include "driver/transport.h"

struct lan_status {
    bool link, full_duplex;
    uint32_t speed_mbps; /* 10, 100 or 1000; 0 without link */
};

/* All called from lan_poll or lan_open only. */
struct lan_handler {
    /* A received frame, without FCS; it is valid during the call only. */
    void (*frame)(void *user, const struct vnet_header *vnet, const uint8_t *frame, size_t len,
                  uint64_t now_ns);
    /* Around the frames of one transfer, begin first. May be NULL. */
    void (*batch)(void *user, bool begin, uint64_t now_ns);
    /* The link came, went or changed. */
    void (*link)(void *user, const struct lan_status *status, uint64_t now_ns);
    /* Every record up to ticket (lan_commit) has left in a USB transfer that has completed or failed; lan_room may
     * have grown. May be NULL. */
    void (*sent)(void *user, uint64_t ticket, uint64_t now_ns);
    /* There is room to send again after lan_reserve returned NULL. */
    void (*room)(void *user, uint64_t now_ns);
    /* The board is gone: -ENODEV unplugged, -EPROTO or -EIO broken beyond recovery. Called once. */
    void (*gone)(void *user, int error, uint64_t now_ns);
    void *user;
};

#define LAN_BATCH_NEVER UINT32_MAX

struct lan_config {
    uint8_t mac[6]; /* all zero: keep the board's */
    bool promiscuous;
    bool all_multicast;          /* every group's frames, whatever lan_listen says */
    bool loopback;               /* frames to send come back; the wire is out of it */
    uint32_t transfer_bytes;     /* of each URB for receiving; 0: 16,384 */
    uint32_t transfer_out_bytes; /* of those for sending; 0: its largest record, 16,384 or more */
    uint32_t features_off;       /* bits of FEATURES that are not to be used */
    uint32_t transfers_in, transfers_out; /* in flight; 0: 4 and 8 */
    /* How long a received frame may wait in the board for company in its transfer. 0: not at all, but 200 while
     * records to send keep the bus busy and for a millisecond after that, or 3,000 and eight milliseconds on a bus
     * or link of full speed's kind. LAN_BATCH_NEVER: not at all. */
    uint32_t batch_us;
    struct journal *journal; /* may be NULL */
};

struct lan_info {
    char board[33], serial[64], transport[64];
    uint16_t version_major, version_minor;
    uint32_t features;  /* of the board, without features_off */
    uint32_t max_frame; /* that one record carries */
    uint32_t clock_hz;
    uint8_t mac[6];
    bool zero_copy; /* the kernel does not copy what transfers carry */
};

struct lan_counters {
    uint64_t tx_frames, tx_bytes, tx_transfers, rx_frames, rx_bytes, rx_transfers;
    uint64_t rx_bad_records, tx_no_room;
    uint64_t stalls,
        transfer_errors;   /* transfers that the board refused, and that failed otherwise */
    uint64_t recoveries;   /* of an endpoint behind such */
    uint64_t tx_lost;      /* transfers to send that were lost thereby, in part or whole */
    uint64_t rx_discarded; /* received ones, because their first byte might not begin a record */
};

struct lan;

/* Takes the transport (which stays the caller's to close, after lan_close), checks ID and VERSION, enables the adapter and
 * starts to receive. Blocks: it runs the transport until its control transfers are answered; wall_ns() reads the
 * wall clock for that. Returns 0; -EPROTONOSUPPORT if gateware and driver differ in version; -ENODEV, -ETIMEDOUT … with a message. */
int lan_open(struct lan **out, struct transport *transport, const struct lan_config *config,
             const struct lan_handler *handler, uint64_t (*wall_ns)(void), char *error,
             size_t error_len);
void lan_close(struct lan *lan);

/* The one door for time: transport->poll with its completions, then receive batching. Returns the transport's time. */
uint64_t lan_poll(struct lan *lan, uint64_t wall_ns, uint64_t until_ns);
/* When lan_poll must be called at the latest for the driver's own sake, in the transport's time; TIME_NEVER: only
 * the transport matters. */
uint64_t lan_deadline(const struct lan *lan);

/* Which groups' frames are wanted, in place of those named before; none at first. The board's filter may let others
 * through (driver/README.md, HASH_LOW), and a board without FEATURES' MULTICAST_HASH gives those of every group while one
 * is wanted. Does not block: the board is told at once, or in a later lan_poll. */
void lan_listen(struct lan *lan, const uint8_t (*groups)[6], size_t count);

/* Place for a frame of at most len bytes, or NULL if every transfer is in flight or full (room is called later).
 * A second call before lan_commit replaces the first. */
uint8_t *lan_reserve(struct lan *lan, size_t len);
/* How many bytes of records a bulk sender may queue now so that what waits for the board takes it no longer
 * than 2 ms, by the slower of bus and link, but never less than two full frames. One transfer is left to
 * others, so that a ping finds a place; lan_reserve knows no such bound. handler->sent tells when it grows. */
size_t lan_room(const struct lan *lan);
/* Sends the reserved frame with its final length. Returns its ticket, the number of records committed so far; 0 if
 * nothing was reserved. */
uint64_t lan_commit(struct lan *lan, const struct vnet_header *vnet, size_t len);
/* Submits the transfer being filled. */
void lan_flush(struct lan *lan, uint64_t now_ns);

const struct lan_info *lan_info(const struct lan *lan);
const struct lan_status *lan_status(const struct lan *lan);
const struct lan_counters *lan_counters(const struct lan *lan);

/* Reads or writes a register (driver/registers.h), blocking as lan_open does. Returns 0 or a negative errno. */
int lan_register_read(struct lan *lan, uint32_t address, uint32_t *value);
int lan_register_write(struct lan *lan, uint32_t address, uint32_t value);

#endif
